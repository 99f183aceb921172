// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

namespace guestkeyd::bench {

namespace {

constexpr const char* kName = "org.guestkeyd1";
constexpr const char* kPath = "/org/guestkeyd1";
constexpr const char* kManager = "org.guestkeyd1.Manager";

UniqueFd pipe_with(std::size_t keys) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        fail("make a pipe");
    const UniqueFd write_end(ends[1]);
    std::string text;
    for (std::size_t i = 0; i < keys; ++i)
        text.append(kKey).append("\n");
    if (write(ends[1], text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        fail("write to a pipe");
    return UniqueFd(ends[0]);
}

void check(int result, const char* doing) {
    check_errno(result, doing);
}

} // namespace

AgentCalls::AgentCalls() : connection_(connect()) {
    check(sd_bus_open_system(&bus_), "connect to the bus");
}

AgentCalls::~AgentCalls() {
    sd_bus_flush_close_unref(bus_);
}

AgentCalls::Push AgentCalls::make_push(int keys) {
    Push push;
    push.volumes.resize(static_cast<std::size_t>(keys));
    std::generate(push.volumes.begin(), push.volumes.end(), random_uuid);
    return push;
}

void AgentCalls::send(const Push& push, int* in_flight) {
    sd_bus_message* call = nullptr;
    check(sd_bus_message_new_method_call(bus_, &call, kName, kPath, kManager, "AttachKeys"), "make a call");
    check(sd_bus_message_append(call, "s", push.guest.c_str()), "make a call");
    check(sd_bus_message_open_container(call, 'a', "(sa{sv})"), "make a call");
    for (const auto& volume : push.volumes)
        check(sd_bus_message_append(call, "(sa{sv})", volume.c_str(), 0), "make a call");
    check(sd_bus_message_close_container(call), "make a call");
    check(sd_bus_message_append(call, "ha{sv}", pipe_with(push.volumes.size()).get(), 0), "make a call");
    const auto answered = [](sd_bus_message* answer, void* count, sd_bus_error*) {
        if (sd_bus_message_is_method_error(answer, nullptr) > 0)
            fail(std::string("attach: ") + sd_bus_message_get_error(answer)->message);
        --*static_cast<int*>(count);
        return 0;
    };
    check(sd_bus_call_async(bus_, nullptr, call, answered, in_flight, 0), "send a call");
    ++*in_flight;
    sd_bus_message_unref(call);
}

Rate AgentCalls::attach(Load load, Afterwards afterwards) {
    int in_flight = 0;
    const auto until = [&](int most) {
        while (in_flight > most) {
            int result = sd_bus_process(bus_, nullptr);
            check(result, "talk to the bus");
            if (result == 0)
                check(sd_bus_wait(bus_, UINT64_MAX), "wait for the bus");
        }
    };
    std::vector<Push> pushes;
    for (int keys = 0; keys < load.keys; keys += load.keys_per_call)
        pushes.push_back(make_push(load.keys_per_call));
    const auto start = Clock::now();
    for (const auto& push : pushes) {
        send(push, &in_flight);
        until(load.calls_in_flight - 1);
    }
    until(0);
    const auto seconds = seconds_since(start);
    if (afterwards == Afterwards::Purge)
        purge_all();
    else
        kept_ = std::move(pushes);
    return {load.keys / seconds};
}

void AgentCalls::purge_all() {
    check(sd_bus_call_method(bus_, kName, kPath, kManager, "PurgeAll", nullptr, nullptr, "a{sv}", 0), "purge all");
}

Delay AgentCalls::time_calls(int times, const std::function<int(int)>& call) {
    std::vector<double> delays;
    for (int i = 0; i < times; ++i) {
        const auto start = Clock::now();
        check(call(i), "call the agent");
        delays.push_back(seconds_since(start) * 1000);
    }
    return summary(std::move(delays));
}

Delay AgentCalls::ping(int times) {
    return time_calls(times, [this](int) {
        return sd_bus_call_method(bus_, kName, kPath, "org.freedesktop.DBus.Peer", "Ping", nullptr, nullptr, "");
    });
}

Delay AgentCalls::read_key_count(int times) {
    return time_calls(times, [this](int) {
        std::uint32_t count = 0;
        return sd_bus_get_property_trivial(bus_, kName, kPath, kManager, "KeyCount", nullptr, 'u', &count);
    });
}

Delay AgentCalls::read_state(int times) {
    return time_calls(times, [this](int i) {
        auto path = kPath + ("/guest/" + kept_.at(static_cast<std::size_t>(i)).guest);
        std::replace(path.begin(), path.end(), '-', '_');
        std::uint32_t state = 0;
        return sd_bus_get_property_trivial(bus_, kName, path.c_str(), "org.guestkeyd1.Guest", "State", nullptr, 'u',
                                           &state);
    });
}

Delay AgentCalls::purge(int guests) {
    return time_calls(guests, [this](int i) {
        return sd_bus_call_method(bus_, kName, kPath, kManager, "PurgeGuest", nullptr, nullptr, "sa{sv}",
                                  kept_.at(static_cast<std::size_t>(i)).guest.c_str(), 0);
    });
}

Delay AgentCalls::destroy_and_wait(int guests, const test::AnchorKeys& keys) {
    std::vector<double> delays;
    for (int i = 0; i < guests; ++i) {
        RunningGuest guest(connection_.get());
        int in_flight = 0;
        send({guest.uuid(), {random_uuid()}}, &in_flight);
        while (in_flight > 0) {
            check(sd_bus_wait(bus_, UINT64_MAX), "wait for the bus");
            while (sd_bus_process(bus_, nullptr) > 0) {
            }
        }
        const auto serial = keys.keys_of(guest.uuid()).at(0);
        guest.destroy();
        const auto start = Clock::now();
        while (!test::is_gone(serial)) {
        }
        delays.push_back(seconds_since(start) * 1000);
    }
    return summary(std::move(delays));
}

} // namespace guestkeyd::bench
