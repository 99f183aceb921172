// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/attach_args.h"

#include "base/text.h"
#include "bus/volume_args.h"
#include "luks/job_spec.h"

#include <set>

namespace guestkeyd {

namespace {

constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxUsageBytes = 1024;
constexpr std::size_t kMaxDeviceBytes = 1024;

void refuse_repeats(const std::vector<VolumeId>& volumes) {
    std::set<VolumeId> seen;
    for (const auto& volume : volumes)
        if (!seen.insert(volume).second)
            throw Failure(ErrorCode::InvalidArgs, "volume " + volume.str() + " is given twice; name each volume once");
}

Delivery parse_delivery_option(const std::string& text) {
    if (const auto delivery = parse_delivery(text))
        return *delivery;
    throw Failure(ErrorCode::InvalidArgs,
                  "there is no delivery " + quoted(text) + "; use libvirt-secret, dm-crypt or none");
}

Box<SecretUsage> parse_usage(Options& options) {
    const auto type = options.take<std::string>("usage-type");
    const auto id = options.take<std::string>("usage-id");
    if (!type && !id)
        return {};
    if (!type || !id)
        throw Failure(ErrorCode::InvalidArgs, "usage-type and usage-id go together; give both or neither");
    const auto use = parse_secret_use(*type);
    if (!use)
        throw Failure(ErrorCode::InvalidArgs,
                      "there is no usage-type " + quoted(*type) + "; use volume, ceph, iscsi, tls or vtpm");
    if (id->empty() || id->size() > kMaxUsageBytes || id->find_first_of("\n\r\t") != std::string::npos)
        throw Failure(ErrorCode::InvalidArgs, "usage-id " + quoted(*id) + " must be one line of 1 to " +
                                                  std::to_string(kMaxUsageBytes) + " bytes");
    return SecretUsage{*use, *id};
}

Box<MappedDevice> parse_mapped(Options& options, Delivery delivery) {
    const auto device = options.take<std::string>("device");
    const auto mapping = options.take<std::string>("mapping");
    if (delivery != Delivery::DmCrypt && !device && !mapping)
        return {};
    if (delivery != Delivery::DmCrypt || !device || !mapping)
        throw Failure(ErrorCode::InvalidArgs, "device and mapping go with delivery dm-crypt, which needs both");
    require_plain_path(*device);
    if (device->size() > kMaxDeviceBytes || !is_one_line(*device))
        throw Failure(ErrorCode::InvalidArgs, "the path " + quoted(*device) +
                                                  " of a device must be one line of at most " +
                                                  std::to_string(kMaxDeviceBytes) + " bytes");
    if (!is_mapping_name(*mapping))
        throw Failure(ErrorCode::InvalidArgs, quoted(*mapping) + " cannot be the name of a mapping: it has 1 to " +
                                                  std::to_string(kMaxMappingName) +
                                                  " letters, digits and #+-.:=@_, and stands in /dev/mapper");
    return MappedDevice{*device, *mapping};
}

VolumeAttributes parse_attributes(OptionMap map) {
    Options options(std::move(map));
    VolumeAttributes attributes;
    if (const auto delivery = options.take<std::string>("delivery"))
        attributes.delivery = parse_delivery_option(*delivery);
    attributes.usage = parse_usage(options);
    attributes.mapped = parse_mapped(options, attributes.delivery);
    if (attributes.mapped && attributes.usage)
        throw Failure(ErrorCode::InvalidArgs, "usage-type and usage-id are of a libvirt secret, not of dm-crypt");
    options.refuse_rest();
    return attributes;
}

std::optional<std::string> parse_name(Options& options) {
    auto name = options.take<std::string>("name");
    if (name && (name->size() > kMaxNameBytes || name->find('\n') != std::string::npos))
        throw Failure(ErrorCode::InvalidArgs, "the name " + quoted(*name) + " must be one line of at most " +
                                                  std::to_string(kMaxNameBytes) + " bytes");
    return name;
}

std::optional<WipeOn> parse_wipe_on_option(Options& options) {
    const auto text = options.take<std::string>("wipe-on");
    if (!text)
        return std::nullopt;
    if (const auto wipe_on = parse_wipe_on(*text))
        return wipe_on;
    throw Failure(ErrorCode::InvalidArgs,
                  "keys cannot be wiped on " + quoted(*text) + "; use destroyed, stopped or undefined");
}

std::optional<std::uint64_t> parse_seconds(Options& options, const char* name) {
    const auto seconds = options.take<std::uint64_t>(name);
    return seconds ? std::optional(checked_seconds(*seconds, name)) : std::nullopt;
}

} // namespace

std::uint64_t checked_seconds(std::uint64_t seconds, const char* name) {
    constexpr std::uint64_t kTenYears = 10ULL * 366 * 24 * 3600;
    if (seconds == 0 || seconds > kTenYears)
        throw Failure(ErrorCode::InvalidArgs,
                      std::string(name) + " must be 1 to " + std::to_string(kTenYears) + " seconds");
    return seconds;
}

AttachRequest parse_attach(const std::string& guest, const VolumeArgs& volumes, OptionMap map,
                           std::size_t max_volumes) {
    AttachRequest request{GuestId::parse(guest), {}, {}, false, {}, {}, {}, {}, {}};
    if (volumes.empty())
        throw Failure(ErrorCode::InvalidArgs,
                      "no volume is given for guest " + request.guest.str() + "; name those that the keys are for");
    if (volumes.size() > max_volumes)
        throw Failure(ErrorCode::LimitsExceeded,
                      std::to_string(volumes.size()) +
                          " volumes are more than KeysPerGuest=" + std::to_string(max_volumes) + " in guestkeyd.conf");
    for (const auto& volume : volumes) {
        request.volumes.push_back(VolumeId::parse(std::get<0>(volume)));
        request.attributes.push_back(parse_attributes(std::get<1>(volume)));
    }
    refuse_repeats(request.volumes);
    Options options(std::move(map));
    request.name = parse_name(options);
    request.exclusive = options.take<bool>("exclusive").value_or(false);
    request.generation = options.take<std::uint64_t>("generation");
    request.wipe_on = parse_wipe_on_option(options);
    request.lease = parse_seconds(options, "lease");
    request.expected_within = parse_seconds(options, "expected-within");
    options.refuse_rest();
    return request;
}

std::vector<VolumeId> parse_volumes(const std::vector<std::string>& volumes) {
    std::vector<VolumeId> ids;
    for (const auto& volume : volumes)
        ids.push_back(VolumeId::parse(volume));
    if (ids.empty())
        throw Failure(ErrorCode::InvalidArgs, "no volume is given; name those whose keys to wipe, or use PurgeGuest");
    refuse_repeats(ids);
    return ids;
}

} // namespace guestkeyd
