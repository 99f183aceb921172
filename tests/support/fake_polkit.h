// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/connection.h"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace guestkeyd::test {

// A question as it reached polkit.
struct PolkitCheck {
    std::string subject_kind;
    std::string subject_name; // the bus name, for the kind system-bus-name
    std::string action;
    std::map<std::string, std::string> details;
    bool interactive;
    std::string cancellation_id;
};

// Challenge: yes, if the user proves who he is; Hang: no answer until release(); Error: the check fails.
enum class PolkitAnswer { Allow, Deny, Challenge, Hang, Error };

// Stands in for polkit on a private bus. polkit is gone when this object is; checks that hang then are never answered.
class FakePolkit {
  public:
    using Rule = std::function<PolkitAnswer(const PolkitCheck&)>;

    explicit FakePolkit(const std::string& bus_address, PolkitAnswer answer = PolkitAnswer::Deny);
    FakePolkit(const FakePolkit&) = delete;
    FakePolkit& operator=(const FakePolkit&) = delete;
    ~FakePolkit();

    void answer(PolkitAnswer answer);
    // Asked from another thread.
    void answer_by(Rule rule);
    // Answers all that hang.
    void release(PolkitAnswer answer);

    [[nodiscard]] std::vector<PolkitCheck> checks() const;
    [[nodiscard]] std::size_t hanging() const;
    // The checks that were withdrawn before they were answered, by cancellation id.
    [[nodiscard]] std::vector<std::string> cancelled() const;
    void forget_checks();

  private:
    struct Waiting {
        std::string cancellation_id;
        Message call;
    };

    static int on_message(sd_bus_message* message, void* self, sd_bus_error* error);
    void serve();
    void on_check(sd_bus_message* message);
    void on_cancel(sd_bus_message* message);
    void answer_released();

    mutable std::mutex mutex_; // between the thread and the test, for all but bus_ and slot_
    Rule rule_;
    std::optional<PolkitAnswer> released_;
    std::vector<PolkitCheck> checks_;
    std::vector<std::string> cancelled_;
    std::vector<Waiting> waiting_;
    Connection bus_;
    Slot slot_;
    std::jthread thread_;
};

} // namespace guestkeyd::test
