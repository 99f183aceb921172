// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/envelope_content.h"

#include "sealing/envelope_lines.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>

namespace guestkeyd {

namespace {

constexpr std::string_view kHeader = "guestkeyd-envelope 1";
constexpr std::array<std::string_view, 6> kPushOptions{"name",      "lease",   "generation",
                                                       "exclusive", "wipe-on", "expected-within"};
constexpr std::array<std::string_view, 3> kVolumeOptions{"delivery", "usage-type", "usage-id"};

using Names = std::span<const std::string_view>;

void add_option(TextOptions& options, const Line& line, Names names, const Lines& lines) {
    if (std::find(names.begin(), names.end(), line.word) == names.end() || line.value.empty())
        lines.refuse("is none that belongs there, or has no value; see org.guestkeyd1(5)");
    if (!options.emplace(line.word, line.value).second)
        lines.refuse("sets what an earlier line has set; leave one out");
}

template <typename Id> Id read_id(const Line& line, const Lines& lines) {
    const auto id = Id::try_parse(line.value);
    if (!id)
        lines.refuse("has no UUID; give it as xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
    return *id;
}

// Returns what stands before the first volume, and that line.
std::pair<EnvelopeContent, Line> read_head(Lines& lines) {
    std::optional<GuestId> guest;
    std::optional<std::uint64_t> expires;
    TextOptions options;
    auto line = lines.next();
    for (; line.word != "volume" && line.text != kEndOfEnvelope; line = lines.next())
        if (line.word == "guest" && !guest)
            guest = read_id<GuestId>(line, lines);
        else if (line.word == "expires" && !expires)
            expires = lines.time_in(line);
        else
            add_option(options, line, kPushOptions, lines);
    if (!guest || !expires)
        lines.refuse("comes before both 'guest' and 'expires' are given; put them first");
    return {EnvelopeContent{*guest, *expires, std::move(options), {}}, line};
}

SealedKey read_key(const Line& volume, Lines& lines) {
    SealedKey key{read_id<VolumeId>(volume, lines), {}, {}};
    auto line = lines.next();
    for (; line.word != "key"; line = lines.next())
        add_option(key.options, line, kVolumeOptions, lines);
    if (line.value.empty())
        lines.refuse("has no key; give it behind one space");
    key.key = line.value;
    return key;
}

template <typename Put> void put_options(const TextOptions& options, Put put) {
    for (const auto& [name, value] : options)
        put({name, " ", value, "\n"});
}

template <typename Put> void put_all(const EnvelopeContent& content, Put put) {
    put({kHeader, "\nguest ", content.guest.str(), "\nexpires ", std::to_string(content.expires), "\n"});
    put_options(content.options, put);
    for (const auto& [volume, options, key] : content.keys) {
        put({"volume ", volume.str(), "\n"});
        put_options(options, put);
        put({"key ", key, "\n"});
    }
    put({kEndOfEnvelope, "\n"});
}

} // namespace

EnvelopeContent parse_envelope_content(const SecretBuffer& text, std::uint64_t now) {
    Lines lines(text.view());
    lines.expect_header(kHeader);
    auto [content, line] = read_head(lines);
    std::set<VolumeId> volumes;
    for (; line.word == "volume"; line = lines.next()) {
        content.keys.push_back(read_key(line, lines));
        const auto volume = content.keys.back().volume;
        if (!volumes.insert(volume).second)
            lines.refuse("gives volume " + volume.str() + " a second key; name each volume once");
    }
    if (line.text != kEndOfEnvelope)
        lines.refuse("is neither 'volume' nor 'end'; nothing else may follow a key");
    if (content.keys.empty() || !lines.at_end())
        lines.refuse("is 'end', but no key comes before it or more text behind; give one key at least");
    refuse_expired("the envelope for guest " + content.guest.str(), content.expires, now);
    return std::move(content);
}

SecretBuffer write_envelope_content(const EnvelopeContent& content) {
    return write_in_secret([&](auto put) { put_all(content, put); });
}

} // namespace guestkeyd
