// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench.h"

#include <algorithm>
#include <cstdlib>

namespace guestkeyd::bench {

Secrets::Secrets() : connection_(connect()) {}

virSecretPtr Secrets::define(const std::string& uuid) {
    const auto xml = "<secret ephemeral='yes' private='yes'><uuid>" + uuid +
                     "</uuid><usage type='volume'><volume>bench/" + uuid + "</volume></usage></secret>";
    auto* secret = virSecretDefineXML(connection_.get(), xml.c_str(), 0);
    const std::string key(kKey);
    if (!secret || virSecretSetValue(secret, reinterpret_cast<const unsigned char*>(key.data()), key.size(), 0) < 0)
        fail("define a secret");
    return secret;
}

Rate Secrets::define_and_set(int keys, const std::function<void()>& meanwhile) {
    std::vector<std::string> uuids(static_cast<std::size_t>(keys));
    std::generate(uuids.begin(), uuids.end(), random_uuid);
    const auto start = Clock::now();
    for (const auto& uuid : uuids)
        secrets_.push_back(define(uuid));
    const auto seconds = seconds_since(start);
    meanwhile();
    for (auto* secret : secrets_) {
        virSecretUndefine(secret);
        virSecretFree(secret);
    }
    secrets_.clear();
    return {keys / seconds};
}

Delay Secrets::describe(int times) {
    std::vector<double> delays;
    for (int i = 0; i < times; ++i) {
        const auto start = Clock::now();
        std::free(virSecretGetXMLDesc(secrets_.front(), 0));
        delays.push_back(seconds_since(start) * 1000);
    }
    return summary(std::move(delays));
}

Delay Secrets::destroy_and_undefine(int guests) {
    std::vector<double> delays;
    for (int i = 0; i < guests; ++i) {
        RunningGuest guest(connection_.get());
        auto* secret = define(guest.uuid());
        guest.destroy();
        const auto start = Clock::now();
        virSecretUndefine(secret);
        delays.push_back(seconds_since(start) * 1000);
        virSecretFree(secret);
    }
    return summary(std::move(delays));
}

} // namespace guestkeyd::bench
