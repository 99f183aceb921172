// SPDX-License-Identifier: LGPL-2.1-or-later
#include "peers.h"

#include "base/error.h"
#include "support/process.h"
#include "support/temp_dir.h"

#include <chrono>
#include <fstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace guestkeyd::bench {

void require(bool done, const std::string& what) {
    if (!done)
        throw Failure(ErrorCode::Internal, "cannot " + what);
}

double seconds_of_command(const std::vector<std::string>& command) {
    using Clock = std::chrono::steady_clock;
    for (int attempt = 0; attempt < 20; ++attempt) {
        const auto start = Clock::now();
        if (test::run(command).status == 0)
            return std::chrono::duration<double>(Clock::now() - start).count();
    }
    throw Failure(ErrorCode::Internal, "cannot run " + command.front());
}

void run_at_once(const std::vector<std::string>& command, int times, int at_once) {
    std::vector<test::Process> running;
    for (int i = 0; i < times; ++i) {
        if (static_cast<int>(running.size()) == at_once) {
            require(running.front().wait() == 0, "run " + command.front());
            running.erase(running.begin());
        }
        running.emplace_back(test::Command{command, {}, {}, {}});
    }
    for (auto& process : running)
        require(process.wait(std::chrono::minutes(5)) == 0, "run " + command.front());
}

// In a child, whose own children are these alone.
double peak_mib(const std::function<void()>& doing) {
    const test::TempDir dir;
    const pid_t child = fork();
    if (child == 0) {
        doing();
        rusage usage{};
        getrusage(RUSAGE_CHILDREN, &usage);
        test::write_file(dir / "peak", std::to_string(usage.ru_maxrss));
        _exit(0);
    }
    waitpid(child, nullptr, 0);
    return std::stod(test::read_file(dir / "peak")) / 1024;
}

double available_mib() {
    std::ifstream info("/proc/meminfo");
    for (std::string name, unit; info >> name;) {
        double kib = 0;
        if (name == "MemAvailable:" && info >> kib)
            return kib / 1024;
        std::getline(info, unit);
    }
    return 0;
}

} // namespace guestkeyd::bench
