// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/vir_handles.h"

#include <libvirt/virterror.h>

namespace guestkeyd {

Failure vir_failure(const std::string& doing) {
    const auto* error = virGetLastError();
    const std::string said = error && error->message ? error->message : "no reason given";
    const bool lost = error && (error->domain == VIR_FROM_RPC || error->code == VIR_ERR_RPC ||
                                error->code == VIR_ERR_NO_CONNECT || error->code == VIR_ERR_INVALID_CONN);
    return {lost ? ErrorCode::LibvirtUnavailable : ErrorCode::Internal, doing + ": " + said};
}

bool vir_not_found() {
    const auto* error = virGetLastError();
    if (!error)
        return false;
    switch (error->code) {
    case VIR_ERR_NO_DOMAIN:
    case VIR_ERR_NO_SECRET:
    case VIR_ERR_NO_STORAGE_POOL:
    case VIR_ERR_NO_STORAGE_VOL:
        return true;
    default:
        return false;
    }
}

bool vir_not_supported() {
    const auto* error = virGetLastError();
    return error && error->code == VIR_ERR_NO_SUPPORT;
}

} // namespace guestkeyd
