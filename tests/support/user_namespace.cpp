// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/user_namespace.h"

#include "base/error.h"
#include "support/temp_dir.h"

#include <cerrno>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace guestkeyd::test {

namespace {

constexpr unsigned kFirstOutside = 3300000000; // above the anchors of tests
constexpr unsigned kFirstAnchor = 2200000000;
constexpr unsigned kAnchors = 1U << 30;
constexpr unsigned kNobody = 65534;
constexpr unsigned kMachinesRoot = 4294000000;

std::string line(unsigned inside, unsigned outside, unsigned count) {
    return std::to_string(inside) + " " + std::to_string(outside) + " " + std::to_string(count) + "\n";
}

// user_namespaces(7): a map is written in one piece.
void write_map(const std::string& file, const std::string& map) {
    const int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, map.data(), map.size()) != static_cast<ssize_t>(map.size()))
        _exit(1);
    close(fd);
}

// From outside, once the pipe says that the process is in its namespace.
[[noreturn]] void write_maps_of(pid_t process, int told) {
    char go = 0;
    if (read(told, &go, 1) != 1)
        _exit(1);
    const auto outside = kFirstOutside + static_cast<unsigned>(process) * 2;
    const auto ids = line(0, outside, 1) + line(kNobody, outside + 1, 1) + line(kMachinesRoot, 0, 1);
    const auto folder = "/proc/" + std::to_string(process);
    write_map(folder + "/gid_map", ids);
    write_map(folder + "/uid_map", ids + line(kFirstAnchor, kFirstAnchor, kAnchors));
    _exit(0);
}

} // namespace

void enter_user_namespace() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        throw_errno(errno, "make a pipe");
    const pid_t self = getpid();
    const pid_t writer = fork();
    if (writer == 0)
        write_maps_of(self, ends[0]);
    int status = 0;
    const bool entered = unshare(CLONE_NEWUSER) == 0 && write(ends[1], "", 1) == 1;
    const bool mapped = entered && waitpid(writer, &status, 0) == writer && status == 0;
    if (!mapped || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        throw_errno(errno, "enter a user namespace");
    close(ends[0]);
    close(ends[1]);
}

} // namespace guestkeyd::test
