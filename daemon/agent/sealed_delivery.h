// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "base/id.h"
#include "base/secret_buffer.h"
#include "sealing/host_identity.h"
#include "sealing/trust.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace guestkeyd {

class KeyStore;
struct Guest;

struct SealingSettings {
    std::filesystem::path own_pair;
    HostKeyFiles given; // by the site, instead of our own pair; both or neither
    TrustedHosts trusted;
};

struct ExportRequest {
    GuestId guest;
    std::vector<VolumeId> volumes; // empty: all
    std::string recipient;         // certificate in PEM
    std::uint64_t valid_for;       // seconds
};

struct SealedExport {
    std::vector<std::uint8_t> envelope;
    std::vector<VolumeId> volumes; // those that it has keys of
    std::string recipient;         // fingerprint of the certificate
};

// Keys that come and go in envelopes. A host whose pair cannot be read or made does without: the agent starts, and
// what needs the pair is Unsupported, with a sentence that says what to correct.
class SealedDelivery {
  public:
    SealedDelivery(SealingSettings settings, KeyStore& store);

    // What to seal to, PEM.
    [[nodiscard]] std::string certificate() const { return identity().certificate_pem(); }
    // Makes a new pair and returns its certificate. Unsupported for a pair of the site.
    std::string rotate();
    // What is inside an envelope for this host. BadEnvelope.
    [[nodiscard]] SecretBuffer open(std::span<const std::uint8_t> envelope) const;

    // Keys of a guest in an envelope for another host. NotTrusted, NoSuchGuest, NoSuchVolume, Busy for a guest whose
    // keys are being wiped, LimitsExceeded for more than an envelope takes.
    SealedExport export_keys(const ExportRequest& request);

  private:
    void load();
    [[nodiscard]] const HostIdentity& identity() const;

    SealingSettings settings_;
    KeyStore& store_;
    std::optional<HostIdentity> identity_;
    std::string why_not_; // there is no identity
};

} // namespace guestkeyd
