// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent_proxy.h"
#include "guestkeyd/remote.h"
#include "remote_address.h"
#include "ssh_bridge.h"

#include <memory>
#include <optional>
#include <sdbus-c++/sdbus-c++.h>

namespace guestkeyd {

// A host over ssh.
struct Remote {
    explicit Remote(const RemoteHost& where, Interaction interaction);

    RemoteHost host;
    RemoteAddress address;
    SshBridge ssh;
};

class Client::Connection {
  public:
    explicit Connection(Interaction interaction);
    Connection(const RemoteHost& host, Interaction interaction);

    [[nodiscard]] bool is_remote() const { return remote_ != nullptr; }
    // What to seal keys to, PEM; NotTrusted if it is not what the caller expects of the host.
    std::string recipient();

    // While it lives, answers may take as long as opening a volume does. A host that is gone is noticed by ssh.
    class Patience {
      public:
        explicit Patience(Connection& connection);
        ~Patience();
        Patience(const Patience&) = delete;
        Patience& operator=(const Patience&) = delete;

      private:
        sdbus::IConnection& bus_;
        std::uint64_t before_;
    };

    // Runs calls on the bus, so that their errors come out as Failures, which name the host if it is another one.
    template <typename Call> auto call(Call&& calls) {
        try {
            try {
                return calls();
            } catch (const sdbus::Error& error) {
                fail(error);
            }
        } catch (const Failure& failure) {
            complain(failure);
        }
    }

  private:
    [[noreturn]] void fail(const sdbus::Error& error);
    // Throws on what is being handled.
    [[noreturn]] void complain(const Failure& failure) const;

    std::unique_ptr<Remote> remote_; // before the connection, so that it ends after it

  public:
    std::unique_ptr<sdbus::IConnection> bus;
    AgentProxy agent;
};

} // namespace guestkeyd
