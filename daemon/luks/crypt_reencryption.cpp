// SPDX-License-Identifier: LGPL-2.1-or-later
// Re-encryption in place: what CryptDevice does beyond reading and making headers.
#include "base/error.h"
#include "base/secret_buffer.h"
#include "luks/crypt_device.h"
#include "luks/luks2_header.h"
#include "luks/luks2_metadata.h"

#include <cerrno>
#include <cstring>
#include <libcryptsetup.h>

namespace guestkeyd {

namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kMiB = 1024 * 1024;

// Who uses the volume waits as long as a hot zone takes.
std::uint64_t default_hotzone(const JobSpec& spec) {
    return spec.online ? 4 * kMiB : 8 * kMiB;
}

// The resilience and the hot zone are of the run and not of the volume: each run says them anew.
crypt_params_reencrypt parameters(const JobSpec& spec, std::uint32_t flags) {
    crypt_params_reencrypt parameters{};
    parameters.mode = CRYPT_REENCRYPT_REENCRYPT;
    parameters.direction = CRYPT_REENCRYPT_FORWARD;
    parameters.resilience = spec.resilience == Resilience::Journal ? "journal" : "checksum";
    parameters.hash = "sha256";
    parameters.max_hotzone_size = (spec.hotzone == 0 ? default_hotzone(spec) : spec.hotzone) / kSector;
    parameters.flags = flags;
    return parameters;
}

} // namespace

Reencryption CryptDevice::reencryption() {
    if (format() != VolumeFormat::Luks2)
        return Reencryption::None;
    crypt_params_reencrypt found{};
    const auto status = crypt_reencrypt_status(device_.get(), &found);
    if (status == CRYPT_REENCRYPT_NONE)
        return Reencryption::None;
    // Encryption and decryption are never begun here. That it is no re-encryption may have been written by somebody who
    // wants the volume decrypted (CVE-2021-4122), and so may metadata without the digest that repairing would add.
    if (status == CRYPT_REENCRYPT_INVALID || found.mode != CRYPT_REENCRYPT_REENCRYPT ||
        (found.flags & CRYPT_REENCRYPT_REPAIR_NEEDED) != 0)
        return Reencryption::Foreign;
    if (find_finished_reencryption(json()))
        return Reencryption::Finished;
    return status == CRYPT_REENCRYPT_CRASH ? Reencryption::Crashed : Reencryption::Interrupted;
}

// An unbound slot: a volume key that is not in use yet. Those of attempts that ended before are replaced.
int CryptDevice::slot_for_new_volume_key(std::string_view new_key) {
    auto* device = device_.get();
    for (int slot = 0; slot < crypt_keyslot_max(CRYPT_LUKS2); ++slot)
        if (crypt_keyslot_status(device, slot) == CRYPT_SLOT_UNBOUND &&
            crypt_activate_by_passphrase(device, nullptr, slot, new_key.data(), new_key.size(),
                                         CRYPT_ACTIVATE_ALLOW_UNBOUND_KEY) >= 0)
            check(crypt_keyslot_destroy(device, slot), "remove a key slot of");
    return check(crypt_keyslot_add_by_key(device, CRYPT_ANY_SLOT, nullptr,
                                          static_cast<std::size_t>(crypt_get_volume_key_size(device)), new_key.data(),
                                          new_key.size(), CRYPT_VOLUME_KEY_NO_SEGMENT),
                 "make a new volume key for");
}

