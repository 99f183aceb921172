// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/fake_polkit.h"

#include <algorithm>

namespace guestkeyd::test {

namespace {

constexpr auto kName = "org.freedesktop.PolicyKit1";
constexpr auto kPath = "/org/freedesktop/PolicyKit1/Authority";
constexpr auto kInterface = "org.freedesktop.PolicyKit1.Authority";
constexpr std::uint32_t kAllowUserInteraction = 1;

// Of a subject (sa{sv}) with one text among its details, the name.
void read_subject(sd_bus_message* message, PolkitCheck& check) {
    const char* kind = nullptr;
    check_errno(sd_bus_message_enter_container(message, 'r', "sa{sv}"), "read a subject");
    check_errno(sd_bus_message_read(message, "s", &kind), "read a subject");
    check.subject_kind = kind;
    check_errno(sd_bus_message_enter_container(message, 'a', "{sv}"), "read a subject");
    while (check_errno(sd_bus_message_enter_container(message, 'e', "sv"), "read a subject") > 0) {
        const char* key = nullptr;
        const char* value = nullptr;
        check_errno(sd_bus_message_read(message, "sv", &key, "s", &value), "read a subject");
        if (std::string(key) == "name")
            check.subject_name = value;
        check_errno(sd_bus_message_exit_container(message), "read a subject");
    }
    check_errno(sd_bus_message_exit_container(message), "read a subject");
    check_errno(sd_bus_message_exit_container(message), "read a subject");
}

void read_details(sd_bus_message* message, PolkitCheck& check) {
    check_errno(sd_bus_message_enter_container(message, 'a', "{ss}"), "read details");
    for (const char *key = nullptr, *value = nullptr;
         check_errno(sd_bus_message_read(message, "{ss}", &key, &value), "read details") > 0;)
        check.details.emplace(key, value);
    check_errno(sd_bus_message_exit_container(message), "read details");
}

PolkitCheck read_check(sd_bus_message* message) {
    PolkitCheck check{};
    const char* action = nullptr;
    const char* cancellation_id = nullptr;
    std::uint32_t flags = 0;
    read_subject(message, check);
    check_errno(sd_bus_message_read(message, "s", &action), "read a check");
    read_details(message, check);
    check_errno(sd_bus_message_read(message, "us", &flags, &cancellation_id), "read a check");
    check.action = action;
    check.interactive = (flags & kAllowUserInteraction) != 0;
    check.cancellation_id = cancellation_id;
    return check;
}

void reply(sd_bus_message* call, PolkitAnswer answer) {
    const int allowed = answer == PolkitAnswer::Allow ? 1 : 0;
    const int challenge = answer == PolkitAnswer::Challenge ? 1 : 0;
    if (answer == PolkitAnswer::Error)
        sd_bus_reply_method_errorf(call, "org.freedesktop.PolicyKit1.Error.Failed", "this authority is out of order");
    else
        sd_bus_reply_method_return(call, "(bba{ss})", allowed, challenge, 0);
}

} // namespace

FakePolkit::FakePolkit(const std::string& bus_address, PolkitAnswer answer)
    : rule_([answer](const PolkitCheck&) { return answer; }), bus_(bus_address) {
    sd_bus_slot* slot = nullptr;
    check_errno(sd_bus_add_object(bus_.raw(), &slot, kPath, &FakePolkit::on_message, this), "be polkit");
    slot_.reset(slot);
    check_errno(sd_bus_request_name(bus_.raw(), kName, 0), "take polkit's name");
    thread_ = std::jthread([this](const std::stop_token& stop) {
        while (!stop.stop_requested())
            serve();
    });
}

FakePolkit::~FakePolkit() {
    thread_.request_stop();
    thread_.join();
}

void FakePolkit::serve() {
    constexpr std::uint64_t kTurnUsec = 2000;
    answer_released();
    if (sd_bus_process(bus_.raw(), nullptr) == 0)
        sd_bus_wait(bus_.raw(), kTurnUsec);
}

int FakePolkit::on_message(sd_bus_message* message, void* self, sd_bus_error*) {
    auto& polkit = *static_cast<FakePolkit*>(self);
    if (sd_bus_message_is_method_call(message, kInterface, "CheckAuthorization") > 0)
        polkit.on_check(message);
    else if (sd_bus_message_is_method_call(message, kInterface, "CancelCheckAuthorization") > 0)
        polkit.on_cancel(message);
    else
        return 0;
    return 1;
}

void FakePolkit::on_check(sd_bus_message* message) {
    const std::lock_guard lock(mutex_);
    checks_.push_back(read_check(message));
    const auto answer = rule_(checks_.back());
    if (answer == PolkitAnswer::Hang)
        waiting_.push_back({checks_.back().cancellation_id, Message(sd_bus_message_ref(message))});
    else
        reply(message, answer);
}

void FakePolkit::on_cancel(sd_bus_message* message) {
    const char* id = nullptr;
    check_errno(sd_bus_message_read(message, "s", &id), "read a cancellation");
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                    [id](const Waiting& each) { return each.cancellation_id == id; });
    if (found == waiting_.end()) {
        sd_bus_reply_method_errorf(message, "org.freedesktop.PolicyKit1.Error.Failed", "no such check");
        return;
    }
    sd_bus_reply_method_errorf(found->call.get(), "org.freedesktop.PolicyKit1.Error.Cancelled", "cancelled");
    sd_bus_reply_method_return(message, "");
    waiting_.erase(found);
    cancelled_.emplace_back(id);
}

void FakePolkit::answer_released() {
    const std::lock_guard lock(mutex_);
    if (!released_)
        return;
    for (const auto& each : waiting_)
        reply(each.call.get(), *released_);
    waiting_.clear();
    released_.reset();
}

void FakePolkit::answer(PolkitAnswer answer) {
    answer_by([answer](const PolkitCheck&) { return answer; });
}

void FakePolkit::answer_by(Rule rule) {
    const std::lock_guard lock(mutex_);
    rule_ = std::move(rule);
}

void FakePolkit::release(PolkitAnswer answer) {
    const std::lock_guard lock(mutex_);
    released_ = answer;
}

std::vector<PolkitCheck> FakePolkit::checks() const {
    const std::lock_guard lock(mutex_);
    return checks_;
}

std::size_t FakePolkit::hanging() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

std::vector<std::string> FakePolkit::cancelled() const {
    const std::lock_guard lock(mutex_);
    return cancelled_;
}

void FakePolkit::forget_checks() {
    const std::lock_guard lock(mutex_);
    checks_.clear();
}

} // namespace guestkeyd::test
