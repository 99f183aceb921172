// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/sealed_args.h"

#include "agent/key_lines.h"
#include "base/text.h"
#include "bus/attach_args.h"

#include <algorithm>

namespace guestkeyd {

namespace {

[[noreturn]] void refuse(const std::string& why) {
    throw Failure(ErrorCode::BadEnvelope, "the envelope " + why);
}

[[noreturn]] void refuse_value(const std::string& option, const std::string& expected) {
    refuse("sets " + option + " to something else than " + expected + "; see org.guestkeyd1(5)");
}

std::uint64_t number_of(const std::string& option, const std::string& text) {
    const auto number = parse_number<std::uint64_t>(text);
    if (!number)
        refuse_value(option, "a whole number");
    return *number;
}

bool truth_of(const std::string& option, const std::string& text) {
    if (text != "yes" && text != "no")
        refuse_value(option, "yes or no");
    return text == "yes";
}

// As they would have come over the bus.
OptionMap typed(const TextOptions& texts) {
    OptionMap options;
    for (const auto& [name, text] : texts)
        if (name == "generation" || name == "lease" || name == "expected-within")
            options.emplace(name, number_of(name, text));
        else if (name == "exclusive")
            options.emplace(name, truth_of(name, text));
        else
            options.emplace(name, text);
    return options;
}

void require_claimed(const AttachRequest& request, const SealedClaim& claim) {
    if (claim.guest && *claim.guest != request.guest)
        refuse("is not for guest " + claim.guest->str() + "; name the one that it was sealed for");
    if (!claim.volumes)
        return;
    for (const auto& volume : request.volumes)
        if (std::find(claim.volumes->begin(), claim.volumes->end(), volume) == claim.volumes->end())
            refuse("has a key of a volume that the option volumes does not name; name all of them");
}

} // namespace

SealedClaim parse_claim(OptionMap map) {
    Options options(std::move(map));
    const auto guest = options.take<std::string>("guest");
    const auto volumes = options.take<std::vector<std::string>>("volumes");
    options.refuse_rest();
    return {guest ? std::optional(GuestId::parse(*guest)) : std::nullopt,
            volumes ? std::optional(parse_volumes(*volumes)) : std::nullopt};
}

SealedPush parse_sealed(const EnvelopeContent& content, const SealedClaim& claim, std::size_t max_volumes,
                        std::size_t max_key_bytes) {
    VolumeArgs volumes;
    SealedPush push{{content.guest, {}, {}, false, {}, {}, {}, {}, {}}, {}};
    for (const auto& key : content.keys) {
        volumes.emplace_back(key.volume.str(), typed(key.options));
        push.keys.push_back(key.key);
    }
    auto options = typed(content.options);
    try {
        push.request = parse_attach(content.guest.str(), volumes, std::move(options), max_volumes);
    } catch (const Failure& failure) {
        if (failure.code() != ErrorCode::InvalidArgs)
            throw;
        // Its sentence quotes the value, which may be a key that stands on the wrong line.
        refuse("gives an option a value that AttachKeys does not take; see org.guestkeyd1(5)");
    }
    require_claimed(push.request, claim);
    for (std::size_t i = 0; i < push.keys.size(); ++i)
        check_key(push.keys[i], push.request.volumes[i], max_key_bytes);
    return push;
}

} // namespace guestkeyd