void CryptDevice::begin_reencryption(std::string_view old_key, std::string_view new_key, const JobSpec& spec) {
    use_pbkdf(VolumeFormat::Luks2, spec.pbkdf);
    auto* device = device_.get();
    // One passphrase has to open both volume keys as long as both are in use.
    auto old_slot = slot_of(new_key);
    if (!old_slot)
        old_slot = check(crypt_keyslot_add_by_passphrase(device, CRYPT_ANY_SLOT, old_key.data(), old_key.size(),
                                                         new_key.data(), new_key.size()),
                         "give the new key to");
    const int new_slot = slot_for_new_volume_key(new_key);
    crypt_params_luks2 luks2{};
    luks2.sector_size = static_cast<std::uint32_t>(crypt_get_sector_size(device));
    auto begin = parameters(spec, CRYPT_REENCRYPT_INITIALIZE_ONLY);
    begin.luks2 = &luks2;
    check(crypt_reencrypt_init_by_passphrase(device, mapping(), new_key.data(), new_key.size(), *old_slot, new_slot,
                                             crypt_get_cipher(device), crypt_get_cipher_mode(device), &begin),
          "begin to re-encrypt");
}

void CryptDevice::recover_reencryption(std::string_view new_key) {
    crypt_params_reencrypt recover{};
    recover.flags = CRYPT_REENCRYPT_RECOVERY;
    check(crypt_reencrypt_init_by_passphrase(device_.get(), nullptr, new_key.data(), new_key.size(), CRYPT_ANY_SLOT,
                                             CRYPT_ANY_SLOT, nullptr, nullptr, &recover),
          "repair what a crash has left of");
}

void CryptDevice::use_mapping(std::string name) {
    mapping_ = std::move(name);
    crypt_volume_key_keyring(nullptr, 1);
}

void CryptDevice::lend_volume_keys(std::string_view key) {
    crypt_volume_key_keyring(nullptr, 1);
    check(crypt_activate_by_passphrase(device_.get(), nullptr, CRYPT_ANY_SLOT, key.data(), key.size(),
                                       CRYPT_ACTIVATE_KEYRING_KEY),
          "open the volume keys of");
}

std::string_view CryptDevice::json() const {
    const char* text = nullptr;
    check(crypt_dump_json(device_.get(), &text, 0), "read the header of");
    return text;
}

std::optional<int> CryptDevice::slot_when_finished(std::string_view key) const {
    const auto finished = format() == VolumeFormat::Luks2 ? find_finished_reencryption(json()) : std::nullopt;
    if (!finished)
        return std::nullopt;
    SecretBuffer volume_key(static_cast<std::size_t>(crypt_get_volume_key_size(device_.get())));
    for (const int slot : finished->key_slots) {
        auto size = volume_key.capacity();
        if (crypt_volume_key_get(device_.get(), slot, volume_key.room().data(), &size, key.data(), key.size()) >= 0)
            return slot;
    }
    return std::nullopt;
}

void CryptDevice::clear_reencryption(const UniqueFd& volume) {
    const auto finished = find_finished_reencryption(json());
    if (!finished)
        throw Failure(ErrorCode::Internal, title_ + " has no re-encryption to be cleared of");
    for (const int slot : finished->old_key_slots)
        check(crypt_keyslot_destroy(device_.get(), slot), "remove a key slot of");
    write_luks2_json(volume, finished->json, title_);
}

void CryptDevice::run_reencryption(std::string_view new_key, const JobSpec& spec,
                                   const std::function<bool(std::uint64_t, std::uint64_t)>& progress) {
    auto resume = parameters(spec, CRYPT_REENCRYPT_RESUME_ONLY);
    check(crypt_reencrypt_init_by_passphrase(device_.get(), mapping(), new_key.data(), new_key.size(), CRYPT_ANY_SLOT,
                                             CRYPT_ANY_SLOT, nullptr, nullptr, &resume),
          "go on to re-encrypt");
    const auto on_progress = [](std::uint64_t size, std::uint64_t offset, void* call) {
        const auto& told = *static_cast<const std::function<bool(std::uint64_t, std::uint64_t)>*>(call);
        return told(offset, size) ? 0 : 1;
    };
    auto call = progress;
    check(crypt_reencrypt_run(device_.get(), on_progress, &call), "re-encrypt");
}

} // namespace guestkeyd
