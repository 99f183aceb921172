// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/anchor_keys.h"

#include <chrono>
#include <functional>
#include <libvirt/libvirt.h>
#include <memory>
#include <string>
#include <systemd/sd-bus.h>
#include <vector>

namespace guestkeyd::bench {

struct Rate {
    double per_second; // keys
};

struct Delay {
    double median_ms;
    double longest_ms;
};

struct ConnectionRelease {
    void operator()(virConnectPtr connection) const { virConnectClose(connection); }
};
using Connection = std::unique_ptr<virConnect, ConnectionRelease>;

using Clock = std::chrono::steady_clock;

inline constexpr const char* kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="; // 256 bits as base64

double seconds_since(Clock::time_point start);
Delay summary(std::vector<double> milliseconds);
std::string random_uuid();
Connection connect();
[[noreturn]] void fail(const std::string& doing);

// A small guest without a disk, transient and running until destroyed.
class RunningGuest {
  public:
    explicit RunningGuest(virConnectPtr connection);
    RunningGuest(const RunningGuest&) = delete;
    RunningGuest& operator=(const RunningGuest&) = delete;
    ~RunningGuest();

    [[nodiscard]] const std::string& uuid() const { return uuid_; }
    void destroy();

  private:
    std::string uuid_ = random_uuid();
    virDomainPtr domain_;
};

// What a management server does with libvirt alone: an ephemeral, private secret for each key.
class Secrets {
  public:
    Secrets();

    // meanwhile: run while they are all there.
    Rate define_and_set(
        int keys, const std::function<void()>& meanwhile = [] {});
    // Of the secret defined first.
    Delay describe(int times);
    Delay destroy_and_undefine(int guests);

  private:
    virSecretPtr define(const std::string& uuid);
    Connection connection_;
    std::vector<virSecretPtr> secrets_;
};

// The same with guestkeyd.
class AgentCalls {
  public:
    struct Load {
        int keys;
        int keys_per_call;
        int calls_in_flight;
    };

    AgentCalls();
    AgentCalls(const AgentCalls&) = delete;
    AgentCalls& operator=(const AgentCalls&) = delete;
    ~AgentCalls();

    enum class Afterwards { Purge, Keep };

    Rate attach(Load load, Afterwards afterwards = Afterwards::Purge);
    void purge_all();
    // One call at a time, on the guests that were attached and kept; each purge takes another.
    Delay ping(int times);
    Delay read_key_count(int times);
    Delay read_state(int times);
    Delay purge(int guests);
    // Looks at the kernel, by the serials of the keys.
    Delay destroy_and_wait(int guests, const test::AnchorKeys& keys);

  private:
    struct Push {
        std::string guest = random_uuid();
        std::vector<std::string> volumes;
    };
    static Push make_push(int keys);
    void send(const Push& push, int* in_flight);
    Delay time_calls(int times, const std::function<int(int)>& call);

    sd_bus* bus_ = nullptr;
    std::vector<Push> kept_;
    Connection connection_;
};

} // namespace guestkeyd::bench
