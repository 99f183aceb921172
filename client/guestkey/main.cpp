// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "base/privileges.h"
#include "cli/exit_status.h"
#include "guestkey/command_line.h"

#include <clocale>
#include <csignal>
#include <iostream>
#include <poll.h>
#include <unistd.h>

namespace guestkeyd::guestkey {

namespace {

int run(const Invocation& invocation) {
    if (invocation.has("help"))
        return show_help(invocation);
    if (invocation.has("version")) {
        std::cout << "guestkey " << GUESTKEYD_VERSION << '\n';
        return cli::kDone;
    }
    const auto& verb = verb_of(invocation);
    protect_memory();
    return verb.run(invocation);
}

bool output_has_a_reader() {
    pollfd output{STDOUT_FILENO, POLLOUT, 0};
    return poll(&output, 1, 0) < 0 || (output.revents & POLLERR) == 0;
}

int run_and_report(std::vector<std::string> arguments) {
    try {
        const int status = run(parse_command_line(std::move(arguments)));
        if (std::cout.flush() || !output_has_a_reader()) // who has closed the pipe has read enough
            return status;
        throw Failure(ErrorCode::Internal, "cannot write to standard output; what was asked for is done");
    } catch (const Failure& failure) {
        cli::complain(failure);
        return cli::exit_status(failure);
    } catch (const std::exception& error) {
        cli::complain(Failure(ErrorCode::Internal, error.what()));
        return cli::kFailed;
    }
}

} // namespace

} // namespace guestkeyd::guestkey

int main(int argc, char* argv[]) {
    std::setlocale(LC_ALL, "");
    guestkeyd::cli::set_program_name("guestkey");
    std::signal(SIGPIPE, SIG_IGN); // libvirt's client may write to a libvirtd that was just killed
    return guestkeyd::guestkey::run_and_report({argv, argv + argc});
}
