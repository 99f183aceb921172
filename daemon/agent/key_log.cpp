// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_log.h"

#include "base/journal.h"

namespace guestkeyd {

namespace {

struct Action {
    KeyAction action;
    const char* name;
    const char* message_id; // of what was done
};

// Never to be changed or used again: administrators search for them.
constexpr Action kActions[] = {
    {KeyAction::Attach, "attach", "a7ead599ccd24c098845874d3a5c6883"},
    {KeyAction::Renew, "renew", "a4c7eb96d69a46879aa99e6511de8f77"},
    {KeyAction::Publish, "publish", "b1943a6bbd8d4c8fbb90004d3141b269"},
    {KeyAction::Withdraw, "withdraw", "4be0d3832ec14794b502d3d1f4fbd111"},
    {KeyAction::Lend, "lend", "4afe9aa83e7a4d139ec6fdc7de9bf64e"},
    {KeyAction::Open, "open", "47bf217becb74845bc7f243fc6852657"},
    {KeyAction::Close, "close", "4d64d483a5bb43d6a9de2f0394966ff1"},
    {KeyAction::Suspend, "suspend", "34fbc63faa4345f2b4a40c56d7e637db"},
    {KeyAction::Purge, "purge", "7d98b7ac3460465094e6a185a8115018"},
    {KeyAction::Export, "export", "b7fb351d469b4f42b3216971ed7c1b7f"},
    {KeyAction::LeaseEnding, "lease-ending", "e0c66accc00f4b3cbb9b3283988f53ce"},
    {KeyAction::LeaseEnd, "lease-end", "c153707d92cd4decae909de592ef173c"},
    {KeyAction::Prepare, "prepare", nullptr},
    {KeyAction::Call, "call", nullptr},
};
constexpr const char* kRefused = "78ec97df0691429c8b6d9e59e2113834";
constexpr const char* kFailed = "3d16504738fa473385916bf824f7d7b8";

const Action& entry_of(KeyAction action) {
    for (const auto& entry : kActions)
        if (entry.action == action)
            return entry;
    return kActions[0];
}

const char* message_id(const KeyUse& use) {
    switch (use.result) {
    case KeyResult::Refused:
        return kRefused;
    case KeyResult::Failed:
        return kFailed;
    case KeyResult::Done:
        break;
    }
    return entry_of(use.action).message_id;
}

Priority priority_of(const KeyUse& use) {
    if (use.result == KeyResult::Failed)
        return Priority::Error;
    if (use.result == KeyResult::Refused)
        return use.caller ? Priority::Notice
                          : Priority::Warning; // a caller is told, a guest that does not start is not
    return use.action == KeyAction::LeaseEnding ? Priority::Warning : Priority::Info;
}

} // namespace

const char* key_action_name(KeyAction action) {
    return entry_of(action).name;
}

const char* key_result_name(KeyResult result) {
    switch (result) {
    case KeyResult::Done:
        return "done";
    case KeyResult::Refused:
        return "refused";
    case KeyResult::Failed:
        return "failed";
    }
    return "";
}

void journal_use(const KeyUse& use) {
    std::vector<JournalField> fields{{"MESSAGE_ID", message_id(use)},
                                     {"ACTION", key_action_name(use.action)},
                                     {"RESULT", key_result_name(use.result)}};
    if (use.guest)
        fields.push_back({"GUEST_UUID", use.guest->str()});
    for (const auto& volume : use.volumes)
        fields.push_back({"VOLUME", volume.str()});
    if (use.caller)
        fields.push_back({"CALLER_UID", std::to_string(*use.caller)});
    journal(priority_of(use), use.message, fields);
}

void KeyLog::note(const KeyUse& use) const {
    journal_use(use);
    if (listener_)
        listener_(use);
}

} // namespace guestkeyd
