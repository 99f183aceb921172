// SPDX-License-Identifier: LGPL-2.1-or-later
// Hostile content of an envelope: whatever is taken must survive being written and read again unchanged.
#include "base/error.h"
#include "sealing/envelope_content.h"
#include "sealing/volume_envelope.h"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace guestkeyd;

template <auto kParse, auto kWrite> void read_and_write(const SecretBuffer& text) {
    try {
        const auto written = kWrite(kParse(text, 0));
        if (kWrite(kParse(written, 0)).view() != written.view())
            std::abort();
    } catch (const Failure& failure) {
        if (failure.code() != ErrorCode::BadEnvelope)
            std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = SecretBuffer::copy_of({reinterpret_cast<const char*>(data), size});
    read_and_write<parse_envelope_content, write_envelope_content>(text);
    read_and_write<parse_volume_envelope, write_volume_envelope>(text);
    return 0;
}
