// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/envelope_content.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <set>
#include <span>

namespace guestkeyd {

namespace {

constexpr std::string_view kHeader = "guestkeyd-envelope 1";
constexpr std::string_view kEnd = "end";
constexpr std::array<std::string_view, 6> kPushOptions{"name",      "lease",   "generation",
                                                       "exclusive", "wipe-on", "expected-within"};
constexpr std::array<std::string_view, 3> kVolumeOptions{"delivery", "usage-type", "usage-id"};

using Names = std::span<const std::string_view>;
using Parts = std::initializer_list<std::string_view>;

struct Line {
    std::string_view text;
    std::string_view word;  // up to the first space
    std::string_view value; // behind it; empty if there is none
};

class Lines {
  public:
    explicit Lines(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    Line next() {
        ++number_;
        const auto end = rest_.find('\n');
        if (end == std::string_view::npos)
            refuse("is missing or has no newline; the last one is 'end'");
        const auto text = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        const auto space = std::min(text.find(' '), text.size());
        return {text, text.substr(0, space), text.substr(std::min(space + 1, text.size()))};
    }

    // About the line that next() returned last.
    [[noreturn]] void refuse(const std::string& why) const {
        throw Failure(ErrorCode::BadEnvelope, "line " + std::to_string(number_) + " of the envelope " + why);
    }

  private:
    std::string_view rest_;
    std::size_t number_ = 0;
};

void expect_header(Lines& lines) {
    const auto header = lines.next().text;
    if (header.ends_with('\r'))
        lines.refuse("ends in a carriage return; use openssl cms with -binary");
    if (header != kHeader)
        lines.refuse("is not 'guestkeyd-envelope 1'; this version of guestkeyd opens no others");
}

void add_option(TextOptions& options, const Line& line, Names names, const Lines& lines) {
    if (std::find(names.begin(), names.end(), line.word) == names.end() || line.value.empty())
        lines.refuse("is none that belongs there, or has no value; see org.guestkeyd1(5)");
    if (!options.emplace(line.word, line.value).second)
        lines.refuse("sets what an earlier line has set; leave one out");
}

std::uint64_t read_time(const Line& line, const Lines& lines) {
    const auto time = parse_number<std::uint64_t>(line.value);
    if (!time)
        lines.refuse("is no time; give it in seconds since 1970, as date +%s prints it");
    return *time;
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
    for (; line.word != "volume" && line.text != kEnd; line = lines.next())
        if (line.word == "guest" && !guest)
            guest = read_id<GuestId>(line, lines);
        else if (line.word == "expires" && !expires)
            expires = read_time(line, lines);
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

void refuse_expired(const EnvelopeContent& content, std::uint64_t now) {
    if (now >= content.expires)
        throw Failure(ErrorCode::BadEnvelope, "the envelope for guest " + content.guest.str() + " expired " +
                                                  std::to_string(now - content.expires) +
                                                  " s ago; seal a new one, or set this host's clock");
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
    put({kEnd, "\n"});
}

} // namespace

EnvelopeContent parse_envelope_content(const SecretBuffer& text, std::uint64_t now) {
    Lines lines(text.view());
    expect_header(lines);
    auto [content, line] = read_head(lines);
    std::set<VolumeId> volumes;
    for (; line.word == "volume"; line = lines.next()) {
        content.keys.push_back(read_key(line, lines));
        const auto volume = content.keys.back().volume;
        if (!volumes.insert(volume).second)
            lines.refuse("gives volume " + volume.str() + " a second key; name each volume once");
    }
    if (line.text != kEnd)
        lines.refuse("is neither 'volume' nor 'end'; nothing else may follow a key");
    if (content.keys.empty() || !lines.at_end())
        lines.refuse("is 'end', but no key comes before it or more text behind; give one key at least");
    refuse_expired(content, now);
    return std::move(content);
}

SecretBuffer write_envelope_content(const EnvelopeContent& content) {
    std::size_t bytes = 0;
    put_all(content, [&](Parts parts) {
        for (const auto part : parts)
            bytes += part.size();
    });
    SecretBuffer text(bytes);
    put_all(content, [&](Parts parts) {
        for (const auto part : parts)
            text.append(part);
    });
    return text;
}

} // namespace guestkeyd
