// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/volume_args.h"

#include <algorithm>

namespace guestkeyd {

namespace {

// Some of libvirt's pools name volumes as files, and take a path for a name.
void require_name(const char* what, const std::string& name) {
    constexpr std::size_t kLongest = 255;
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
    if (name.empty() || name.size() > kLongest || name.front() == '.' || name.find('/') != std::string::npos ||
        std::any_of(name.begin(), name.end(), is_control))
        throw Failure(ErrorCode::InvalidArgs, std::string("the ") + what + " " + quoted(name) +
                                                  " of a volume must be 1 to " + std::to_string(kLongest) +
                                                  " bytes, without / or control characters, and not start with .");
}

void parse_volume(VolumeRequest& request, OptionMap map) {
    Options options(std::move(map));
    const auto path = options.take<std::string>("path");
    const auto pool = options.take<std::string>("pool");
    const auto name = options.take<std::string>("name");
    options.refuse_rest();
    if (path ? pool || name : !pool || !name)
        throw Failure(ErrorCode::InvalidArgs, "name the volume either by path, or by pool and name");
    if (path) {
        require_plain_path(*path);
        request.spec.path = *path;
        return;
    }
    require_name("pool", *pool);
    require_name("name", *name);
    request.in_pool = PoolVolume{*pool, *name};
}

template <typename Value>
std::optional<Value> take_named(Options& options, const char* option, std::optional<Value> (*parse)(std::string_view),
                                const char* names) {
    const auto text = options.take<std::string>(option);
    if (!text)
        return std::nullopt;
    const auto value = parse(*text);
    if (!value)
        throw Failure(ErrorCode::InvalidArgs,
                      std::string("there is no ") + option + " " + quoted(*text) + "; use " + names);
    return value;
}

std::optional<Resilience> parse_resilience(std::string_view name) {
    if (name == "checksum")
        return Resilience::Checksum;
    return name == "journal" ? std::optional(Resilience::Journal) : std::nullopt;
}

void parse_create(JobSpec& spec, Options& options) {
    spec.capacity = options.take<std::uint64_t>("capacity").value_or(0);
    spec.cipher = options.take<std::string>("cipher").value_or("");
    spec.key_size = options.take<std::uint32_t>("key-size").value_or(0);
    spec.sector_size = options.take<std::uint32_t>("sector-size").value_or(0);
    spec.label = options.take<std::string>("label").value_or("");
    spec.overwrite = options.take<bool>("overwrite").value_or(false);
}

void parse_reencrypt(JobSpec& spec, Options& options) {
    spec.hotzone = options.take<std::uint64_t>("hotzone").value_or(0);
    spec.resilience =
        take_named(options, "resilience", &parse_resilience, "checksum or journal").value_or(Resilience::Checksum);
    spec.online = options.take<bool>("online").value_or(false);
    if (const auto target = options.take<std::string>("target")) {
        require_plain_path(*target);
        spec.target = *target;
    }
}

void check(const VolumeRequest& request) {
    auto spec = request.spec;
    // Where it is in its pool is known only once the pool was asked.
    if (request.in_pool)
        spec.path = "/" + request.in_pool->str();
    check_job_spec(spec);
}

} // namespace

void require_plain_path(const std::string& path) {
    const auto has = [&path](const char* part) { return path.find(part) != std::string::npos; };
    if (!path.starts_with('/') || path.ends_with('/') || has("//") || has("/./") || has("/../") ||
        path.ends_with("/.") || path.ends_with("/.."))
        throw Failure(ErrorCode::InvalidArgs,
                      "the path " + quoted(path) + " of a volume must be absolute, without . or .. or empty parts");
}

VolumeRequest parse_volume_request(VolumeOperation operation, OptionMap volume, OptionMap map) {
    VolumeRequest request;
    request.spec.operation = operation;
    parse_volume(request, std::move(volume));
    Options options(std::move(map));
    if (operation != VolumeOperation::Reencrypt)
        request.spec.format = take_named(options, "format", &parse_format, "luks2, luks1 or qcow2");
    if (operation == VolumeOperation::Create)
        parse_create(request.spec, options);
    if (operation == VolumeOperation::Reencrypt)
        parse_reencrypt(request.spec, options);
    if (operation != VolumeOperation::Test)
        request.spec.pbkdf = take_named(options, "pbkdf", &parse_pbkdf, "minimal or argon2id").value_or(Pbkdf::Minimal);
    options.refuse_rest();
    check(request);
    return request;
}

std::vector<std::string> key_titles(const VolumeRequest& request) {
    const auto of_volume = " key of volume " + quoted(request.volume());
    if (request.spec.operation == VolumeOperation::Reencrypt)
        return {"the old" + of_volume, "the new" + of_volume};
    return {"the" + of_volume};
}

SecretBuffer sealed_keys(const VolumeRequest& request, const VolumeEnvelope& envelope) {
    const auto operation = operation_name(request.spec.operation);
    if (envelope.operation != operation || envelope.volume != request.volume())
        throw Failure(ErrorCode::BadEnvelope, "the envelope was sealed for something else than " +
                                                  std::string(operation) + " of volume " + quoted(request.volume()) +
                                                  "; seal the keys for that");
    std::size_t bytes = 0;
    for (const auto key : envelope.keys)
        bytes += key.size() + 1;
    SecretBuffer lines(bytes);
    for (const auto key : envelope.keys) {
        lines.append(key);
        lines.append("\n");
    }
    return lines;
}

} // namespace guestkeyd
