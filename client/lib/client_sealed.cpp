// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls for sealed delivery.
#include "connection.h"
#include "guestkeyd/envelope.h"
#include "remote_seal.h"

namespace guestkeyd {

std::string Client::host_certificate() {
    return connection_->call([&] { return connection_->agent.GetHostCertificate(); });
}

std::string Client::rotate_host_certificate() {
    return connection_->call([&] { return connection_->agent.RotateHostCertificate({}); });
}

void Client::attach_sealed(const std::vector<std::uint8_t>& envelope, const SealedClaim& claim) {
    Properties options;
    if (claim.guest)
        options.emplace("guest", claim.guest->str());
    if (!claim.volumes.empty())
        options.emplace("volumes", encode_volume_ids(claim.volumes));
    connection_->call([&] { connection_->agent.AttachSealed(envelope, options); });
}

void Client::attach_from_afar(const AttachRequest& request, const SecretBuffer& keys) {
    SealedClaim claim{request.guest, {}};
    for (const auto& volume : request.volumes)
        claim.volumes.push_back(volume.id);
    const auto certificate = connection_->call([&] { return connection_->recipient(); });
    attach_sealed(seal_keys(request, keys, certificate, kEnvelopeLife), claim);
}

std::vector<std::uint8_t> Client::export_sealed(const ExportRequest& request) {
    Properties options;
    if (!request.volumes.empty())
        options.emplace("volumes", encode_volume_ids(request.volumes));
    if (request.valid_for)
        options.emplace("valid-for", encode_seconds(*request.valid_for));
    return connection_->call(
        [&] { return connection_->agent.ExportSealed(request.guest.str(), request.recipient, options); });
}

} // namespace guestkeyd
