// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/secret_needs.h"

namespace guestkeyd {

namespace {

bool matches(const AttachedVolume& volume, const SecretRef& reference) {
    if (volume.attributes.delivery != Delivery::LibvirtSecret)
        return false;
    if (reference.uuid)
        return volume.volume == *reference.uuid;
    return volume.attributes.usage == SecretUsage{reference.use, reference.usage};
}

} // namespace

SecretNeeds sort_needs(const DomainSummary& summary, const Guest* guest) {
    SecretNeeds needs;
    for (const auto& reference : summary.secrets) {
        const AttachedVolume* found = nullptr;
        if (guest)
            for (const auto& volume : guest->volumes)
                if (matches(volume, reference))
                    found = &volume;
        if (found)
            needs.attached.push_back({found->volume, reference.use});
        else
            needs.elsewhere.push_back(reference);
    }
    return needs;
}

std::string list_names(const std::vector<SecretRef>& references) {
    std::string text;
    for (const auto& reference : references) {
        text += text.empty() ? "" : ", ";
        text += (reference.uuid ? "volume " : "secret ") + reference.str();
    }
    return text;
}

} // namespace guestkeyd
