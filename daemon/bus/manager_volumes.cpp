// SPDX-License-Identifier: LGPL-2.1-or-later
// The members of the Manager for volumes.
#include "agent/key_lines.h"
#include "base/id.h"
#include "bus/manager_object.h"
#include "bus/object_path.h"
#include "bus/volume_args.h"
#include "loop/alarm.h"

namespace guestkeyd {

template <typename Answer, typename Then>
void ManagerObject::with_keys(const Answer& reply, VolumeRequest parsed, const sdbus::UnixFd& keys, Then then) {
    parsed.caller = gate_.uid_of(sender());
    const FdLimits limits{key_count(parsed.spec.operation) * (settings_.key_bytes + 1), settings_.key_read_timeout};
    // std::function wants to be copied, the request must not be.
    auto request = std::make_shared<VolumeRequest>(std::move(parsed));
    auto done = [this, reply, request, then = std::move(then)](const FdReader* reader, FdContent content) {
        readers_.drop(reader);
        reply.guard([&] {
            if (content.failure)
                throw Failure(content.failure->code(), "the keys for volume " + quoted(request->volume()) +
                                                           " cannot be read: " + content.failure->message());
            split_keys(content.bytes, key_titles(*request), settings_.key_bytes);
            request->keys = std::move(content.bytes);
            then(std::move(*request));
        });
    };
    readers_.keep(std::make_unique<FdReader>(loop_, UniqueFd::duplicate(keys.get()), limits, std::move(done))).start();
}

void ManagerObject::start_job(sdbus::Result<sdbus::ObjectPath>&& result, VolumeOperation operation, OptionMap volume,
                              const sdbus::UnixFd& keys, OptionMap options) {
    const Reply<sdbus::ObjectPath> reply(std::move(result));
    reply.guard([&] {
        with_keys(reply, parse_volume_request(operation, std::move(volume), std::move(options)), keys,
                  [this, reply](VolumeRequest request) {
                      reply.ok(path_of_job(agent_.volumes().start(std::move(request))));
                  });
    });
}

void ManagerObject::CreateVolume(sdbus::Result<sdbus::ObjectPath>&& result, OptionMap volume, sdbus::UnixFd key,
                                 OptionMap options) {
    start_job(std::move(result), VolumeOperation::Create, std::move(volume), key, std::move(options));
}

void ManagerObject::ReencryptVolume(sdbus::Result<sdbus::ObjectPath>&& result, OptionMap volume, sdbus::UnixFd keys,
                                    OptionMap options) {
    start_job(std::move(result), VolumeOperation::Reencrypt, std::move(volume), keys, std::move(options));
}

void ManagerObject::TestKey(sdbus::Result<bool>&& result, OptionMap volume, sdbus::UnixFd key, OptionMap options) {
    const Reply<bool> reply(std::move(result));
    reply.guard([&] {
        with_keys(reply, parse_volume_request(VolumeOperation::Test, std::move(volume), std::move(options)), key,
                  [this, reply](VolumeRequest request) { start_test(reply, std::move(request)); });
    });
}

void ManagerObject::start_test(const Reply<bool>& reply, VolumeRequest request) {
    agent_.volumes().test(std::move(request), [reply](bool opens, const std::optional<Failure>& failure) {
        if (failure)
            reply.fail(*failure);
        else
            reply.ok(opens);
    });
}

VolumeRequest ManagerObject::unsealed(VolumeRequest request, const std::vector<std::uint8_t>& envelope) {
    request.caller = gate_.uid_of(sender());
    const auto text = agent_.sealed().open(envelope);
    request.keys = sealed_keys(request, parse_volume_envelope(text, now_in_seconds()));
    split_keys(request.keys, key_titles(request), settings_.key_bytes);
    return request;
}

sdbus::ObjectPath ManagerObject::CreateVolumeSealed(const OptionMap& volume, const std::vector<std::uint8_t>& envelope,
                                                    const OptionMap& options) {
    return answering([&] {
        return path_of_job(
            agent_.volumes().start(unsealed(parse_volume_request(VolumeOperation::Create, volume, options), envelope)));
    });
}

sdbus::ObjectPath ManagerObject::ReencryptVolumeSealed(const OptionMap& volume,
                                                       const std::vector<std::uint8_t>& envelope,
                                                       const OptionMap& options) {
    return answering([&] {
        return path_of_job(agent_.volumes().start(
            unsealed(parse_volume_request(VolumeOperation::Reencrypt, volume, options), envelope)));
    });
}

void ManagerObject::TestKeySealed(sdbus::Result<bool>&& result, OptionMap volume, std::vector<std::uint8_t> envelope,
                                  OptionMap options) {
    const Reply<bool> reply(std::move(result));
    reply.guard([&] {
        start_test(reply, unsealed(parse_volume_request(VolumeOperation::Test, std::move(volume), std::move(options)),
                                   envelope));
    });
}

} // namespace guestkeyd
