// SPDX-License-Identifier: LGPL-2.1-or-later
// Hostile domain XML, and a hostile answer of the program that reads it: whatever is taken must survive the way from
// one to the other unchanged.
#include "base/error.h"
#include "domainxml/domain_xml.h"
#include "domainxml/summary_format.h"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace guestkeyd;

void read_as_xml(std::string_view text) {
    try {
        const auto summary = parse_domain_xml(text);
        if (decode_summary(encode_summary(summary)) != summary)
            std::abort();
    } catch (const Failure& failure) {
        // A summary that was made is always understood.
        if (failure.code() == ErrorCode::Internal)
            std::abort();
    }
}

void read_as_summary(std::string_view text) {
    try {
        if (encode_summary(decode_summary(text)) != text)
            std::abort();
    } catch (const Failure&) {
        return;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_as_xml(text);
    read_as_summary(text);
    return 0;
}
