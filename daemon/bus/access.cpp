// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/access.h"

#include "base/id.h"
#include "bus/object_path.h"

#include <array>
#include <cstring>
#include <string_view>

namespace guestkeyd {

namespace {

constexpr const char* kManager = "org.guestkeyd1.Manager";
constexpr const char* kGuest = "org.guestkeyd1.Guest";
constexpr const char* kJob = "org.guestkeyd1.Job";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
constexpr const char* kPeer = "org.freedesktop.DBus.Peer";
constexpr const char* kAttach = "org.guestkeyd1.attach-keys";
constexpr const char* kLend = "org.guestkeyd1.lend-keys";
constexpr const char* kExport = "org.guestkeyd1.export-keys";
constexpr const char* kRotate = "org.guestkeyd1.rotate-certificate";
constexpr const char* kList = "org.guestkeyd1.list";
constexpr const char* kPurge = "org.guestkeyd1.purge-keys";
constexpr const char* kPurgeInUse = "org.guestkeyd1.purge-keys-in-use";
constexpr const char* kPurgeAll = "org.guestkeyd1.purge-all";
constexpr const char* kCreate = "org.guestkeyd1.create-volume";
constexpr const char* kReencrypt = "org.guestkeyd1.reencrypt-volume";
constexpr const char* kTest = "org.guestkeyd1.test-key";
constexpr const char* kCancel = "org.guestkeyd1.cancel-job";

constexpr std::array kRules{
    AccessRule{kManager, "AttachKeys", Who::Polkit, kAttach, "arg", "a(sa{sv})", nullptr},
    AccessRule{kManager, "DetachKeys", Who::Polkit, kPurge, "arg", "as", "sas"},
    AccessRule{kManager, "PurgeGuest", Who::Polkit, kPurge, "arg", nullptr, "s"},
    AccessRule{kManager, "RenewLease", Who::Polkit, kAttach, "arg", nullptr, nullptr},
    AccessRule{kManager, "PurgeAll", Who::Polkit, kPurgeAll, nullptr, nullptr, nullptr},
    AccessRule{kManager, "CheckGuest", Who::Polkit, kList, "arg", nullptr, nullptr},
    AccessRule{kManager, "LendKeys", Who::Polkit, kLend, "arg", "as", nullptr},
    AccessRule{kManager, "WithdrawKeys", Who::Polkit, kLend, "arg", nullptr, nullptr},
    AccessRule{kManager, "GuestHook", Who::Root, nullptr, nullptr, nullptr, nullptr},
    AccessRule{kManager, "GetHostCertificate", Who::Everyone, nullptr, nullptr, nullptr, nullptr},
    AccessRule{kManager, "AttachSealed", Who::Polkit, kAttach, "option", "option", nullptr},
    AccessRule{kManager, "ExportSealed", Who::Polkit, kExport, "arg", nullptr, nullptr},
    AccessRule{kManager, "RotateHostCertificate", Who::Polkit, kRotate, nullptr, nullptr, nullptr},
    AccessRule{kManager, "CreateVolume", Who::Polkit, kCreate, nullptr, "named", nullptr},
    AccessRule{kManager, "ReencryptVolume", Who::Polkit, kReencrypt, nullptr, "named", nullptr},
    AccessRule{kManager, "TestKey", Who::Polkit, kTest, nullptr, "named", nullptr},
    AccessRule{kManager, "CreateVolumeSealed", Who::Polkit, kCreate, nullptr, "named", nullptr},
    AccessRule{kManager, "ReencryptVolumeSealed", Who::Polkit, kReencrypt, nullptr, "named", nullptr},
    AccessRule{kManager, "TestKeySealed", Who::Polkit, kTest, nullptr, "named", nullptr},
    AccessRule{kJob, "Cancel", Who::OwnerOrPolkit, kCancel, nullptr, nullptr, nullptr},
    AccessRule{kGuest, "Purge", Who::Polkit, kPurge, "path", nullptr, ""},
    AccessRule{kGuest, "RenewLease", Who::Polkit, kAttach, "path", nullptr, nullptr},
    AccessRule{kProperties, "Get", Who::OwnerOrPolkit, kList, "path", nullptr, nullptr},
    AccessRule{kProperties, "GetAll", Who::OwnerOrPolkit, kList, "path", nullptr, nullptr},
    AccessRule{"org.freedesktop.DBus.Introspectable", "Introspect", Who::Polkit, kList, "path", nullptr, nullptr},
    AccessRule{"org.freedesktop.DBus.ObjectManager", "GetManagedObjects", Who::Polkit, kList, nullptr, nullptr,
               nullptr},
    AccessRule{kPeer, "Ping", Who::Everyone, nullptr, nullptr, nullptr, nullptr},
    AccessRule{kPeer, "GetMachineId", Who::Everyone, nullptr, nullptr, nullptr, nullptr},
};

constexpr const char* kBeforeOption = "ay"; // what stands before the options that name guest and volumes

// Goes to the value of an option, if it is there; before is the type of what stands before the options.
bool go_to_option(sd_bus_message* message, const char* before, std::string_view option) {
    sd_bus_message_rewind(message, 1);
    if ((*before != '\0' && sd_bus_message_skip(message, before) < 0) ||
        sd_bus_message_enter_container(message, 'a', "{sv}") <= 0)
        return false;
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        const char* name = nullptr;
        if (sd_bus_message_read_basic(message, 's', &name) <= 0)
            return false;
        if (name == option)
            return true;
        if (sd_bus_message_skip(message, "v") < 0 || sd_bus_message_exit_container(message) < 0)
            return false;
    }
    return false;
}

std::string read_guest(const AccessRule& rule, sd_bus_message* message) {
    if (!rule.guest)
        return {};
    if (std::strcmp(rule.guest, "path") == 0) {
        const auto guest = guest_of_path(sd_bus_message_get_path(message));
        return guest ? guest->str() : std::string();
    }
    const char* text = nullptr;
    if (std::strcmp(rule.guest, "option") == 0 &&
        (!go_to_option(message, kBeforeOption, "guest") || sd_bus_message_enter_container(message, 'v', "s") <= 0))
        return {};
    if (sd_bus_message_read_basic(message, 's', &text) <= 0)
        return {};
    const auto guest = GuestId::try_parse(text);
    return guest ? guest->str() : std::string();
}

// The volumes, separated by commas; the message stands before them.
std::string read_volumes(const AccessRule& rule, sd_bus_message* message) {
    if (!rule.volumes)
        return {};
    const bool in_option = std::strcmp(rule.volumes, "option") == 0;
    if (in_option &&
        (!go_to_option(message, kBeforeOption, "volumes") || sd_bus_message_enter_container(message, 'v', "as") <= 0))
        return {};
    const char* each = in_option ? "s" : rule.volumes + 1;
    const bool with_options = std::strcmp(each, "s") != 0;
    std::string list;
    if (sd_bus_message_enter_container(message, 'a', each) <= 0)
        return {};
    while (!sd_bus_message_at_end(message, 0)) {
        const char* text = nullptr;
        if (with_options && sd_bus_message_enter_container(message, 'r', "sa{sv}") <= 0)
            break;
        if (sd_bus_message_read_basic(message, 's', &text) <= 0)
            break;
        if (const auto volume = VolumeId::try_parse(text))
            list += (list.empty() ? "" : ",") + volume->str();
        if (with_options && (sd_bus_message_skip(message, "a{sv}") < 0 || sd_bus_message_exit_container(message) < 0))
            break;
    }
    return list;
}

// As Job.Volume names it; the volume is the first argument.
std::string read_named_volume(sd_bus_message* message) {
    const auto read = [message](std::string_view option) {
        const char* text = nullptr;
        const bool found = go_to_option(message, "", option) && sd_bus_message_read(message, "v", "s", &text) > 0;
        return std::string(found ? text : "");
    };
    const auto path = read("path");
    return path.empty() ? read("pool") + "/" + read("name") : path;
}

bool read_force(const AccessRule& rule, sd_bus_message* message) {
    int value = 0;
    return go_to_option(message, rule.before_force, "force") && sd_bus_message_read(message, "v", "b", &value) > 0 &&
           value != 0;
}

} // namespace

const AccessRule* find_access_rule(const char* interface, const char* member) {
    for (const auto& rule : kRules)
        if (interface && member && std::strcmp(rule.interface, interface) == 0 && std::strcmp(rule.member, member) == 0)
            return &rule;
    return nullptr;
}

PolkitQuestion polkit_question(const AccessRule& rule, sd_bus_message* message) {
    PolkitQuestion question{rule.action, {}};
    sd_bus_message_rewind(message, 1);
    if (rule.guest)
        question.details.emplace_back("guest", read_guest(rule, message));
    if (rule.volumes)
        question.details.emplace_back("volume", std::strcmp(rule.volumes, "named") == 0 ? read_named_volume(message)
                                                                                        : read_volumes(rule, message));
    question.details.emplace_back("operation", sd_bus_message_get_member(message));
    if (rule.before_force && read_force(rule, message))
        question.action = kPurgeInUse;
    sd_bus_message_rewind(message, 1);
    return question;
}

} // namespace guestkeyd
