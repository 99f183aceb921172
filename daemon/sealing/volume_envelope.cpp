// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/volume_envelope.h"

#include "sealing/envelope_lines.h"

namespace guestkeyd {

namespace {

constexpr std::string_view kHeader = "guestkeyd-volume-envelope 1";

std::string_view expect(Lines& lines, std::string_view word) {
    const auto line = lines.next();
    if (line.word != word || line.value.empty())
        lines.refuse("does not say '" + std::string(word) + "', or has no value; see org.guestkeyd1(5)");
    return line.value;
}

std::uint64_t expect_expiry(Lines& lines) {
    const auto line = lines.next();
    if (line.word != "expires")
        lines.refuse("does not say 'expires'; see org.guestkeyd1(5)");
    return lines.time_in(line);
}

} // namespace

VolumeEnvelope parse_volume_envelope(const SecretBuffer& text, std::uint64_t now) {
    Lines lines(text.view());
    lines.expect_header(kHeader);
    const auto operation = expect(lines, "operation");
    const auto volume = expect(lines, "volume");
    VolumeEnvelope content{std::string(operation), std::string(volume), expect_expiry(lines), {}};
    auto line = lines.next();
    for (; line.word == "key"; line = lines.next())
        content.keys.push_back(line.value);
    if (line.text != kEndOfEnvelope)
        lines.refuse("is neither 'key' nor 'end'; nothing else may follow");
    if (content.keys.empty() || !lines.at_end())
        lines.refuse("is 'end', but no key comes before it or more text behind; give one key at least");
    refuse_expired("the envelope for work on a volume", content.expires, now);
    return content;
}

SecretBuffer write_volume_envelope(const VolumeEnvelope& content) {
    return write_in_secret([&](auto put) {
        put({kHeader, "\noperation ", content.operation, "\nvolume ", content.volume, "\nexpires ",
             std::to_string(content.expires), "\n"});
        for (const auto key : content.keys)
            put({"key ", key, "\n"});
        put({kEndOfEnvelope, "\n"});
    });
}

} // namespace guestkeyd
