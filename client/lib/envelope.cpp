// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkeyd/envelope.h"

#include "sealing/envelope.h"
#include "sealing/envelope_content.h"

#include <ctime>

namespace guestkeyd {

namespace {

// Each is a line of its own.
void put(TextOptions& options, const char* name, const std::string& text) {
    if (text.empty())
        return;
    if (text.find('\n') != std::string::npos)
        throw Failure(ErrorCode::InvalidArgs, std::string(name) + " has several lines; give one");
    options.emplace(name, text);
}

TextOptions options_of(const AttachRequest& request) {
    TextOptions options;
    put(options, "name", request.name);
    put(options, "wipe-on", request.wipe_on);
    if (request.exclusive)
        put(options, "exclusive", "yes");
    if (request.generation)
        put(options, "generation", std::to_string(*request.generation));
    if (request.lease)
        put(options, "lease", std::to_string(request.lease->count()));
    if (request.expected_within)
        put(options, "expected-within", std::to_string(request.expected_within->count()));
    return options;
}

TextOptions options_of(const Volume& volume) {
    TextOptions options;
    put(options, "delivery", volume.delivery);
    put(options, "usage-type", volume.usage_type);
    put(options, "usage-id", volume.usage_id);
    put(options, "device", volume.device);
    put(options, "mapping", volume.mapping);
    return options;
}

// The next line, which is taken off the text.
std::string_view take_key(std::string_view& text, const VolumeId& volume) {
    const auto end = text.find('\n');
    const auto key = text.substr(0, end);
    if (key.empty())
        throw Failure(ErrorCode::InvalidArgs, "there is no key for volume " + volume.str() +
                                                  "; give one key a line, in the order of the volumes");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return key;
}

} // namespace

std::vector<std::uint8_t> seal_keys(const AttachRequest& request, const SecretBuffer& keys,
                                    std::string_view certificate_pem, std::chrono::seconds valid_for) {
    EnvelopeContent content{
        request.guest, static_cast<std::uint64_t>(std::time(nullptr) + valid_for.count()), options_of(request), {}};
    auto rest = keys.view();
    for (const auto& volume : request.volumes)
        content.keys.push_back({volume.id, options_of(volume), take_key(rest, volume.id)});
    if (!rest.empty())
        throw Failure(ErrorCode::InvalidArgs, "there are more keys than volumes; give one key a line, in the order of "
                                              "the volumes");
    auto envelope = seal(certificate_pem, write_envelope_content(content));
    if (envelope.size() > kMaxEnvelopeBytes)
        throw Failure(ErrorCode::LimitsExceeded, "the keys of guest " + request.guest.str() +
                                                     " take more than the 1 MiB of an envelope; seal some at a time");
    return envelope;
}

} // namespace guestkeyd
