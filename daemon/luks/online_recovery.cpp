// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/online_recovery.h"

#include "base/error.h"
#include "luks/map_targets.h"

#include <fcntl.h>
#include <utility>

namespace guestkeyd {

namespace {

constexpr std::uint64_t kSector = 512;

// The devices that the killed re-encryption has left.
class Leftover {
  public:
    explicit Leftover(const OpenMapping& mapping) : mapping_(mapping) {
        if (!mapping_.overlay.empty())
            overlay_ = map_table(mapping_.overlay);
        if (!mapping_.hotzone.empty())
            hotzone_number_ = map_state(mapping_.hotzone).value().number;
    }

    // What the overlay already takes to be of the new volume key.
    [[nodiscard]] std::optional<SectorRange> hotzone() const {
        return hotzone_number_.empty() ? std::nullopt : hotzone_of(overlay_, hotzone_number_);
    }

    // Tables that were loaded, and not put in effect, are of a next hot zone.
    void forget_loaded_tables() const {
        for (const auto& name : names_from_below())
            clear_loaded_map(name);
    }

    void let_go_on() const {
        for (const auto& name : names_from_below())
            if (map_state(name).value().suspended)
                resume_map(name);
    }

    void remove() const {
        if (mapping_.stands_on_overlay) {
            load_map(mapping_.name, without_hotzone(overlay_, hotzone_number_, map_table(mapping_.hotzone)));
            resume_map(mapping_.name);
        }
        if (!mapping_.overlay.empty())
            remove_map(mapping_.overlay);
        if (!mapping_.hotzone.empty())
            remove_map(mapping_.hotzone);
    }

  private:
    // Those above wait for those below.
    [[nodiscard]] std::vector<std::string> names_from_below() const {
        std::vector<std::string> names;
        for (const auto& name : {mapping_.hotzone, mapping_.overlay, mapping_.name})
            if (!name.empty())
                names.push_back(name);
        return names;
    }

    const OpenMapping& mapping_;
    std::vector<MapTarget> overlay_;
    std::string hotzone_number_;
};

void require_key(CryptDevice& header, std::string_view new_key, const std::string& title) {
    if (!header.slot_of(new_key))
        throw Failure(ErrorCode::WrongKey, title +
                                               " is in the middle of a re-encryption that died, and whoever uses it "
                                               "hangs; only the key that it was begun with as the new one can go on");
}

std::uint64_t bytes_done(CryptDevice& header, std::string_view new_key) {
    std::uint64_t done = 0;
    header.run_reencryption(new_key, JobSpec{}, [&done](std::uint64_t so_far, std::uint64_t) {
        done = so_far;
        return false;
    });
    return done;
}

// The hot zone is suspended before the header says so: then its data are still of the old volume key. Not a byte more
// is re-encrypted, because beyond it the mapping goes on to use the old volume key.
void finish_hotzone(CryptDevice& header, const SectorRange& hotzone, std::string_view new_key) {
    const auto end = (hotzone.start + hotzone.length) * kSector;
    for (auto done = bytes_done(header, new_key); done < end; done = bytes_done(header, new_key)) {
        JobSpec spec;
        spec.hotzone = end - done;
        bool begun = false;
        header.run_reencryption(new_key, spec,
                                [&begun](std::uint64_t, std::uint64_t) { return !std::exchange(begun, true); });
    }
}

} // namespace

void recover_online_reencryption(const Volume& device, const OpenMapping& mapping, const std::string& title,
                                 std::string_view new_key) {
    // The way past the mapping: it is the same to libcryptsetup as a volume that nobody holds.
    const PassThroughMap past(mapping.name + "-recovery", device.number(), device.size() / kSector);
    CryptDevice header(past.path(), title);
    header.load();
    require_key(header, new_key, title);
    auto found = header.reencryption();
    if (found == Reencryption::Foreign)
        throw Failure(ErrorCode::Unsupported, title + " is in the middle of a change that was not begun here, or that "
                                                      "somebody has forged; look at it with cryptsetup luksDump");
    // Refused as long as somebody is at work, so it comes first.
    if (found == Reencryption::Crashed || found == Reencryption::Interrupted)
        header.recover_reencryption(new_key);
    const Leftover leftover(mapping);
    leftover.forget_loaded_tables();
    found = header.reencryption();
    if (const auto hotzone = leftover.hotzone(); hotzone && found == Reencryption::Interrupted)
        finish_hotzone(header, *hotzone, new_key);
    leftover.let_go_on();
    if (header.reencryption() == Reencryption::Finished)
        header.clear_reencryption(Volume(past.path(), Access::WriteInUse).fd());
    header.load();
    header.lend_volume_keys(new_key);
    leftover.remove();
    // The page cache of the volume itself has not seen what was written past it.
    posix_fadvise(device.fd().get(), 0, 0, POSIX_FADV_DONTNEED);
}

} // namespace guestkeyd
