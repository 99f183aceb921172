// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkeyd/client.h"
#include "keydb/key_database.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

namespace guestkeyd::guestkey {

// Serves one host on a thread of its own, with a database of its own: answers it when it needs keys, and tries again
// when it is down.
class HostServer {
  public:
    HostServer(std::filesystem::path database, const SecretBuffer& secret, std::string host);
    HostServer(const HostServer&) = delete;
    HostServer& operator=(const HostServer&) = delete;
    ~HostServer(); // ends the thread

  private:
    void serve();
    void serve_once();
    void listen(Client& listener);
    void answer(keydb::KeyDatabase& database, Client& agent, const NeededKeys& needed);
    void restore(keydb::KeyDatabase& database, Client& agent);

    std::filesystem::path file_;
    const SecretBuffer& secret_;
    std::string host_;
    std::string complaint_; // the last, so that each is told once
    std::mutex mutex_;      // guards what follows
    std::condition_variable ending_;
    bool end_ = false;
    Client* listening_ = nullptr;
    std::thread thread_; // the last, for it uses all others
};

} // namespace guestkeyd::guestkey
