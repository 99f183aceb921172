// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/fault_point.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <unistd.h>

namespace guestkeyd {

namespace {

struct Orders {
    std::string die_at;
    unsigned hit = 0;
    unsigned number = 0;
    bool drop_events = false;
};

Orders read_orders() {
    Orders orders;
    static const char* const file = std::getenv("GUESTKEYD_FAULTS"); // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (!file)
        return orders;
    std::ifstream stream(file);
    for (std::string word; stream >> word;) {
        if (word == "die")
            stream >> orders.die_at >> orders.hit >> orders.number;
        orders.drop_events |= word == "drop-events";
    }
    return orders;
}

} // namespace

void fault_point(FaultPoint point) {
    static std::mutex mutex; // guards the rest: threads of libvirt's calls come here too
    static unsigned number = 0;
    static unsigned hits = 0;
    const std::lock_guard lock(mutex);
    const auto orders = read_orders();
    if (orders.number != number)
        hits = 0;
    number = orders.number;
    if (orders.die_at == point.name() && ++hits == orders.hit)
        kill(getpid(), SIGKILL);
}

bool fault_drops_event() {
    return read_orders().drop_events;
}

} // namespace guestkeyd
