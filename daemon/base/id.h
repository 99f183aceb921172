// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace guestkeyd {

// A UUID in the form of RFC 4122, section 3: 8-4-4-4-12 hexadecimal digits; read in either case, written in lower case.
class Uuid {
  public:
    static std::optional<Uuid> parse(std::string_view text);
    [[nodiscard]] std::string str() const;
    auto operator<=>(const Uuid&) const = default;

    // Uniform enough to be a hash: most UUIDs are random, and all of them differ.
    [[nodiscard]] std::size_t hash() const;

  private:
    std::array<std::uint8_t, 16> bytes_{};
};

// A UUID that says what it names, so that a volume is never taken for a guest.
template <typename What> class Id {
  public:
    explicit Id(Uuid uuid) : uuid_(uuid) {}

    static std::optional<Id> try_parse(std::string_view text) {
        auto uuid = Uuid::parse(text);
        return uuid ? std::optional<Id>(Id(*uuid)) : std::nullopt;
    }
    // InvalidArgs with a sentence that quotes the text.
    static Id parse(std::string_view text);

    [[nodiscard]] std::string str() const { return uuid_.str(); }
    [[nodiscard]] std::size_t hash() const { return uuid_.hash(); }
    auto operator<=>(const Id&) const = default;

  private:
    Uuid uuid_;
};

struct GuestTag;
struct VolumeTag;
using GuestId = Id<GuestTag>;
using VolumeId = Id<VolumeTag>;

template <> GuestId GuestId::parse(std::string_view text);
template <> VolumeId VolumeId::parse(std::string_view text);

// The text in single quotes, cut and with what a terminal could not show replaced, so that it can stand in a message.
std::string quoted(std::string_view text);
// Exact matches, so that a string does not find std::quoted instead.
inline std::string quoted(const std::string& text) {
    return quoted(std::string_view(text));
}
inline std::string quoted(std::string& text) {
    return quoted(std::string_view(text));
}

} // namespace guestkeyd

template <typename What> struct std::hash<guestkeyd::Id<What>> {
    std::size_t operator()(const guestkeyd::Id<What>& id) const { return id.hash(); }
};
