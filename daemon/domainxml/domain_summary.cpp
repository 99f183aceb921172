// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domainxml/domain_summary.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace guestkeyd {

namespace {

constexpr std::array<std::string_view, 5> kUseNames{"volume", "ceph", "iscsi", "tls", "vtpm"}; // in order of SecretUse

std::size_t usage_bytes(const std::vector<SecretRef>& secrets) {
    return std::accumulate(secrets.begin(), secrets.end(), std::size_t{0},
                           [](std::size_t sum, const SecretRef& secret) { return sum + secret.usage.size(); });
}

} // namespace

std::string_view secret_use_name(SecretUse use) {
    return kUseNames.at(static_cast<std::size_t>(use));
}

std::optional<SecretUse> parse_secret_use(std::string_view name) {
    const auto found = std::find(kUseNames.begin(), kUseNames.end(), name);
    if (found == kUseNames.end())
        return std::nullopt;
    return static_cast<SecretUse>(found - kUseNames.begin());
}

std::string SecretRef::str() const {
    return uuid ? uuid->str() : std::string(secret_use_name(use)) + ":" + usage;
}

void add_secret(DomainSummary& summary, SecretRef secret) {
    auto& secrets = summary.secrets;
    if (std::find(secrets.begin(), secrets.end(), secret) != secrets.end())
        return;
    if (secrets.size() == kMaxSecrets || usage_bytes(secrets) + secret.usage.size() > kMaxSecretsText)
        throw Failure(ErrorCode::LimitsExceeded, "the domain XML of guest " + quoted(summary.name) +
                                                     " names more secrets than guestkeyd can follow; remove some of "
                                                     "its encrypted disks");
    secrets.push_back(std::move(secret));
}

} // namespace guestkeyd
