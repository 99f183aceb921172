// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace guestkeyd::bench {

// Throws Failure "cannot WHAT" unless it was done.
void require(bool done, const std::string& what);

// How long a program runs. Again if it fails, as qemu-img does at random; only the last time counts.
double seconds_of_command(const std::vector<std::string>& command);

// Runs it so many times, at most so many of them at once.
void run_at_once(const std::vector<std::string>& command, int times, int at_once);

// The most memory that a process was resident with, of those that doing starts and waits for.
double peak_mib(const std::function<void()>& doing);

double available_mib();

} // namespace guestkeyd::bench
