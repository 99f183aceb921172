// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/manager_object.h"

#include "agent/key_lines.h"
#include "bus/caller_journal.h"
#include "bus/object_path.h"
#include "keyring/boot_id.h"
#include "keyring/quota.h"

namespace guestkeyd {

namespace {

Force take_force(const OptionMap& map) {
    Options options(map);
    const bool force = options.take<bool>("force").value_or(false);
    options.refuse_rest();
    return force ? Force::Yes : Force::No;
}

std::optional<std::string> take_domain_xml_text(Options& options) {
    constexpr std::size_t kMost = 1024 * 1024;
    if (!options.has<std::string>("domain-xml"))
        return std::nullopt;
    auto text = options.take<std::string>("domain-xml");
    if (text->size() > kMost)
        throw Failure(ErrorCode::LimitsExceeded, "the domain XML is larger than 1 MiB; pass it as a file descriptor");
    return text;
}

template <typename Named> std::vector<std::string> names_of(const std::vector<Named>& all) {
    std::vector<std::string> names;
    for (const auto& each : all)
        names.push_back(each.str());
    return names;
}

} // namespace

ManagerObject::ManagerObject(sdbus::IConnection& connection, EventLoop& loop, Agent& agent, const Gate& gate,
                             BusSettings settings)
    : AdaptorInterfaces(connection, kManagerPath), loop_(loop), agent_(agent), gate_(gate),
      settings_(std::move(settings)) {
    registerAdaptor();
}

ManagerObject::~ManagerObject() {
    unregisterAdaptor();
}

std::string ManagerObject::sender() const {
    return getObject().getCurrentlyProcessedMessage()->getSender();
}

void ManagerObject::AttachKeys(sdbus::Result<>&& result, std::string guest, VolumeArgs volumes, sdbus::UnixFd keys,
                               OptionMap options) {
    const Reply<> reply(std::move(result));
    reply.guard([&] {
        auto request = parse_attach(guest, volumes, std::move(options), settings_.keys_per_guest);
        const FdLimits limits{request.volumes.size() * (settings_.key_bytes + 1), settings_.key_read_timeout};
        auto done = [this, reply, request = std::move(request), from = sender()](const FdReader* reader,
                                                                                 const FdContent& content) {
            readers_.drop(reader);
            reply.guard([&] {
                store_keys(request, content, from);
                reply.ok();
            });
        };
        readers_.keep(std::make_unique<FdReader>(loop_, UniqueFd::duplicate(keys.get()), limits, std::move(done)))
            .start();
    });
}

void ManagerObject::store_keys(const AttachRequest& request, const FdContent& content, const std::string& sender) {
    if (content.failure)
        throw Failure(content.failure->code(),
                      "the keys of guest " + request.guest.str() + " cannot be read: " + content.failure->message());
    try {
        agent_.attach(request, split_keys(content.bytes, request.volumes, settings_.key_bytes));
    } catch (const Failure& failure) {
        agent_.log().note(refused_to(gate_, sender, KeyAction::Attach, request.guest, failure));
        throw;
    }
    agent_.log().note(done_by(gate_, sender, KeyAction::Attach, request.guest, request.volumes));
}

void ManagerObject::DetachKeys(const std::string& guest, const std::vector<std::string>& volumes,
                               const OptionMap& options) {
    answering([&] {
        agent_.detach(GuestId::parse(guest), parse_volumes(volumes), take_force(options), gate_.uid_of(sender()));
    });
}

std::uint32_t ManagerObject::PurgeGuest(const std::string& guest, const OptionMap& options) {
    return answering([&] {
        const auto force = take_force(options);
        return static_cast<std::uint32_t>(agent_.purge_guest(GuestId::parse(guest), force, gate_.uid_of(sender())));
    });
}

void ManagerObject::RenewLease(const std::string& guest, const std::uint64_t& seconds) {
    answering([&] {
        const auto id = GuestId::parse(guest);
        agent_.renew_lease(id, checked_seconds(seconds, "a lease"));
        agent_.log().note(done_by(gate_, sender(), KeyAction::Renew, id));
    });
}

std::uint32_t ManagerObject::PurgeAll(const OptionMap& options) {
    return answering([&] {
        const auto force = take_force(options);
        return static_cast<std::uint32_t>(agent_.purge_all(force, gate_.uid_of(sender())));
    });
}

void ManagerObject::CheckGuest(sdbus::Result<bool, std::vector<std::string>>&& result, std::string guest,
                               OptionMap map) {
    const Reply<bool, std::vector<std::string>> reply(std::move(result));
    reply.guard([&] {
        const auto id = GuestId::parse(guest);
        Options options(std::move(map));
        const auto text = take_domain_xml_text(options);
        const auto xml = options.take<sdbus::UnixFd>("domain-xml");
        options.refuse_rest();
        auto done = [reply](const std::vector<SecretRef>& missing, const std::optional<Failure>& failure) {
            if (failure)
                return reply.fail(*failure);
            reply.ok(missing.empty(), names_of(missing));
        };
        if (text)
            agent_.check().run(id, *text, std::move(done));
        else if (xml)
            agent_.check().run(id, UniqueFd::duplicate(xml->get()), std::move(done));
        else
            agent_.check().run(id, std::move(done));
    });
}

void ManagerObject::GuestHook(sdbus::Result<>&& result, std::string guest, std::string operation, std::string,
                              std::string, sdbus::UnixFd domain_xml) {
    const Reply<> reply(std::move(result));
    reply.guard([&] {
        agent_.hook().run(GuestId::parse(guest), operation, UniqueFd::duplicate(domain_xml.get()),
                          [reply](const std::optional<Failure>& failure) {
                              if (failure)
                                  reply.fail(*failure);
                              else
                                  reply.ok();
                          });
    });
}

std::string ManagerObject::BootId() {
    return read_boot_id();
}

std::uint64_t ManagerObject::QuotaUsed() {
    return read_key_quota().bytes;
}

std::uint64_t ManagerObject::QuotaMax() {
    return read_key_quota().max_bytes;
}

void ManagerObject::emit_used(const KeyUse& use) {
    emitKeysUsed(use.guest ? use.guest->str() : "", names_of(use.volumes), key_action_name(use.action),
                 key_result_name(use.result), use.message);
}

void ManagerObject::emit_needed(const KeysNeeded& needed) {
    emitKeysNeeded(needed.guest.str(), names_of(needed.missing), needed.arrives ? "arrive" : "start");
}

void ManagerObject::emit_purged(GuestId guest, const std::vector<VolumeId>& volumes, PurgeReason reason) {
    emitKeysPurged(guest.str(), names_of(volumes), purge_reason_name(reason));
}

void ManagerObject::emit_changed() {
    if (std::exchange(change_pending_, true))
        return;
    loop_.post([this] {
        change_pending_ = false;
        getObject().emitPropertiesChangedSignal(INTERFACE_NAME,
                                                {"GuestCount", "KeyCount", "LibvirtConnected", "JobCount"});
    });
}

} // namespace guestkeyd
