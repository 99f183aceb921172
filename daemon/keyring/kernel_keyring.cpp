// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keyring/kernel_keyring.h"

#include "base/error.h"
#include "base/fault_point.h"
#include "base/journal.h"

#include <array>
#include <cerrno>
#include <keyutils.h>

namespace guestkeyd {

namespace {

constexpr std::uint32_t kMaxLinks = 15000;
constexpr key_perm_t kPossessorOnly = KEY_POS_ALL;

[[noreturn]] void throw_add_failed(int error) {
    if (error == EDQUOT)
        throw Failure(ErrorCode::LimitsExceeded, "the kernel's quota for root's keys is used up; purge guests that are "
                                                 "gone, or raise kernel.keys.root_maxkeys and root_maxbytes");
    throw_errno(error, "add a key to the kernel keyring");
}

void restrict_to_possessor(KeySerial serial) {
    if (keyctl_setperm(serial, kPossessorOnly) < 0)
        throw_errno(errno, "restrict a key to the agent");
}

bool is_gone(KeySerial serial) {
    std::array<char, 1> none{};
    return keyctl_describe(serial, none.data(), none.size()) < 0 &&
           (errno == ENOKEY || errno == EKEYREVOKED || errno == EKEYEXPIRED);
}

FoundKey describe(KernelKey key) {
    std::array<char, 4096 + 64> text{};
    const auto length = keyctl_describe(key.serial, text.data(), text.size());
    if (length < 0)
        return {key, KeyHealth::Dead, {}};
    // "type;uid;gid;permissions;description" (keyctl_describe(3)); the description itself may hold semicolons.
    std::string_view rest(text.data());
    for (int field = 0; field < 4; ++field)
        rest.remove_prefix(rest.find(';') + 1);
    return {key, KeyHealth::Live, std::string(rest)};
}

} // namespace

KernelKeyring::KernelKeyring(Anchor anchor) : anchor_(anchor) {
    for (std::size_t index = 0;; ++index) {
        const auto ring = keyctl_search(anchor_.serial(), "keyring", shard_name(index).c_str(), 0);
        if (ring < 0)
            break;
        const auto serial = static_cast<KeySerial>(ring);
        restrict_to_possessor(serial); // who made it may have died before
        shards_.push_back({serial, static_cast<std::uint32_t>(links_of(serial).size())});
    }
}

std::string KernelKeyring::shard_name(std::size_t index) {
    return "guestkeyd:" + std::to_string(index);
}

KeySerial KernelKeyring::make_ring(std::size_t index) {
    const auto ring = add_key("keyring", shard_name(index).c_str(), nullptr, 0, anchor_.serial());
    if (ring < 0)
        throw_add_failed(errno);
    fault_point("ring-made");
    restrict_to_possessor(ring);
    return ring;
}

std::uint32_t KernelKeyring::shard_with_room() {
    for (std::size_t i = 0; i < shards_.size(); ++i)
        if (shards_[i].links < kMaxLinks)
            return static_cast<std::uint32_t>(i);
    shards_.push_back({make_ring(shards_.size()), 0});
    return static_cast<std::uint32_t>(shards_.size() - 1);
}

KernelKey KernelKeyring::add(const std::string& description, std::string_view payload) {
    const auto shard = shard_with_room();
    // Born in the process keyring, so that it is restricted before it can outlive us.
    const auto serial = add_key("user", description.c_str(), payload.data(), payload.size(), KEY_SPEC_PROCESS_KEYRING);
    if (serial < 0)
        throw_add_failed(errno);
    int error = 0;
    if (keyctl_setperm(serial, kPossessorOnly) < 0 || keyctl_link(serial, shards_[shard].ring) < 0)
        error = errno;
    if (error != 0)
        keyctl_revoke(serial);
    fault_point("key-linked");
    keyctl_unlink(serial, KEY_SPEC_PROCESS_KEYRING);
    if (error != 0)
        throw_add_failed(error);
    ++shards_[shard].links;
    return {serial, shard};
}

void KernelKeyring::update(KernelKey key, std::string_view payload) {
    if (keyctl_update(key.serial, payload.data(), payload.size()) < 0)
        throw_add_failed(errno);
    fault_point("payload-updated");
}

void KernelKeyring::set_timeout(KernelKey key, std::uint32_t seconds) {
    if (keyctl_set_timeout(key.serial, seconds) < 0)
        throw_errno(errno, "set the lease of a key in the kernel");
    fault_point("timeout-set");
}

SecretBuffer KernelKeyring::read(KernelKey key) const {
    const auto length = keyctl_read(key.serial, nullptr, 0);
    if (length < 0)
        throw_errno(errno, "read a key from the kernel keyring");
    SecretBuffer payload(static_cast<std::size_t>(length));
    const auto again = keyctl_read(key.serial, payload.room().data(), payload.capacity());
    if (again != length)
        throw Failure(ErrorCode::Internal, "a key changed while it was read from the kernel keyring");
    payload.grow(static_cast<std::size_t>(length));
    return payload;
}

void KernelKeyring::purge(KernelKey key) {
    auto& shard = shards_.at(key.shard);
    keyctl_revoke(key.serial);
    fault_point("key-revoked");
    if (keyctl_unlink(key.serial, shard.ring) == 0 && shard.links > 0)
        --shard.links;
    fault_point("key-unlinked");
    if (!is_gone(key.serial))
        throw Failure(ErrorCode::PurgeFailed,
                      "the kernel still holds the key with serial " + std::to_string(key.serial));
}

void KernelKeyring::for_each(const std::function<void(FoundKey)>& visit) {
    for (std::size_t i = 0; i < shards_.size(); ++i)
        for (const auto serial : links_of(shards_[i].ring))
            visit(describe({serial, static_cast<std::uint32_t>(i)}));
}

std::vector<KeySerial> KernelKeyring::links_of(KeySerial ring) {
    const auto bytes = keyctl_read(ring, nullptr, 0);
    if (bytes < 0)
        throw_errno(errno, "list the kernel keyring");
    std::vector<KeySerial> serials(static_cast<std::size_t>(bytes) / sizeof(KeySerial));
    const auto read = keyctl_read(ring, reinterpret_cast<char*>(serials.data()), serials.size() * sizeof(KeySerial));
    if (read < 0)
        throw_errno(errno, "list the kernel keyring");
    serials.resize(std::min(serials.size(), static_cast<std::size_t>(read) / sizeof(KeySerial)));
    return serials;
}

} // namespace guestkeyd
