// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/crypt_mapping.h"

#include "base/error.h"
#include "luks/crypt_device.h"
#include "luks/work_limit.h"

#include <cerrno>
#include <libcryptsetup.h>
#include <memory>

namespace guestkeyd {

namespace {

[[noreturn]] void refuse_busy(const std::string& title) {
    throw Failure(ErrorCode::Busy, title + " is still in use; stop whoever has it open");
}

// What libcryptsetup says where no device is at hand. It would say it on our standard output, where reports go.
class Complaints {
  public:
    Complaints() { crypt_set_log_callback(nullptr, &Complaints::on_log, this); }
    Complaints(const Complaints&) = delete;
    Complaints& operator=(const Complaints&) = delete;
    ~Complaints() {
        crypt_set_log_callback(
            nullptr, [](int, const char*, void*) {}, nullptr);
    }

    void check(int result, const std::string& doing) const {
        if (result < 0 && !last_error_.empty())
            throw Failure(result == -ENOTSUP ? ErrorCode::Unsupported : ErrorCode::Internal,
                          "cannot " + doing + ": " + last_error_);
        check_errno(result, doing.c_str());
    }

  private:
    static void on_log(int level, const char* message, void* self) {
        if (level == CRYPT_LOG_ERROR)
            static_cast<Complaints*>(self)->last_error_ = without_full_stop(message);
    }

    std::string last_error_;
};

} // namespace

void CryptDevice::map(const std::string& name, std::string_view key) {
    const WorkLimit limit;
    const std::uint32_t from_keyring = format() == VolumeFormat::Luks2 ? CRYPT_ACTIVATE_KEYRING_KEY : 0;
    crypt_volume_key_keyring(device_.get(), 1);
    const int slot = crypt_activate_by_passphrase(device_.get(), name.c_str(), CRYPT_ANY_SLOT, key.data(), key.size(),
                                                  CRYPT_ACTIVATE_PRIVATE | from_keyring);
    if (slot == -EPERM || slot == -ENOENT) // -ENOENT: there is no slot at all
        throw Failure(ErrorCode::WrongKey, "the key does not open " + title_);
    check(slot, "open");
}

void CryptDevice::resume_mapping(const std::string& name, std::string_view key) {
    const WorkLimit limit;
    crypt_volume_key_keyring(device_.get(), 1);
    const int slot = crypt_resume_by_passphrase(device_.get(), name.c_str(), CRYPT_ANY_SLOT, key.data(), key.size());
    if (slot == -EPERM || slot == -ENOENT)
        throw Failure(ErrorCode::WrongKey, "the key does not open " + title_);
    check(slot, "resume");
}

void unmap(const std::string& name, const std::string& title) {
    const Complaints complaints;
    // libcryptsetup tries for seconds to remove what is in use.
    if (crypt_status(nullptr, name.c_str()) == CRYPT_BUSY)
        refuse_busy(title);
    const int result = crypt_deactivate(nullptr, name.c_str());
    if (result == -ENODEV) // somebody else has closed it meanwhile
        return;
    if (result < 0 && crypt_status(nullptr, name.c_str()) == CRYPT_BUSY)
        refuse_busy(title);
    complaints.check(result, "close " + title);
}

void suspend(const std::string& name, const std::string& title) {
    const Complaints complaints;
    crypt_device* raw = nullptr;
    complaints.check(crypt_init_by_name(&raw, name.c_str()), "look at " + title);
    const std::unique_ptr<crypt_device, decltype(&crypt_free)> device(raw, &crypt_free);
    complaints.check(crypt_suspend(device.get(), name.c_str()), "suspend " + title);
}

} // namespace guestkeyd
