// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/connection.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace guestkeyd::test {

// What the text inside an envelope says.
struct EnvelopeText {
    std::string guest;
    std::vector<std::pair<std::string, std::string>> keys; // volume and key
    std::string options{};                                 // lines between the head and the first volume
    std::chrono::seconds valid_for = std::chrono::hours(1);
};
std::string text_of(const EnvelopeText& content);

// The same for keys for work on a volume.
std::string volume_envelope_text(const std::string& operation, const std::string& volume,
                                 const std::vector<std::string>& keys,
                                 std::chrono::seconds valid_for = std::chrono::hours(1));

// What the stock openssl(1) makes of it.
std::string seal_to(const std::string& certificate_pem, std::string_view text);
std::string seal_to(const std::string& certificate_pem, const EnvelopeText& content);

// What the caller says is inside; not passed when not given.
struct SealedClaim {
    std::optional<std::string> guest{};
    std::optional<std::vector<std::string>> volumes{};
};

// The calls of the API, not yet sent.
Call get_host_certificate(const Connection& caller);
Call attach_sealed(const Connection& caller, std::string_view envelope, const SealedClaim& claim = {});
Call export_sealed(const Connection& caller, const std::string& guest, const std::string& recipient,
                   const std::vector<std::string>& volumes = {}, std::optional<std::uint64_t> valid_for = {});
Call rotate_host_certificate(const Connection& caller);

// The string, or the bytes, that a call returns; an error becomes a failed test.
std::string text_returned(const Call& call);
std::string bytes_returned(const Call& call);

} // namespace guestkeyd::test
