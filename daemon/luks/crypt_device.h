// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"
#include "luks/job_spec.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct crypt_device;

namespace guestkeyd {

// How a volume is to be encrypted; what is left empty or zero as in JobSpec.
struct Encryption {
    VolumeFormat format = VolumeFormat::Luks2; // or Luks1
    std::string cipher = {};
    std::uint32_t key_size = 0;
    std::uint32_t sector_size = 0;
    std::string label = {};
    std::string uuid = {}; // default: a new one
    Pbkdf pbkdf = Pbkdf::Minimal;
};

// A message of libcryptsetup, as part of a sentence of ours.
std::string without_full_stop(std::string message);

// Where data begins in what create makes, in bytes.
std::uint64_t header_size(VolumeFormat format);

// What a header says of a re-encryption that was begun and has not ended. Finished: all but the header itself.
enum class Reencryption { None, Interrupted, Crashed, Finished, Foreign };

// A LUKS header, on the file or block device at path, by libcryptsetup. Everything it can read there may be hostile: it
// is for a process with bounded memory and time.
class CryptDevice {
  public:
    // title names it in messages.
    CryptDevice(const std::string& path, std::string title);

    // NotLuks if there is no header, or a damaged one.
    void load();

    // Of what is loaded or formatted.
    [[nodiscard]] VolumeFormat format() const;
    [[nodiscard]] std::uint64_t data_offset() const; // bytes
    [[nodiscard]] std::string uuid() const;
    [[nodiscard]] Reencryption reencryption();

    // The slot that the key opens; none if it opens none. Unsupported if a slot asks for more work than any honest
    // one, and LimitsExceeded if it asks for more memory than there is.
    [[nodiscard]] std::optional<int> slot_of(std::string_view key);

    // Maps the plain content of the volume, hidden from udev's rules and so from LVM, udisks and whoever else looks for
    // what is on a device. With luks2 the kernel gets the volume key from a keyring, so that no table of device-mapper
    // has it. WrongKey; Busy if there is a mapping of that name, or somebody else has claimed the volume.
    void map(const std::string& name, std::string_view key);
    // Gives a mapping that was suspended its volume key back. WrongKey.
    void resume_mapping(const std::string& name, std::string_view key);

    // Writes a new header with a new volume key, which this key opens.
    void create(const Encryption& encryption, std::string_view key);

    // Re-encryption is online from now on: through this mapping, which stays open. Volume keys then go through the
    // keyring of this thread, where dm-crypt looks for them.
    void use_mapping(std::string name);
    // Puts those that the key opens there, for tables that name them.
    void lend_volume_keys(std::string_view key);

    // Re-encryption in place of luks2, in the order of these calls. From begin on, only the new key opens.
    void begin_reencryption(std::string_view old_key, std::string_view new_key, const JobSpec& spec);
    void recover_reencryption(std::string_view new_key); // if Crashed
    void clear_reencryption(const UniqueFd& volume);     // if Finished
    // Runs on from where it was until the end, or until progress, which gets bytes done and in all, returns false. It
    // is called before the first hot zone, and after each with what was done before that (seen in 2.6.1).
    void run_reencryption(std::string_view new_key, const JobSpec& spec,
                          const std::function<bool(std::uint64_t, std::uint64_t)>& progress);

  private:
    struct Release {
        void operator()(crypt_device* device) const;
    };

    static void on_log(int level, const char* message, void* self);
    int check(int result, const std::string& doing) const;
    void refuse_excessive_work();
    [[nodiscard]] std::string_view json() const;
    [[nodiscard]] std::optional<int> slot_when_finished(std::string_view key) const;
    void use_pbkdf(VolumeFormat format, Pbkdf pbkdf);
    int slot_for_new_volume_key(std::string_view new_key);
    [[nodiscard]] const char* mapping() const { return mapping_.empty() ? nullptr : mapping_.c_str(); }

    std::string path_;
    std::string title_;
    std::string mapping_;    // empty: offline
    std::string last_error_; // of libcryptsetup, for people
    std::unique_ptr<crypt_device, Release> device_;
};

} // namespace guestkeyd
