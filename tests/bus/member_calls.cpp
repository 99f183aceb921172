// SPDX-License-Identifier: LGPL-2.1-or-later
#include "member_calls.h"

#include "support/agent_calls.h"
#include "support/key_fd.h"

#include <functional>
#include <gtest/gtest.h>
#include <map>

namespace guestkeyd::test {

namespace {

using Subject = const CallSubject&;
using Arguments = std::function<void(Call&, Subject)>;

// The bus keeps descriptors of a message alive by itself, so these may go when the arguments are in.
void attach_arguments(Call& call, Subject subject) {
    const auto keys = sealed_memfd("a new key\n");
    call.with("sa(sa{sv})ha{sv}", subject.guest.c_str(), 1, subject.volume.c_str(), 0, keys.get(), 0);
}

void hook_arguments(Call& call, Subject subject) {
    const auto xml = sealed_memfd("<domain><uuid>" + subject.guest + "</uuid></domain>");
    call.with("ssssh", subject.guest.c_str(), "started", "begin", "-", xml.get());
}

void guest_and_options(Call& call, Subject subject) {
    call.with("sa{sv}", subject.guest.c_str(), 0);
}

const std::map<std::string, Arguments>& arguments_of_methods() {
    static const std::map<std::string, Arguments> all{
        {"org.guestkeyd1.Manager.AttachKeys", &attach_arguments},
        {"org.guestkeyd1.Manager.DetachKeys",
         [](Call& call, Subject subject) {
             call.with("sasa{sv}", subject.guest.c_str(), 1, subject.volume.c_str(), 0);
         }},
        {"org.guestkeyd1.Manager.PurgeGuest", &guest_and_options},
        {"org.guestkeyd1.Manager.PurgeAll", [](Call& call, Subject) { call.with("a{sv}", 0); }},
        {"org.guestkeyd1.Manager.CheckGuest",
         [](Call& call, Subject) { call.with("sa{sv}", "6695eb01-f6a4-8304-79aa-97f2502e193f", 0); }},
        {"org.guestkeyd1.Manager.GuestHook", &hook_arguments},
        {"org.guestkeyd1.Guest.Purge", [](Call& call, Subject) { call.with("a{sv}", 0); }},
        {"org.freedesktop.DBus.Properties.Get",
         [](Call& call, Subject) { call.with("ss", kManagerInterface, "Version"); }},
        {"org.freedesktop.DBus.Properties.GetAll", [](Call& call, Subject) { call.with("s", kManagerInterface); }},
        {"org.freedesktop.DBus.Properties.Set",
         [](Call& call, Subject) { call.with("ssv", kManagerInterface, "Version", "s", "9"); }},
        {"org.freedesktop.DBus.Introspectable.Introspect", [](Call&, Subject) {}},
        {"org.freedesktop.DBus.ObjectManager.GetManagedObjects", [](Call&, Subject) {}},
        {"org.freedesktop.DBus.Peer.Ping", [](Call&, Subject) {}},
        {"org.freedesktop.DBus.Peer.GetMachineId", [](Call&, Subject) {}},
    };
    return all;
}

bool is_method(const Member& member) {
    return arguments_of_methods().contains(member.interface + "." + member.name);
}

} // namespace

Answer call_member(const Connection& caller, const Member& member, const CallSubject& subject) {
    if (!is_method(member))
        return get_property(caller, member.path, member.interface, member.name).answer();
    Call call(caller, member);
    arguments_of_methods().at(member.interface + "." + member.name)(call, subject);
    return call.answer();
}

std::string outcome_of(const Answer& answer) {
    return answer.ok() ? "ok" : short_name(answer);
}

} // namespace guestkeyd::test
