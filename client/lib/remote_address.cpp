// SPDX-License-Identifier: LGPL-2.1-or-later
#include "remote_address.h"

#include "base/error.h"
#include "base/id.h"
#include "base/text.h"

#include <cstdint>

namespace guestkeyd {

namespace {

[[noreturn]] void refuse(const std::string& text) {
    throw Failure(ErrorCode::InvalidArgs,
                  quoted(text) + " is no host; give [USER@]HOST[:PORT], and an IPv6 address in brackets");
}

// What ssh could take for an option, or what is not one word, is refused.
bool is_word(const std::string& text) {
    return is_one_line(text) && !text.starts_with('-') && text.find_first_of(" ,/") == std::string::npos;
}

bool is_port(const std::string& text) {
    const auto port = parse_number<std::uint16_t>(text);
    return port && *port != 0;
}

} // namespace

RemoteAddress parse_remote_address(const std::string& text) {
    RemoteAddress address;
    const auto at = text.rfind('@');
    if (at != std::string::npos)
        address.user = text.substr(0, at);
    auto rest = at == std::string::npos ? text : text.substr(at + 1);
    const auto bracket = rest.starts_with('[') ? rest.find(']') : std::string::npos;
    const auto colon = rest.find(':', bracket == std::string::npos ? 0 : bracket);
    if (colon != std::string::npos)
        address.port = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    address.host = bracket == std::string::npos ? rest : rest.substr(1, bracket - 1);
    const bool brackets_fit = bracket == std::string::npos || bracket + 1 == rest.size();
    if (!is_word(address.host) || !brackets_fit || (at != std::string::npos && !is_word(address.user)) ||
        (colon != std::string::npos && !is_port(address.port)))
        refuse(text);
    return address;
}

} // namespace guestkeyd
