// SPDX-License-Identifier: LGPL-2.1-or-later
// What agent and volume worker tell each other: whatever is taken is what would have been written.
#include "base/error.h"
#include "luks/job_report.h"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace guestkeyd;

void read_as_spec(std::string_view text) {
    try {
        if (encode_job_spec(decode_job_spec(text)) != text)
            std::abort();
    } catch (const Failure&) {
        return;
    }
}

void read_as_report(std::string_view line) {
    try {
        if (encode_job_report(decode_job_report(line)) != std::string(line) + "\n")
            std::abort();
    } catch (const Failure&) {
        return;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_as_spec(text);
    read_as_report(text);
    return 0;
}
