// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/key_store.h"
#include "agent/mapping.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace guestkeyd {

struct MappingSettings {
    std::string worker;            // a program, or a unix socket, see VolumeWorker
    std::chrono::seconds grace;    // see VolumeWorker
    std::chrono::seconds interval; // in which mappings that are left over are looked for
};

// The mappings of the volumes whose keys were attached with delivery dm-crypt: open from when a guest comes to run
// until it has stopped. Those that a crash left behind are found by what the keyring keeps of them. One that is not
// ours is never touched.
class Mappings {
  public:
    using Done = Mapping::Done;

    // state_of: as libvirt told last.
    Mappings(EventLoop& loop, KernelKeyring& keyring, KeyStore& store, const KeyLog& log, MappingSettings settings,
             std::function<GuestState(GuestId)> state_of);

    // Before keys are attached: Unsupported if one is to be given to device-mapper and the kernel has none, so that a
    // host that takes a key can also start the guest; InvalidArgs if another volume has the name of the mapping, Busy
    // if a mapping of that name is there that is not ours.
    void check(const AttachRequest& request) const;

    // All of the guest, at once; after a failure none is open. Done at once for a guest without.
    void open(GuestId guest, const Done& done);
    void close(GuestId guest);
    // Those whose guest does not run, but for one that libvirt may be about to start.
    void close_left_over();

    // Keys have come: what was suspended goes on.
    void keys_came(GuestId guest, const std::vector<VolumeId>& volumes);
    // Keys are gone: what they opened is closed, unless the guest runs or nobody knows.
    void keys_went(GuestId guest, const std::vector<VolumeId>& volumes);
    // The same, but for those whose guest has not stopped: they lose the volume key, and the guest hangs.
    void suspend(GuestId guest, const std::vector<VolumeId>& volumes);
    void suspend(GuestId guest);
    void suspend_all();

  private:
    using ByName = std::map<std::string, std::unique_ptr<Mapping>>;

    void find_kept();
    std::function<void()> drop(const std::string& name);
    void refuse_taken(const AttachRequest& request, std::size_t index) const;
    Mapping& mapping_of(const Guest& guest, const AttachedVolume& volume);
    void for_each(const std::function<bool(const MappingRecord&)>& picked, const std::function<void(Mapping&)>& act);

    KeyStore& store_;
    MappingTools tools_;
    const std::chrono::seconds interval_;
    const std::function<GuestState(GuestId)> state_of_;
    ByName mappings_;
    Timer next_look_;
};

} // namespace guestkeyd
