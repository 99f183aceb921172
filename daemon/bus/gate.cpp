// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/gate.h"

#include "agent/key_log.h"
#include "base/journal.h"
#include "dbus/error_names.h"

#include <algorithm>
#include <cerrno>

namespace guestkeyd {

namespace {

constexpr std::size_t kMaxKnownSenders = 1024;

const char* or_empty(const char* text) {
    return text ? text : "";
}

std::optional<GuestId> guest_in(const PolkitQuestion& question) {
    for (const auto& [name, value] : question.details)
        if (name == "guest")
            return GuestId::try_parse(value);
    return std::nullopt;
}

} // namespace

Gate::Gate(sd_bus* bus, PolkitLimits limits, std::function<std::optional<uid_t>(const char*)> owner_of)
    : bus_(bus), polkit_(bus, limits), owner_of_(std::move(owner_of)) {
    sd_bus_slot* slot = nullptr;
    check_errno(sd_bus_add_filter(bus, &slot, &Gate::on_message, this), "guard the bus");
    filter_.reset(slot);
}

uid_t Gate::uid_of(const std::string& sender) const {
    const auto found = uids_.find(sender);
    return found == uids_.end() ? static_cast<uid_t>(-1) : found->second;
}

int Gate::on_message(sd_bus_message* message, void* self, sd_bus_error*) {
    std::uint8_t type = 0;
    sd_bus_message_get_type(message, &type);
    if (type != SD_BUS_MESSAGE_METHOD_CALL)
        return 0;
    try {
        return static_cast<Gate*>(self)->check(message);
    } catch (const Failure& failure) {
        return refuse(message, failure);
    } catch (const std::exception& error) {
        journal(Priority::Error, std::string("internal error: ") + error.what());
        return refuse(message, Failure(ErrorCode::AccessDenied, "the call could not be checked"));
    }
}

// Returns 0 to let the message through to its object, 1 when it was dealt with.
int Gate::check(sd_bus_message* message) {
    const auto* rule = find_access_rule(sd_bus_message_get_interface(message), sd_bus_message_get_member(message));
    if (take_approved(message) || (rule && rule->who == Who::Everyone))
        return 0;
    const auto uid = learn_uid(message);
    if (uid == 0)
        return 0;
    if (!rule || rule->who == Who::Root)
        throw Failure(ErrorCode::AccessDenied, std::string("only root may call ") +
                                                   or_empty(sd_bus_message_get_member(message)) + " of guestkeyd");
    if (rule->who == Who::OwnerOrPolkit && owner_of_(sd_bus_message_get_path(message)) == uid)
        return 0;
    ask_polkit(*rule, message);
    return 1;
}

// Asks the bus, once for each sender.
uid_t Gate::learn_uid(sd_bus_message* message) {
    const std::string sender = or_empty(sd_bus_message_get_sender(message));
    if (const auto found = uids_.find(sender); found != uids_.end())
        return found->second;
    sd_bus_creds* creds = nullptr;
    uid_t uid = 0;
    int result = sd_bus_query_sender_creds(message, SD_BUS_CREDS_EUID, &creds);
    if (result >= 0)
        result = sd_bus_creds_get_euid(creds, &uid);
    sd_bus_creds_unref(creds);
    if (result < 0)
        throw Failure(ErrorCode::AccessDenied, "the bus does not tell who calls");
    if (uids_.size() >= kMaxKnownSenders)
        uids_.clear();
    uids_.emplace(sender, uid);
    return uid;
}

bool Gate::take_approved(sd_bus_message* message) {
    const auto found = std::find_if(approved_.begin(), approved_.end(),
                                    [message](const MessageRef& each) { return each.get() == message; });
    if (found == approved_.end())
        return false;
    approved_.erase(found);
    return true;
}

void Gate::ask_polkit(const AccessRule& rule, sd_bus_message* message) {
    const auto question = polkit_question(rule, message);
    polkit_.ask(MessageRef(sd_bus_message_ref(message)), question,
                [this, guest = guest_in(question)](MessageRef checked, const std::optional<Failure>& failure) {
                    if (failure) {
                        journal_use({KeyAction::Call,
                                     KeyResult::Refused,
                                     guest,
                                     {},
                                     failure->message(),
                                     uid_of(sd_bus_message_get_sender(checked.get()))});
                        refuse(checked.get(), *failure);
                    } else if (sd_bus_enqueue_for_read(bus_, checked.get()) >= 0) {
                        approved_.push_back(std::move(checked));
                    } else {
                        refuse(checked.get(), Failure(ErrorCode::AccessDenied, "the call could not be checked"));
                    }
                });
}

int Gate::refuse(sd_bus_message* message, const Failure& failure) {
    sd_bus_reply_method_errorf(message, error_name(failure.code()), "%s", failure.message().c_str());
    return 1;
}

} // namespace guestkeyd
