// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "support/wait_until.h"

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <systemd/sd-bus.h>

namespace guestkeyd::test {

struct BusUnref {
    void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
};
struct MessageUnref {
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
struct SlotUnref {
    void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};
using Bus = std::unique_ptr<sd_bus, BusUnref>;
using Message = std::unique_ptr<sd_bus_message, MessageUnref>;
using Slot = std::unique_ptr<sd_bus_slot, SlotUnref>;

// What came back from a call: the name of the error, empty if there was none, and its sentence; else the values as
// text.
struct Answer {
    std::string error;
    std::string message;
    std::string text;

    [[nodiscard]] bool ok() const { return error.empty(); }
};
std::ostream& operator<<(std::ostream& stream, const Answer& answer);

struct Member {
    std::string path;
    std::string interface; // empty: the call names none
    std::string name;
};

// A caller on the bus.
class Connection {
  public:
    explicit Connection(const std::string& address);
    static Connection as(const std::string& user, const std::string& address);

    [[nodiscard]] sd_bus* raw() const { return bus_.get(); }
    [[nodiscard]] std::string unique_name() const;

    // The owner of a name on the bus; empty if there is none.
    [[nodiscard]] std::string owner_of(const std::string& name) const;
    [[nodiscard]] pid_t process_of(const std::string& name) const;

    // Handles what has come in, until the condition holds; false if it did not in time.
    [[nodiscard]] bool process_until(const std::function<bool()>& condition,
                                     std::chrono::milliseconds patience = kPatience) const;
    void close() { bus_.reset(); }

  private:
    Bus bus_;
};

// A call that was sent and may have been answered.
class Pending {
  public:
    explicit Pending(const Connection& connection) : connection_(connection) {}

    [[nodiscard]] bool answered() const;
    [[nodiscard]] Answer wait() const;

  private:
    friend class Call;
    const Connection& connection_;
    std::shared_ptr<std::optional<Answer>> answer_ = std::make_shared<std::optional<Answer>>();
    Slot slot_;
};

// A method call in the making.
class Call {
  public:
    Call(const Connection& connection, const Member& member, const char* destination = "org.guestkeyd1");

    // As sd_bus_message_append(3).
    template <typename... Values> Call& with(const char* types, Values... values) {
        check_errno(sd_bus_message_append(message_.get(), types, values...), "make a message");
        return *this;
    }
    // The user may be asked for a password.
    Call& interactive();

    [[nodiscard]] sd_bus_message* raw() const { return message_.get(); }
    [[nodiscard]] Answer answer() const;
    [[nodiscard]] Pending start() const;
    void send_without_reply() const;

  private:
    const Connection& connection_;
    Message message_;
};

} // namespace guestkeyd::test
