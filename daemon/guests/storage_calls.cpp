// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/storage_calls.h"

#include "base/id.h"

#include <string_view>

namespace guestkeyd {

namespace {

VirStoragePool look_up(virConnectPtr connection, const std::string& name) {
    VirStoragePool pool(virStoragePoolLookupByName(connection, name.c_str()));
    if (!pool && vir_not_found())
        throw Failure(ErrorCode::NoSuchVolume, "libvirt has no storage pool " + quoted(name) + "; see virsh pool-list");
    if (!pool)
        throw vir_failure("look up storage pool " + quoted(name));
    return pool;
}

// None if the pool has no such volume.
VirStorageVolume look_up(virStoragePoolPtr pool, const PoolVolume& volume) {
    VirStorageVolume found(virStorageVolLookupByName(pool, volume.name.c_str()));
    if (!found && !vir_not_found())
        throw vir_failure("look up volume " + quoted(volume.str()));
    return found;
}

std::string path_of(const VirStorageVolume& volume, const PoolVolume& name) {
    const VirText path(virStorageVolGetPath(volume.get()));
    if (!path)
        throw vir_failure("look up the path of volume " + quoted(name.str()));
    return path.get();
}

std::string escaped(std::string_view text) {
    std::string xml;
    for (const char c : text)
        if (c == '&')
            xml += "&amp;";
        else if (c == '<')
            xml += "&lt;";
        else
            xml += c;
    return xml;
}

// An LVM volume with less allocated than it has would become a snapshot.
bool allocates_all(virStoragePoolPtr pool) {
    const VirText xml(virStoragePoolGetXMLDesc(pool, 0));
    return xml && std::string_view(xml.get()).starts_with("<pool type='logical'>");
}

// Calls take with the path of each disk of a running guest, of the files behind it too, and with the guest's name.
// Statistics hold them, and need no XML of guests to be parsed here.
template <typename Take> void for_each_disk(virConnectPtr connection, Take take) {
    constexpr unsigned kFlags = VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | VIR_CONNECT_GET_ALL_DOMAINS_STATS_BACKING |
                                VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
    virDomainStatsRecordPtr* records = nullptr;
    const int count = virConnectGetAllDomainStats(connection, VIR_DOMAIN_STATS_BLOCK, &records, kFlags);
    if (count < 0 && vir_not_supported())
        return;
    if (count < 0)
        throw vir_failure("list the disks of running guests");
    for (auto** record = records; *record; ++record)
        for (int i = 0; i < (*record)->nparams; ++i) {
            const auto& parameter = (*record)->params[i];
            const std::string_view field(static_cast<const char*>(parameter.field));
            if (parameter.type == VIR_TYPED_PARAM_STRING && field.ends_with(".path"))
                take(std::string_view(parameter.value.s), virDomainGetName((*record)->dom));
        }
    virDomainStatsRecordListFree(records);
}

} // namespace

std::string path_of(virConnectPtr connection, const PoolVolume& volume) {
    auto path = existing_path_of(connection, volume);
    if (!path)
        throw Failure(ErrorCode::NoSuchVolume, "storage pool " + quoted(volume.pool) + " has no volume " +
                                                   quoted(volume.name) + "; see virsh vol-list");
    return *path;
}

std::optional<std::string> existing_path_of(virConnectPtr connection, const PoolVolume& volume) {
    const auto pool = look_up(connection, volume.pool);
    const auto found = look_up(pool.get(), volume);
    return found ? std::optional(path_of(found, volume)) : std::nullopt;
}

std::string create_in_pool(virConnectPtr connection, const PoolVolume& volume, std::uint64_t bytes) {
    const auto pool = look_up(connection, volume.pool);
    const auto allocation = allocates_all(pool.get()) ? bytes : 0;
    const auto xml = "<volume><name>" + escaped(volume.name) + "</name><capacity unit='bytes'>" +
                     std::to_string(bytes) + "</capacity><allocation unit='bytes'>" + std::to_string(allocation) +
                     "</allocation><target><format type='raw'/></target></volume>";
    const VirStorageVolume created(virStorageVolCreateXML(pool.get(), xml.c_str(), 0));
    if (!created)
        throw vir_failure("create volume " + quoted(volume.str()));
    return path_of(created, volume);
}

void delete_from_pool(virConnectPtr connection, const PoolVolume& volume) {
    const auto pool = look_up(connection, volume.pool);
    const auto found = look_up(pool.get(), volume);
    if (found && virStorageVolDelete(found.get(), 0) < 0)
        throw vir_failure("delete volume " + quoted(volume.str()));
}

void refresh_pool(virConnectPtr connection, const std::string& name) {
    const auto pool = look_up(connection, name);
    if (virStoragePoolRefresh(pool.get(), 0) < 0)
        throw vir_failure("refresh storage pool " + quoted(name));
}

std::vector<std::string> guests_using(virConnectPtr connection, const std::string& path) {
    std::vector<std::string> names;
    for_each_disk(connection, [&](std::string_view disk, const char* guest) {
        if (disk == path && (names.empty() || names.back() != guest))
            names.emplace_back(guest);
    });
    return names;
}

} // namespace guestkeyd
