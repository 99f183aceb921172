// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/luks_volume.h"

#include "base/error.h"

namespace guestkeyd {

LuksVolume::LuksVolume(const Volume& volume, std::optional<VolumeFormat> expected)
    : qcow2_(read_qcow2_header(volume.fd(), volume.title())) {
    auto header = volume.path();
    if (qcow2_) {
        inner_header_ = copy_luks_header(volume.fd(), *qcow2_, volume.title());
        header = "/proc/self/fd/" + std::to_string(inner_header_.get());
    }
    device_ = std::make_unique<CryptDevice>(header, volume.title());
    device_->load();
    if (expected && *expected != format())
        throw Failure(ErrorCode::InvalidArgs, volume.title() + " is in format " + std::string(format_name(format())) +
                                                  ", not " + std::string(format_name(*expected)));
}

} // namespace guestkeyd
