// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.h"
#include "cli/exit_status.h"
#include "cli/verbs.h"

#include <clocale>
#include <iostream>

namespace guestkeyd::cli {

namespace {

int run(const Invocation& invocation) {
    if (invocation.options.help)
        return show_help(invocation);
    if (invocation.options.version) {
        std::cout << "guestkeyctl " << GUESTKEYD_VERSION << '\n';
        return kDone;
    }
    return verb_of(invocation).run(invocation);
}

int run_and_report(std::vector<std::string> arguments) {
    try {
        const int status = run(parse_arguments(std::move(arguments)));
        if (std::cout.flush())
            return status;
        throw Failure(ErrorCode::Internal, "cannot write to standard output; what was asked for is done");
    } catch (const Failure& failure) {
        complain(failure);
        return exit_status(failure);
    } catch (const std::exception& error) {
        complain(Failure(ErrorCode::Internal, error.what()));
        return kFailed;
    }
}

} // namespace

} // namespace guestkeyd::cli

int main(int argc, char* argv[]) {
    std::setlocale(LC_ALL, "");
    return guestkeyd::cli::run_and_report({argv, argv + argc});
}
