// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/agent_calls.h"

#include <array>
#include <cctype>
#include <cstdio>
#include <functional>
#include <gtest/gtest.h>

namespace guestkeyd::test {

namespace {

Call manager_call(const Connection& caller, const char* method) {
    return {caller, {kManagerPath, kManagerInterface, method}};
}

void append_volumes(sd_bus_message* message, const std::vector<VolumeArgument>& volumes) {
    check_errno(sd_bus_message_open_container(message, 'a', "(sa{sv})"), "make a message");
    for (const auto& volume : volumes) {
        check_errno(sd_bus_message_open_container(message, 'r', "sa{sv}"), "make a message");
        check_errno(sd_bus_message_append(message, "s", volume.volume.c_str()), "make a message");
        check_errno(sd_bus_message_open_container(message, 'a', "{sv}"), "make a message");
        for (const auto& [name, value] : volume.options)
            check_errno(sd_bus_message_append(message, "{sv}", name.c_str(), "s", value.c_str()), "make a message");
        check_errno(sd_bus_message_close_container(message), "make a message");
        check_errno(sd_bus_message_close_container(message), "make a message");
    }
    check_errno(sd_bus_message_close_container(message), "make a message");
}

Call with_force(Call call, Force force) {
    if (force == Force::Yes)
        call.with("a{sv}", 1, "force", "b", 1);
    else
        call.with("a{sv}", 0);
    return call;
}

std::string value_or_failure(const Call& call) {
    const auto answer = call.answer();
    EXPECT_TRUE(answer.ok()) << answer;
    return answer.text;
}

void append_texts(sd_bus_message* message, const std::vector<std::string>& texts) {
    check_errno(sd_bus_message_open_container(message, 'a', "s"), "make a message");
    for (const auto& text : texts)
        check_errno(sd_bus_message_append(message, "s", text.c_str()), "make a message");
    check_errno(sd_bus_message_close_container(message), "make a message");
}

} // namespace

std::string short_name(const Answer& answer) {
    return answer.error.substr(answer.error.rfind('.') + 1);
}

std::string uuid_of(const std::string& name) {
    const auto high = std::hash<std::string>()(name);
    const auto low = std::hash<std::string>()(name + " again");
    std::array<char, 33> digits{};
    std::snprintf(digits.data(), digits.size(), "%016zx%016zx", high, low);
    std::string text(digits.data());
    for (const std::size_t at : {20U, 16U, 12U, 8U})
        text.insert(at, "-");
    return text;
}

std::string guest_path(const std::string& guest) {
    auto path = guest;
    for (auto& c : path)
        c = c == '-' ? '_' : static_cast<char>(std::tolower(c));
    return std::string(kManagerPath) + "/guest/" + path;
}

Call attach_keys(const Connection& caller, const AttachArguments& arguments, const UniqueFd& keys) {
    auto call = manager_call(caller, "AttachKeys");
    call.with("s", arguments.guest.c_str());
    append_volumes(call.raw(), arguments.volumes);
    call.with("h", keys.get());
    check_errno(sd_bus_message_open_container(call.raw(), 'a', "{sv}"), "make a message");
    if (!arguments.name.empty())
        call.with("{sv}", "name", "s", arguments.name.c_str());
    if (arguments.exclusive)
        call.with("{sv}", "exclusive", "b", 1);
    if (arguments.lease)
        call.with("{sv}", "lease", "t", *arguments.lease);
    if (arguments.generation)
        call.with("{sv}", "generation", "t", *arguments.generation);
    if (!arguments.wipe_on.empty())
        call.with("{sv}", "wipe-on", "s", arguments.wipe_on.c_str());
    if (arguments.expected_within)
        call.with("{sv}", "expected-within", "t", *arguments.expected_within);
    check_errno(sd_bus_message_close_container(call.raw()), "make a message");
    return call;
}

Call detach_keys(const Connection& caller, const std::string& guest, const std::vector<std::string>& volumes,
                 Force force) {
    auto call = manager_call(caller, "DetachKeys");
    call.with("s", guest.c_str());
    append_texts(call.raw(), volumes);
    return with_force(std::move(call), force);
}

Call purge_guest(const Connection& caller, const std::string& guest, Force force) {
    auto call = manager_call(caller, "PurgeGuest");
    call.with("s", guest.c_str());
    return with_force(std::move(call), force);
}

Call renew_lease(const Connection& caller, const std::string& guest, std::uint64_t seconds) {
    auto call = manager_call(caller, "RenewLease");
    call.with("st", guest.c_str(), seconds);
    return call;
}

Call purge_all(const Connection& caller) {
    auto call = manager_call(caller, "PurgeAll");
    call.with("a{sv}", 0);
    return call;
}

Call lend_keys(const Connection& caller, const std::string& guest, const std::vector<std::string>& volumes,
               std::uint32_t seconds) {
    auto call = manager_call(caller, "LendKeys");
    call.with("s", guest.c_str());
    append_texts(call.raw(), volumes);
    call.with("ua{sv}", seconds, 0);
    return call;
}

Call withdraw_keys(const Connection& caller, const std::string& guest) {
    auto call = manager_call(caller, "WithdrawKeys");
    call.with("sa{sv}", guest.c_str(), 0);
    return call;
}

Call check_guest(const Connection& caller, const std::string& guest) {
    auto call = manager_call(caller, "CheckGuest");
    call.with("sa{sv}", guest.c_str(), 0);
    return call;
}

Call get_property(const Connection& caller, const std::string& path, const std::string& interface,
                  const std::string& name) {
    Call call(caller, {path, kPropertiesInterface, "Get"});
    call.with("ss", interface.c_str(), name.c_str());
    return call;
}

Call get_all(const Connection& caller, const std::string& path, const std::string& interface) {
    Call call(caller, {path, kPropertiesInterface, "GetAll"});
    call.with("s", interface.c_str());
    return call;
}

Call managed_objects(const Connection& caller) {
    return {caller, {kManagerPath, kObjectManagerInterface, "GetManagedObjects"}};
}

Call introspect(const Connection& caller, const std::string& path) {
    return {caller, {path, "org.freedesktop.DBus.Introspectable", "Introspect"}};
}

std::string manager_property(const Connection& caller, const std::string& name) {
    return value_or_failure(get_property(caller, kManagerPath, kManagerInterface, name));
}

std::string guest_property(const Connection& caller, const std::string& guest, const std::string& name) {
    return value_or_failure(get_property(caller, guest_path(guest), kGuestInterface, name));
}

} // namespace guestkeyd::test
