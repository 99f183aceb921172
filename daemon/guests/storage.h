// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "guests/pool_volume.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace guestkeyd {

class CallThread;
class EventLoop;

// libvirt's storage pools, as the loop sees them: nothing here waits, and answers come back on the loop. Calls have a
// thread and a connection of their own, made by the first: storage that hangs must keep nothing else from libvirt.
// libvirt's event thread must be there already (Libvirt).
class Storage {
  public:
    template <typename Answer> using Then = std::function<void(Answer, std::optional<Failure>)>;
    using Done = std::function<void(std::optional<Failure>)>;

    Storage(EventLoop& loop, std::string uri);
    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;
    // When libvirt holds the thread in a call for too long, the process is left with it at once.
    ~Storage();

    // As the functions of these names in storage_calls.h.
    void path_of(PoolVolume volume, Then<std::string> then);
    void existing_path_of(PoolVolume volume, Then<std::optional<std::string>> then);
    void create(PoolVolume volume, std::uint64_t bytes, Then<std::string> then);
    void remove(PoolVolume volume, Done done);
    void refresh(std::string pool, Done done);
    void guests_using(std::string path, Then<std::vector<std::string>> then);

  private:
    CallThread& thread();

    EventLoop& loop_;
    const std::string uri_;
    std::unique_ptr<CallThread> thread_;
};

} // namespace guestkeyd
