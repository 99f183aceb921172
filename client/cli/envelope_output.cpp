// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/envelope_output.h"

#include "base/error.h"
#include "cli/input_file.h"

#include <iostream>
#include <unistd.h>

namespace guestkeyd::cli {

std::string read_recipient(const Options& options) {
    if (!options.recipient)
        throw Failure(ErrorCode::InvalidArgs, "it is not said who may open the envelope; give the certificate of a "
                                              "host with --recipient=FILE");
    return read_input(*options.recipient, kCertificate);
}

void require_redirected_output() {
    if (isatty(STDOUT_FILENO))
        throw Failure(ErrorCode::InvalidArgs, "an envelope is not for a terminal; send it into a file or a pipe");
}

void write_envelope(const std::vector<std::uint8_t>& envelope) {
    std::cout.write(reinterpret_cast<const char*>(envelope.data()), static_cast<std::streamsize>(envelope.size()));
}

} // namespace guestkeyd::cli
