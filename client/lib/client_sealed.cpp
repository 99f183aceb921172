// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls for sealed delivery.
#include "bus_errors.h"
#include "connection.h"

namespace guestkeyd {

std::string Client::host_certificate() {
    return translated([&] { return connection_->agent.GetHostCertificate(); });
}

std::string Client::rotate_host_certificate() {
    return translated([&] { return connection_->agent.RotateHostCertificate({}); });
}

void Client::attach_sealed(const std::vector<std::uint8_t>& envelope, const SealedClaim& claim) {
    Properties options;
    if (claim.guest)
        options.emplace("guest", claim.guest->str());
    if (!claim.volumes.empty())
        options.emplace("volumes", encode_volume_ids(claim.volumes));
    translated([&] { connection_->agent.AttachSealed(envelope, options); });
}

std::vector<std::uint8_t> Client::export_sealed(const ExportRequest& request) {
    Properties options;
    if (!request.volumes.empty())
        options.emplace("volumes", encode_volume_ids(request.volumes));
    if (request.valid_for)
        options.emplace("valid-for", encode_seconds(*request.valid_for));
    return translated([&] { return connection_->agent.ExportSealed(request.guest.str(), request.recipient, options); });
}

} // namespace guestkeyd
