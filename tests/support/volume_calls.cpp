// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/volume_calls.h"

#include "support/agent_calls.h"

#include <gtest/gtest.h>

namespace guestkeyd::test {

namespace {

struct AppendValue {
    Call& call;
    const char* name;

    void operator()(const std::string& text) const { call.with("{sv}", name, "s", text.c_str()); }
    void operator()(std::uint64_t number) const { call.with("{sv}", name, "t", number); }
    void operator()(std::uint32_t number) const { call.with("{sv}", name, "u", number); }
    void operator()(bool truth) const { call.with("{sv}", name, "b", truth ? 1 : 0); }
};

Call volume_call(const Connection& caller, const char* method, const OptionValues& volume, const UniqueFd& keys,
                 const OptionValues& options) {
    Call call(caller, {kManagerPath, kManagerInterface, method});
    append_options(call, volume);
    call.with("h", keys.get());
    append_options(call, options);
    return call;
}

// Without the quotes that texts have.
std::string bare(const std::string& text) {
    return text.size() >= 2 && text.front() == '"' ? text.substr(1, text.size() - 2) : text;
}

} // namespace

void append_options(Call& call, const OptionValues& options) {
    check_errno(sd_bus_message_open_container(call.raw(), 'a', "{sv}"), "make a message");
    for (const auto& [name, value] : options)
        std::visit(AppendValue{call, name.c_str()}, value);
    check_errno(sd_bus_message_close_container(call.raw()), "make a message");
}

Call create_volume(const Connection& caller, const OptionValues& volume, const UniqueFd& key,
                   const OptionValues& options) {
    return volume_call(caller, "CreateVolume", volume, key, options);
}

Call reencrypt_volume(const Connection& caller, const OptionValues& volume, const UniqueFd& old_and_new_key,
                      const OptionValues& options) {
    return volume_call(caller, "ReencryptVolume", volume, old_and_new_key, options);
}

Call test_key(const Connection& caller, const OptionValues& volume, const UniqueFd& key, const OptionValues& options) {
    return volume_call(caller, "TestKey", volume, key, options);
}

Call sealed_volume_call(const Connection& caller, const char* method, const OptionValues& volume,
                        std::string_view envelope, const OptionValues& options) {
    Call call(caller, {kManagerPath, kManagerInterface, method});
    append_options(call, volume);
    check_errno(sd_bus_message_append_array(call.raw(), 'y', envelope.data(), envelope.size()), "make a message");
    append_options(call, options);
    return call;
}

Call cancel_job(const Connection& caller, const std::string& job) {
    Call call(caller, {job, kJobInterface, "Cancel"});
    call.with("a{sv}", 0);
    return call;
}

std::string job_of(const Answer& answer) {
    EXPECT_TRUE(answer.ok()) << answer;
    return bare(answer.text);
}

std::string job_property(const Connection& caller, const std::string& job, const std::string& name) {
    const auto answer = get_property(caller, job, kJobInterface, name).answer();
    EXPECT_TRUE(answer.ok()) << answer;
    return bare(answer.text);
}

std::string end_of_job(const Connection& caller, const std::string& job) {
    EXPECT_TRUE(wait_until([&] { return job_property(caller, job, "State") >= "3"; })) << "the job does not end";
    const auto error = job_property(caller, job, "ErrorName");
    return error.substr(error.rfind('.') + 1);
}

} // namespace guestkeyd::test
