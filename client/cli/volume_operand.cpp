// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/volume_operand.h"

#include "base/error.h"

#include <array>

namespace guestkeyd::cli {

namespace {

struct Attribute {
    std::string_view name;
    std::string Volume::*value;
};

constexpr std::array kAttributes{
    Attribute{"delivery", &Volume::delivery}, Attribute{"usage-type", &Volume::usage_type},
    Attribute{"usage-id", &Volume::usage_id}, Attribute{"device", &Volume::device},
    Attribute{"mapping", &Volume::mapping},
};

// Splits at single commas; a doubled one stands for itself.
std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != ',')
            parts.back() += text[i];
        else if (i + 1 < text.size() && text[i + 1] == ',')
            parts.back() += text[i++];
        else
            parts.emplace_back();
    }
    return parts;
}

Failure wrong_volume(std::size_t number, const std::string& what) {
    return Failure(ErrorCode::InvalidArgs, "volume " + std::to_string(number) + " on the command line " + what);
}

void set_attribute(Volume& volume, std::string_view text, std::size_t number) {
    const auto equals = text.find('=');
    for (const auto& attribute : kAttributes) {
        if (equals == std::string_view::npos || text.substr(0, equals) != attribute.name)
            continue;
        volume.*attribute.value = text.substr(equals + 1);
        if ((volume.*attribute.value).empty())
            throw wrong_volume(number, "has no value after " + std::string(attribute.name) + "=");
        return;
    }
    throw wrong_volume(number, "has an unknown attribute; known are delivery=, usage-type=, usage-id=, device= and "
                               "mapping=, and a comma in a value is written as two");
}

} // namespace

Volume parse_volume_operand(std::string_view text, std::size_t number) {
    const auto parts = split(text);
    const auto id = VolumeId::try_parse(parts.front());
    if (!id)
        throw wrong_volume(number, "does not begin with a UUID; name volumes as the secret's UUID in the domain XML, "
                                   "and give keys on standard input or with --key-file");
    Volume volume{*id};
    for (std::size_t i = 1; i < parts.size(); ++i)
        set_attribute(volume, parts[i], number);
    return volume;
}

std::vector<Volume> parse_volume_operands(const std::vector<std::string>& operands) {
    std::vector<Volume> volumes;
    for (std::size_t i = 1; i < operands.size(); ++i)
        volumes.push_back(parse_volume_operand(operands[i], i));
    return volumes;
}

} // namespace guestkeyd::cli
