// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/luks2_metadata.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace guestkeyd {

namespace {

using nlohmann::json;

bool has_flag(const json& segment, const char* flag) {
    const auto flags = segment.value("flags", json::array());
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

struct Segments {
    std::vector<std::string> in_use;
    std::string previous; // what they were, and will be: what a re-encryption notes
    std::string final;
};

Segments segments_of(const json& header) {
    Segments found;
    for (const auto& [name, segment] : header.at("segments").items()) {
        if (has_flag(segment, "backup-previous"))
            found.previous = name;
        else if (has_flag(segment, "backup-final"))
            found.final = name;
        else
            found.in_use.push_back(name);
    }
    return found;
}

// The digest of the volume key that a segment is encrypted with.
std::string digest_of(const json& header, const std::string& segment) {
    for (const auto& [name, digest] : header.at("digests").items())
        for (const auto& each : digest.at("segments"))
            if (each == segment)
                return name;
    return {};
}

// Of those that re-encryption asks for: the names begin with "online-reencrypt".
void clear_requirements(json& config) {
    auto& mandatory = config.at("requirements").at("mandatory");
    const auto ours = [](const json& each) { return each.get<std::string>().starts_with("online-reencrypt"); };
    mandatory.erase(std::remove_if(mandatory.begin(), mandatory.end(), ours), mandatory.end());
    if (mandatory.empty())
        config.erase("requirements");
}

void clear_key_slots(json& header, const json& kept) {
    const auto is_kept = [&kept](const json& slot) { return std::find(kept.begin(), kept.end(), slot) != kept.end(); };
    json slots = json::object();
    for (const auto& [name, slot] : header.at("keyslots").items())
        if (is_kept(name))
            slots[name] = slot;
    header["keyslots"] = slots;
    for (auto& token : header.at("tokens")) {
        auto& names = token.at("keyslots");
        names.erase(std::remove_if(names.begin(), names.end(), [&](const json& name) { return !is_kept(name); }),
                    names.end());
    }
}

std::vector<int> key_slots_of(const json& header, const std::string& digest) {
    std::vector<int> slots;
    if (header["digests"].contains(digest))
        for (const auto& slot : header["digests"][digest].at("keyslots"))
            slots.push_back(std::stoi(slot.get<std::string>()));
    return slots;
}

std::optional<FinishedReencryption> find(json header) {
    const auto segments = segments_of(header);
    if (segments.in_use.size() != 1 || segments.previous.empty() || segments.final.empty())
        return std::nullopt;
    const auto& segment = segments.in_use[0];
    const auto digest = digest_of(header, segment);
    const auto old_digest = digest_of(header, segments.previous);
    if (digest.empty() || digest != digest_of(header, segments.final) || digest == old_digest ||
        has_flag(header["segments"][segment], "in-reencryption"))
        return std::nullopt;
    auto key_slots = key_slots_of(header, digest);
    auto old_key_slots = key_slots_of(header, old_digest);
    auto kept = header["digests"][digest];
    kept["segments"] = json::array({segment});
    clear_key_slots(header, kept.at("keyslots"));
    header["digests"] = {{digest, kept}};
    header["segments"] = {{segment, json(header["segments"][segment])}};
    clear_requirements(header.at("config"));
    return FinishedReencryption{header.dump(), std::move(key_slots), std::move(old_key_slots)};
}

} // namespace

std::optional<FinishedReencryption> find_finished_reencryption(std::string_view text) {
    try {
        return find(json::parse(text));
    } catch (const std::exception&) {
        return std::nullopt; // not the header that libcryptsetup has found valid, then
    }
}

} // namespace guestkeyd
