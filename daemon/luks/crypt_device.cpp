// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/crypt_device.h"

#include "base/error.h"
#include "luks/work_limit.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <libcryptsetup.h>

namespace guestkeyd {

namespace {

constexpr std::uint64_t kSector = 512;

// The most that an honest header asks for: cryptsetup takes up to 1 GiB itself, and iterations for two seconds.
constexpr std::uint32_t kMaxMemoryKiB = 1024 * 1024;
constexpr std::uint32_t kMaxArgonPasses = 1000;
constexpr std::uint32_t kMaxIterations = 100'000'000;

// Of a key that is made for a person, who would mind half the host's memory gone, as the library takes by default.
constexpr std::uint32_t kArgonMemoryKiB = 512 * 1024;
constexpr std::uint32_t kArgonTime = 2000; // ms

ErrorCode code_of(int error) {
    switch (error) {
    case EPERM:
        return ErrorCode::WrongKey;
    case EBUSY:
    case EEXIST: // a mapping of that name
        return ErrorCode::Busy;
    case ENOTSUP:
    case ETXTBSY: // the header names a requirement that this version does not know
        return ErrorCode::Unsupported;
    case ENOMEM:
    case ENOSPC:
        return ErrorCode::LimitsExceeded;
    default:
        return ErrorCode::Internal;
    }
}

[[noreturn]] void refuse_work(const std::string& title, std::uint64_t iterations, std::uint64_t memory_kib) {
    throw Failure(ErrorCode::Unsupported,
                  "to try a key on " + title + " takes " + std::to_string(memory_kib / 1024) + " MiB of memory and " +
                      std::to_string(iterations) +
                      " iterations, more than any honest header asks for; look at it with cryptsetup luksDump");
}

// Of all that the JSON of a LUKS2 header names.
std::uint64_t most_iterations(crypt_device* device) {
    constexpr std::string_view kField = "\"iterations\":";
    const char* json = nullptr;
    if (crypt_dump_json(device, &json, 0) < 0 || json == nullptr)
        return 0;
    std::uint64_t most = 0;
    const std::string_view text(json);
    for (auto at = text.find(kField); at != std::string_view::npos; at = text.find(kField, at + 1))
        most = std::max<std::uint64_t>(most, std::strtoull(json + at + kField.size(), nullptr, 10));
    return most;
}

std::uint64_t luks1_digest_iterations(const std::string& path) {
    constexpr std::streamoff kAt = 164; // LUKS1 On-Disk Format Specification, section 2.1
    std::ifstream header(path, std::ios::binary);
    std::uint64_t value = 0;
    header.seekg(kAt);
    for (int i = 0; i < 4; ++i)
        value = value << 8 | static_cast<std::uint8_t>(header.get());
    return value;
}

} // namespace

std::string without_full_stop(std::string message) {
    while (!message.empty() && (message.back() == '\n' || message.back() == '.'))
        message.pop_back();
    return message;
}

std::uint64_t header_size(VolumeFormat format) {
    constexpr std::uint64_t kMiB = 1024 * 1024;
    return format == VolumeFormat::Luks2 ? 16 * kMiB : 2 * kMiB;
}

void CryptDevice::Release::operator()(crypt_device* device) const {
    crypt_free(device);
}

CryptDevice::CryptDevice(const std::string& path, std::string title) : path_(path), title_(std::move(title)) {
    // Volume keys stay in our own memory, which goes with us, and never reach a keyring.
    crypt_volume_key_keyring(nullptr, 0);
    crypt_device* device = nullptr;
    check(crypt_init(&device, path.c_str()), "open");
    device_.reset(device);
    crypt_set_log_callback(device, &CryptDevice::on_log, this);
}

void CryptDevice::on_log(int level, const char* message, void* self) {
    if (level == CRYPT_LOG_ERROR)
        static_cast<CryptDevice*>(self)->last_error_ = without_full_stop(message);
}

int CryptDevice::check(int result, const std::string& doing) const {
    if (result >= 0)
        return result;
    const auto& why = last_error_.empty() ? std::string(strerror(-result)) : last_error_; // NOLINT(concurrency-*)
    throw Failure(code_of(-result), "cannot " + doing + " " + title_ + ": " + why);
}

void CryptDevice::load() {
    const int result = crypt_load(device_.get(), nullptr, nullptr);
    if (result == -EINVAL || result == -ENOENT || result == -EIO)
        throw Failure(ErrorCode::NotLuks, title_ + " has no LUKS header, or a damaged one" +
                                              (last_error_.empty() ? "" : ": " + last_error_));
    check(result, "read the header of");
    refuse_excessive_work();
}

VolumeFormat CryptDevice::format() const {
    return std::strcmp(crypt_get_type(device_.get()), CRYPT_LUKS2) == 0 ? VolumeFormat::Luks2 : VolumeFormat::Luks1;
}

std::uint64_t CryptDevice::data_offset() const {
    return crypt_get_data_offset(device_.get()) * kSector;
}

std::string CryptDevice::uuid() const {
    const char* uuid = crypt_get_uuid(device_.get());
    return uuid == nullptr ? "" : uuid;
}

void CryptDevice::refuse_excessive_work() {
    auto* device = device_.get();
    for (int slot = 0; slot < crypt_keyslot_max(crypt_get_type(device)); ++slot) {
        crypt_pbkdf_type pbkdf{};
        if (crypt_keyslot_status(device, slot) < CRYPT_SLOT_ACTIVE || crypt_keyslot_get_pbkdf(device, slot, &pbkdf) < 0)
            continue;
        const bool argon = pbkdf.type != nullptr && std::strcmp(pbkdf.type, CRYPT_KDF_PBKDF2) != 0;
        if (pbkdf.max_memory_kb > kMaxMemoryKiB || pbkdf.iterations > (argon ? kMaxArgonPasses : kMaxIterations))
            refuse_work(title_, pbkdf.iterations, pbkdf.max_memory_kb);
    }
    // The digest of the volume key is of a PBKDF as well, which no call tells.
    const auto iterations = format() == VolumeFormat::Luks2 ? most_iterations(device) : luks1_digest_iterations(path_);
    if (iterations > kMaxIterations)
        refuse_work(title_, iterations, 0);
}

std::optional<int> CryptDevice::slot_of(std::string_view key) {
    const WorkLimit limit;
    const int slot = crypt_activate_by_passphrase(device_.get(), nullptr, CRYPT_ANY_SLOT, key.data(), key.size(), 0);
    if (slot == -EPERM || slot == -ENOENT) // -ENOENT: there is no slot at all
        return slot_when_finished(key);
    return check(slot, "try the key of");
}

void CryptDevice::use_pbkdf(VolumeFormat format, Pbkdf pbkdf) {
    crypt_pbkdf_type type{};
    if (pbkdf == Pbkdf::Minimal) {
        type.type = CRYPT_KDF_PBKDF2;
        type.hash = format == VolumeFormat::Luks2 ? "sha512" : "sha256";
        type.iterations = 1000; // the least that libcryptsetup allows
        type.flags = CRYPT_PBKDF_NO_BENCHMARK;
    } else {
        type = *crypt_get_pbkdf_default(CRYPT_LUKS2);
        type.type = CRYPT_KDF_ARGON2ID;
        type.time_ms = kArgonTime;
        type.max_memory_kb = kArgonMemoryKiB;
    }
    check(crypt_set_pbkdf_type(device_.get(), &type), "set the PBKDF of");
}

void CryptDevice::create(const Encryption& encryption, std::string_view key) {
    const auto spec = encryption.cipher.empty() ? std::string("aes-xts-plain64") : encryption.cipher;
    const auto dash = spec.find('-');
    const bool luks2 = encryption.format == VolumeFormat::Luks2;
    crypt_params_luks1 luks1_parameters{};
    luks1_parameters.hash = "sha256";
    crypt_params_luks2 luks2_parameters{};
    luks2_parameters.sector_size = encryption.sector_size == 0 ? kSector : encryption.sector_size;
    luks2_parameters.label = encryption.label.empty() ? nullptr : encryption.label.c_str();
    auto* parameters = luks2 ? static_cast<void*>(&luks2_parameters) : static_cast<void*>(&luks1_parameters);
    const std::size_t key_bytes = (encryption.key_size == 0 ? 512 : encryption.key_size) / 8;
    // Before the header is made, which a PBKDF protects as well: not measuring one saves seconds.
    use_pbkdf(encryption.format, encryption.pbkdf);
    check(crypt_set_data_offset(device_.get(), header_size(encryption.format) / kSector), "lay out");
    check(crypt_format(device_.get(), luks2 ? CRYPT_LUKS2 : CRYPT_LUKS1, spec.substr(0, dash).c_str(),
                       spec.substr(dash + 1).c_str(), encryption.uuid.empty() ? nullptr : encryption.uuid.c_str(),
                       nullptr, key_bytes, parameters),
          "make");
    check(crypt_keyslot_add_by_volume_key(device_.get(), CRYPT_ANY_SLOT, nullptr, 0, key.data(), key.size()),
          "give a key to");
}

} // namespace guestkeyd
