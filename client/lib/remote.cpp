// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkeyd/remote.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace guestkeyd {

std::vector<std::exception_ptr> at_each_host(const std::vector<RemoteHost>& hosts, Interaction interaction,
                                             const std::function<void(std::size_t host, Client& agent)>& call) {
    constexpr std::size_t kMostThreads = 64;
    std::vector<std::exception_ptr> thrown(hosts.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (auto host = next++; host < hosts.size(); host = next++)
            try {
                Client agent(hosts[host], interaction);
                call(host, agent);
            } catch (...) {
                thrown[host] = std::current_exception();
            }
    };
    std::vector<std::jthread> threads;
    while (threads.size() < std::min(hosts.size(), kMostThreads))
        threads.emplace_back(work);
    threads.clear();
    return thrown;
}

} // namespace guestkeyd
