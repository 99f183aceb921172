// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkeyd/client.h"

#include "connection.h"
#include "guest_proxy.h"
#include "guestkeyd/key_fd.h"
#include "read_key_fd.h"
#include "sealed_memfd.h"
#include "unix_fd.h"

#include <algorithm>
#include <limits>

namespace guestkeyd {

namespace {

Properties force_option(Force force) {
    return force == Force::Yes ? Properties{{"force", true}} : Properties{};
}

Properties attach_options(const AttachRequest& request) {
    Properties options;
    if (!request.name.empty())
        options.emplace("name", request.name);
    if (request.exclusive)
        options.emplace("exclusive", true);
    if (request.generation)
        options.emplace("generation", *request.generation);
    if (!request.wipe_on.empty())
        options.emplace("wipe-on", request.wipe_on);
    if (request.lease)
        options.emplace("lease", encode_seconds(*request.lease));
    if (request.expected_within)
        options.emplace("expected-within", encode_seconds(*request.expected_within));
    return options;
}

} // namespace

Client::Client(Interaction interaction) : connection_(std::make_unique<Connection>(interaction)) {}

Client::Client(const RemoteHost& host, Interaction interaction)
    : connection_(std::make_unique<Connection>(host, interaction)) {}

Client::~Client() = default;

void Client::ping() {
    connection_->call([&] {
        if (connection_->is_remote())
            (void)connection_->agent.GetHostCertificate(); // Ping would be answered by systemd-stdio-bridge itself
        else
            connection_->agent.Ping();
    });
}

Status Client::status() {
    return connection_->call(
        [&] { return decode_status(connection_->agent.GetAll(org::guestkeyd1::Manager_proxy::INTERFACE_NAME)); });
}

std::vector<Guest> Client::guests() {
    return connection_->call([&] {
        std::vector<Guest> guests;
        for (const auto& [path, interfaces] : connection_->agent.GetManagedObjects())
            if (const auto guest = interfaces.find(org::guestkeyd1::Guest_proxy::INTERFACE_NAME);
                guest != interfaces.end())
                guests.push_back(decode_guest(guest->second));
        std::sort(guests.begin(), guests.end(), [](const Guest& a, const Guest& b) { return a.id < b.id; });
        return guests;
    });
}

Guest Client::guest(const GuestId& id) {
    return connection_->call([&] {
        const auto object = sdbus::createProxy(*connection_->bus, kAgentName, guest_path(id));
        Properties properties;
        try {
            object->callMethod("GetAll")
                .onInterface("org.freedesktop.DBus.Properties")
                .withArguments(std::string(org::guestkeyd1::Guest_proxy::INTERFACE_NAME))
                .storeResultsTo(properties);
        } catch (const sdbus::Error& error) {
            if (error.getName() == "org.freedesktop.DBus.Error.UnknownObject")
                throw Failure(ErrorCode::NoSuchGuest, "no keys of guest " + id.str() + " are here; attach them first");
            throw;
        }
        return decode_guest(properties);
    });
}

void Client::attach(const AttachRequest& request, const SecretBuffer& keys) {
    if (connection_->is_remote())
        attach_from_afar(request, keys);
    else
        attach(request, key_fd(keys));
}

void Client::attach(const AttachRequest& request, const UniqueFd& keys) {
    if (connection_->is_remote())
        return attach_from_afar(request, read_key_fd(keys, request.volumes.size()));
    connection_->call([&] {
        connection_->agent.AttachKeys(request.guest.str(), encode_volumes(request.volumes), unix_fd(keys),
                                      attach_options(request));
    });
}

void Client::detach(const GuestId& guest, const std::vector<VolumeId>& volumes, Force force) {
    connection_->call(
        [&] { connection_->agent.DetachKeys(guest.str(), encode_volume_ids(volumes), force_option(force)); });
}

std::uint32_t Client::purge(const GuestId& guest, Force force) {
    return connection_->call([&] { return connection_->agent.PurgeGuest(guest.str(), force_option(force)); });
}

std::uint32_t Client::purge_all(Force force) {
    return connection_->call([&] { return connection_->agent.PurgeAll(force_option(force)); });
}

void Client::renew_lease(const GuestId& guest, std::chrono::seconds length) {
    connection_->call([&] { connection_->agent.RenewLease(guest.str(), encode_seconds(length)); });
}

void Client::lend(const GuestId& guest, const std::vector<VolumeId>& volumes, std::chrono::seconds span) {
    constexpr auto kMost = std::chrono::seconds(std::numeric_limits<std::uint32_t>::max());
    const auto seconds = static_cast<std::uint32_t>(std::clamp(span, std::chrono::seconds(0), kMost).count());
    connection_->call([&] { connection_->agent.LendKeys(guest.str(), encode_volume_ids(volumes), seconds, {}); });
}

void Client::withdraw(const GuestId& guest) {
    connection_->call([&] { connection_->agent.WithdrawKeys(guest.str(), {}); });
}

Readiness Client::check(const GuestId& guest) {
    return connection_->call([&] {
        const auto [ready, missing] = connection_->agent.CheckGuest(guest.str(), {});
        return Readiness{ready, missing};
    });
}

Readiness Client::check(const GuestId& guest, std::string_view domain_xml) {
    return connection_->call([&] {
        const Properties options{{"domain-xml", connection_->is_remote()
                                                    ? sdbus::Variant(std::string(domain_xml))
                                                    : sdbus::Variant(unix_fd(sealed_memfd("domain-xml", domain_xml)))}};
        const auto [ready, missing] = connection_->agent.CheckGuest(guest.str(), options);
        return Readiness{ready, missing};
    });
}

void Client::watch(Events events) {
    connection_->call([&] { connection_->agent.watch(std::move(events)); });
}

void Client::run() {
    connection_->call([&] { connection_->bus->enterEventLoop(); });
    connection_->agent.rethrow();
}

void Client::stop() {
    connection_->bus->leaveEventLoop();
}

} // namespace guestkeyd
