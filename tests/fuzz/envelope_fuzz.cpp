// SPDX-License-Identifier: LGPL-2.1-or-later
// Hostile content of an envelope: whatever is taken must survive being written and read again unchanged.
#include "base/error.h"
#include "sealing/envelope_content.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace guestkeyd;
    const auto text = SecretBuffer::copy_of({reinterpret_cast<const char*>(data), size});
    try {
        const auto written = write_envelope_content(parse_envelope_content(text, 0));
        if (write_envelope_content(parse_envelope_content(written, 0)).view() != written.view())
            std::abort();
    } catch (const Failure& failure) {
        if (failure.code() != ErrorCode::BadEnvelope)
            std::abort();
    }
    return 0;
}
