// SPDX-License-Identifier: LGPL-2.1-or-later
#include "stand_in_agent.h"

#include "base/error.h"

#include <array>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

namespace guestkeyd::test {

namespace {

std::string read_to_end(int fd) {
    std::string text;
    std::array<char, 4096> chunk;
    for (auto n = read(fd, chunk.data(), chunk.size()); n > 0; n = read(fd, chunk.data(), chunk.size()))
        text.append(chunk.data(), static_cast<std::size_t>(n));
    return text;
}

bool sealed(int fd) {
    constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
    return (fcntl(fd, F_GET_SEALS) & kSeals) == kSeals;
}

bool sender_known(sd_bus_message* message) {
    sd_bus_creds* creds = nullptr;
    const int result = sd_bus_query_sender_creds(message, SD_BUS_CREDS_EUID, &creds);
    sd_bus_creds_unref(creds);
    return result >= 0;
}

int on_call(sd_bus_message* message, void* agent, sd_bus_error*) {
    return static_cast<StandInAgent*>(agent)->on_guest_hook(message);
}

int on_message(sd_bus_message* message, void* agent, sd_bus_error*) {
    return static_cast<StandInAgent*>(agent)->on_any(message);
}

const sd_bus_vtable kManager[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("GuestHook", "ssssh", "", &on_call, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

sd_bus* connect(const std::string& address, StandInAgent* agent) {
    sd_bus* bus = nullptr;
    check_errno(sd_bus_new(&bus), "make a bus connection");
    check_errno(sd_bus_set_address(bus, address.c_str()), "set the bus address");
    check_errno(sd_bus_set_bus_client(bus, 1), "be a client");
    check_errno(sd_bus_start(bus), "connect to the private bus");
    check_errno(sd_bus_add_object_vtable(bus, nullptr, "/org/guestkeyd1", "org.guestkeyd1.Manager", kManager, agent),
                "offer GuestHook");
    check_errno(sd_bus_add_filter(bus, nullptr, &on_message, agent), "see all messages");
    check_errno(sd_bus_request_name(bus, "org.guestkeyd1", 0), "take the agent's name");
    return bus;
}

} // namespace

StandInAgent::StandInAgent(const PrivateBus& bus, Manner manner, std::string refusal)
    : manner_(manner), refusal_(std::move(refusal)), thread_([this, address = bus.address()] { run(address); }) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [this] { return ready_; }))
        ADD_FAILURE() << "the stand-in for the agent is not on the bus";
}

StandInAgent::~StandInAgent() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void StandInAgent::run(const std::string& address) {
    auto* bus = connect(address, this);
    {
        const std::lock_guard lock(mutex_);
        ready_ = true;
    }
    changed_.notify_all();
    if (manner_ == Manner::Frozen) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stop_; });
    } else {
        serve(bus);
    }
    sd_bus_close_unref(bus);
}

void StandInAgent::serve(sd_bus* bus) {
    const auto stopped = [this] {
        const std::lock_guard lock(mutex_);
        return stop_;
    };
    while (!stopped())
        if (check_errno(sd_bus_process(bus, nullptr), "serve") == 0)
            check_errno(sd_bus_wait(bus, 10'000), "serve");
}

int StandInAgent::on_guest_hook(sd_bus_message* message) {
    const char* texts[4];
    int fd = -1;
    check_errno(sd_bus_message_read(message, "ssssh", &texts[0], &texts[1], &texts[2], &texts[3], &fd), "read a call");
    {
        const std::lock_guard lock(mutex_);
        received_.push_back({texts[0], texts[1], texts[2], texts[3], read_to_end(fd), sealed(fd),
                             sd_bus_message_get_expect_reply(message) > 0, sender_known(message)});
    }
    changed_.notify_all();
    if (manner_ == Manner::Hangs)
        return 1;
    if (manner_ == Manner::AcceptsLate) {
        unanswered_ = sd_bus_message_ref(message);
        return 1;
    }
    if (manner_ == Manner::Refuses)
        return sd_bus_reply_method_errorf(message, "org.guestkeyd1.Error.KeysMissing", "%s", refusal_.c_str());
    return sd_bus_reply_method_return(message, "");
}

int StandInAgent::on_any(sd_bus_message* message) {
    if (unanswered_ && sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Peer", "Ping") > 0) {
        check_errno(sd_bus_reply_method_return(unanswered_, ""), "answer late");
        unanswered_ = sd_bus_message_unref(unanswered_);
    }
    return 0;
}

ReceivedHook StandInAgent::next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [this] { return !received_.empty(); })) {
        ADD_FAILURE() << "the hook did not call";
        return {};
    }
    auto first = std::move(received_.front());
    received_.erase(received_.begin());
    return first;
}

ProgramResult run_hook(const std::string& bus_address, const std::string& operation, const std::string& xml,
                       const std::string& extra) {
    return run_program(QEMU_HOOK, {"web", operation, "begin", extra}, {"DBUS_SYSTEM_BUS_ADDRESS=" + bus_address}, xml);
}

std::string xml_without_secret() {
    return "<domain type='kvm'><name>web</name><uuid>" + std::string(kHookGuest) + "</uuid></domain>";
}

std::string xml_with_secret() {
    return "<domain type='kvm'><name>web</name><uuid>" + std::string(kHookGuest) +
           "</uuid><devices><disk><source><encryption format='luks'><secret type='passphrase' "
           "uuid='11111111-aaaa-4aaa-8aaa-000000000001'/></encryption></source></disk></devices></domain>";
}

} // namespace guestkeyd::test
