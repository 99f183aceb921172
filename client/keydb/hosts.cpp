// SPDX-License-Identifier: LGPL-2.1-or-later
// The hosts of a key database.
#include "base/error.h"
#include "keydb/key_database.h"

namespace guestkeyd::keydb {

namespace {

constexpr auto kColumns = "SELECT id, name, uri, agent, authority, certificate, boot FROM host ";

// Sealed for its place, although it is no secret: with another one, keys would go to another host.
std::string place_of_certificate(const std::string& host) {
    return "host " + host + " certificate";
}

HostRecord read_host(const Statement& row, const Vault& vault) {
    HostRecord host{row.number(0), row.text(1), row.text(2), row.text(3), row.text(4), "", row.text(6)};
    if (!row.is_null(5))
        host.certificate = vault.unseal(place_of_certificate(host.name), row.blob(5)).view();
    return host;
}

} // namespace

void KeyDatabase::add_host(const HostRecord& host) {
    Transaction transaction(database_);
    if (Statement(database_, "SELECT 1 FROM host WHERE name=?", host.name).next())
        throw Failure(ErrorCode::InvalidArgs,
                      "there is a host " + quoted(host.name) + " already; give another name, or remove it first");
    const auto sealed = vault_.seal(place_of_certificate(host.name), host.certificate);
    Statement(database_, "INSERT INTO host (name, uri, agent, authority, certificate, boot) VALUES (?, ?, ?, ?, ?, ?)",
              host.name, host.uri, host.agent, host.authority, sealed, host.boot)
        .run();
    transaction.commit();
}

void KeyDatabase::set_certificate(const std::string& host, const std::string& pem) {
    const auto sealed = vault_.seal(place_of_certificate(host), pem);
    Statement(database_, "UPDATE host SET certificate=? WHERE name=?", sealed, host).run();
}

void KeyDatabase::set_boot(const std::string& host, const std::string& boot) {
    Statement(database_, "UPDATE host SET boot=? WHERE name=?", boot, host).run();
}

std::vector<HostRecord> KeyDatabase::hosts() {
    std::vector<HostRecord> hosts;
    for (Statement row(database_, (std::string(kColumns) + "ORDER BY name").c_str()); row.next();)
        hosts.push_back(read_host(row, vault_));
    return hosts;
}

HostRecord KeyDatabase::host(const std::string& name) {
    Statement row(database_, (std::string(kColumns) + "WHERE name=?").c_str(), name);
    if (!row.next())
        throw Failure(ErrorCode::InvalidArgs,
                      "there is no host " + quoted(name) + "; see guestkey host list, or guestkey host add");
    return read_host(row, vault_);
}

void KeyDatabase::remove_host(const std::string& name) {
    Transaction transaction(database_);
    const auto row = row_of_host(name);
    if (Statement(database_, "SELECT 1 FROM guest WHERE host=? OR destination=?", row, row).next())
        throw Failure(ErrorCode::Busy, "there are guests on host " + quoted(name) +
                                           "; migrate or destroy them first, see guestkey guest list");
    if (Statement(database_, "SELECT 1 FROM volume WHERE host=?", row).next())
        throw Failure(ErrorCode::Busy, "there are volumes of host " + quoted(name) +
                                           "; their keys stay, and so does it; see guestkey volume list");
    Statement(database_, "DELETE FROM host WHERE id=?", row).run();
    transaction.commit();
}

Row KeyDatabase::row_of_host(const std::string& name) {
    Statement row(database_, "SELECT id FROM host WHERE name=?", name);
    if (!row.next())
        throw Failure(ErrorCode::InvalidArgs,
                      "there is no host " + quoted(name) + "; see guestkey host list, or guestkey host add");
    return row.number(0);
}

} // namespace guestkeyd::keydb
