// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/anchor_keys.h"

#include "base/error.h"
#include "support/acting_as.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <keyutils.h>
#include <set>
#include <sstream>
#include <unistd.h>

namespace guestkeyd::test {

namespace {

// Above the uids of users and of tests/rig, and apart for each process that runs.
constexpr uid_t kFirstUid = 2200000000;
// As many as no test program uses up: a user's keyring that was just ended cannot be entered again at once.
constexpr uid_t kUidsPerProcess = 256;

// Above those of all processes of the machine. Processes are numbered anew on each host that tests/rig makes.
constexpr uid_t kFirstUidOnHosts = 3300000000;
constexpr uid_t kProcessesOnHosts = 3000000;

uid_t first_uid() {
    const auto process = static_cast<uid_t>(getpid());
    const char* const host = std::getenv("RIG_ANCHOR"); // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (!host)
        return kFirstUid + process * kUidsPerProcess;
    return kFirstUidOnHosts + (static_cast<uid_t>(std::stoul(host)) + process) % kProcessesOnHosts * kUidsPerProcess;
}

// Possession of the anchor's keyring, for the thread that holds this.
class Possession {
  public:
    explicit Possession(uid_t uid) {
        const RealUid real(uid);
        if (keyctl_link(KEY_SPEC_USER_KEYRING, KEY_SPEC_THREAD_KEYRING) < 0)
            throw_errno(errno, "enter the user keyring of uid " + std::to_string(uid));
        const auto serial = keyctl_get_keyring_ID(KEY_SPEC_USER_KEYRING, 0);
        if (serial < 0)
            throw_errno(errno, "find the user keyring of uid " + std::to_string(uid));
        serial_ = serial;
    }
    Possession(const Possession&) = delete;
    Possession& operator=(const Possession&) = delete;
    ~Possession() { keyctl_unlink(serial_, KEY_SPEC_THREAD_KEYRING); }

    [[nodiscard]] Serial serial() const { return serial_; }

  private:
    Serial serial_ = 0;
};

// "type;uid;gid;permissions;description" (keyctl_describe(3)), or nothing for a key that is dead or not ours.
std::string description_of(Serial serial) {
    std::array<char, 4200> text{};
    return keyctl_describe(serial, text.data(), text.size()) < 0 ? std::string() : std::string(text.data());
}

std::vector<Serial> links_of(Serial ring) {
    const auto bytes = keyctl_read(ring, nullptr, 0);
    if (bytes < 0)
        throw_errno(errno, "list a keyring");
    std::vector<Serial> links(static_cast<std::size_t>(bytes) / sizeof(Serial));
    if (keyctl_read(ring, reinterpret_cast<char*>(links.data()), links.size() * sizeof(Serial)) < 0)
        throw_errno(errno, "list a keyring");
    return links;
}

void collect(Serial ring, std::vector<Serial>& keys) {
    for (const auto link : links_of(ring)) {
        if (description_of(link).starts_with("keyring;"))
            collect(link, keys);
        else
            keys.push_back(link);
    }
}

std::vector<Serial> all_below(const Possession& possession) {
    std::vector<Serial> keys;
    collect(possession.serial(), keys);
    return keys;
}

std::vector<Serial> keys_below(const Possession& possession, const std::string& guest) {
    auto keys = all_below(possession);
    std::erase_if(keys, [&](Serial serial) {
        return description_of(serial).find(";guestkeyd1 key " + guest) == std::string::npos;
    });
    return keys;
}

} // namespace

uid_t unused_uid() {
    static std::atomic<uid_t> next{0};
    return first_uid() + next++ % kUidsPerProcess;
}

// A test that was killed, in a process of the same number, may have left keys.
AnchorKeys::AnchorKeys() : uid_(unused_uid()) {
    wipe();
}

// The kernel would keep the user's two keyrings, though empty, until the next boot.
AnchorKeys::~AnchorKeys() {
    wipe();
    const RealUid real(uid_);
    keyctl_link(KEY_SPEC_USER_SESSION_KEYRING, KEY_SPEC_THREAD_KEYRING);
    // By serial: to be named as special keyrings, both would be made anew.
    const auto user = keyctl_get_keyring_ID(KEY_SPEC_USER_KEYRING, 0);
    const auto session = keyctl_get_keyring_ID(KEY_SPEC_USER_SESSION_KEYRING, 0);
    keyctl_invalidate(static_cast<Serial>(user));
    keyctl_invalidate(static_cast<Serial>(session));
}

std::vector<Serial> AnchorKeys::serials() const {
    return all_below(Possession(uid_));
}

std::vector<Serial> AnchorKeys::keys_of(const std::string& guest) const {
    return keys_below(Possession(uid_), guest);
}

// By /proc/keys: "SERIAL FLAGS USAGE TIMEOUT ...", the timeout being "perm" if there is none (proc(5)).
std::vector<Serial> AnchorKeys::endless_keys_of(const std::string& guest) const {
    const Possession possession(uid_);
    std::set<Serial> endless;
    std::ifstream keys("/proc/keys");
    for (std::string line; std::getline(keys, line);) {
        std::istringstream words(line);
        std::string serial, flags, usage, timeout;
        if (words >> serial >> flags >> usage >> timeout && timeout == "perm")
            endless.insert(static_cast<Serial>(std::stoul(serial, nullptr, 16)));
    }
    auto found = keys_below(possession, guest);
    std::erase_if(found, [&](Serial each) { return !endless.contains(each); });
    return found;
}

bool AnchorKeys::only_for_possessor() const {
    const Possession possession(uid_);
    std::vector<Serial> all = links_of(possession.serial());
    for (std::size_t i = 0; i < all.size(); ++i)
        if (const auto description = description_of(all[i]); description.starts_with("keyring;"))
            for (const auto link : links_of(all[i]))
                all.push_back(link);
    // "type;uid;gid;permissions;...", of which the possessor's are the first two of eight digits.
    return std::all_of(all.begin(), all.end(),
                       [](Serial each) { return description_of(each).find(";3f000000;") != std::string::npos; });
}

std::vector<std::string> AnchorKeys::payloads_of(const std::string& guest) const {
    const Possession possession(uid_);
    std::vector<std::string> payloads;
    for (const auto serial : keys_below(possession, guest)) {
        std::array<char, 4097> payload{};
        const auto length = keyctl_read(serial, payload.data(), payload.size());
        if (length < 0)
            throw_errno(errno, "read a key");
        payloads.emplace_back(payload.data(), static_cast<std::size_t>(length));
    }
    std::sort(payloads.begin(), payloads.end());
    return payloads;
}

void AnchorKeys::wipe() const {
    const RealUid real(uid_);
    keyctl_clear(KEY_SPEC_USER_KEYRING);
}

bool is_gone(Serial serial) {
    std::array<char, 1> none{};
    return keyctl_describe(serial, none.data(), none.size()) < 0 && (errno == ENOKEY || errno == EKEYREVOKED);
}

} // namespace guestkeyd::test
