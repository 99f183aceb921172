// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/wait_until.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace guestkeyd::test {

using Environment = std::map<std::string, std::string>;

struct Command {
    std::vector<std::string> arguments; // the program first, looked up in PATH
    Environment environment{};          // on top of ours
    std::filesystem::path output{};     // files; /dev/null if empty
    std::filesystem::path error{};
    std::vector<int> descriptors{}; // of ours, which the program has, too, by the same numbers
};

// A program that runs. It is killed when this object goes, and when the test dies.
class Process {
  public:
    explicit Process(const Command& command);
    Process(Process&& other) noexcept;
    Process& operator=(Process&& other) noexcept;
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] bool running();
    void signal(int number) const;
    // Its exit status, or 128 and the number of the signal that ended it. Throws if it does not end in time.
    int wait(std::chrono::milliseconds patience = kPatience);
    int end(int signal_number);

  private:
    pid_t pid_ = -1;
    std::optional<int> status_;
};

struct Finished {
    int status;
    std::string output;
    std::string error;
};

// Runs a program to its end.
Finished run(std::vector<std::string> arguments, const Environment& environment = {});

} // namespace guestkeyd::test
