// SPDX-License-Identifier: LGPL-2.1-or-later
#include "member_calls.h"

#include "support/agent_calls.h"
#include "support/agent_process.h"
#include "support/key_fd.h"
#include "support/sealed_calls.h"
#include "support/volume_calls.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>

namespace guestkeyd::test {

namespace {

using Arguments = std::function<void(Call&, const CallSubject&)>;

// The message keeps a duplicate of the descriptor.
void attach_arguments(Call& call, const CallSubject& subject) {
    const auto keys = sealed_memfd("a new key\n");
    call.with("sa(sa{sv})ha{sv}", subject.guest.c_str(), 1, subject.volume.c_str(), 0, keys.get(), 0);
}

void sealed_arguments(Call& call, const CallSubject& subject) {
    const auto envelope = seal_to(subject.certificate, EnvelopeText{subject.guest, {{subject.volume, "a new key"}}});
    check_errno(sd_bus_message_append_array(call.raw(), 'y', envelope.data(), envelope.size()), "make a message");
    call.with("a{sv}", 2, "guest", "s", subject.guest.c_str(), "volumes", "as", 1, subject.volume.c_str());
}

void export_arguments(Call& call, const CallSubject& subject) {
    call.with("ssa{sv}", subject.guest.c_str(), subject.recipient.c_str(), 0);
}

void with_file(Call& call, const std::string& path, const char* keys) {
    call.with("a{sv}ha{sv}", 1, "path", "s", path.c_str(), sealed_memfd(keys).get(), 0);
}

void create_arguments(Call& call, const CallSubject& subject) {
    const auto key = sealed_memfd("a key\n");
    call.with("a{sv}h", 1, "path", "s", (subject.file + " that is new").c_str(), key.get());
    call.with("a{sv}", 2, "format", "s", "luks1", "capacity", "t", std::uint64_t{1 << 20});
}

void reencrypt_arguments(Call& call, const CallSubject& subject) {
    with_file(call, subject.file + " that is not there", "old\nnew\n");
}

void test_key_arguments(Call& call, const CallSubject& subject) {
    with_file(call, subject.file, "a key\n");
}

// The file, with keys that are sealed for the operation on it.
void with_file_and_envelope(Call& call, const CallSubject& subject, const std::string& file, const char* operation,
                            const std::vector<std::string>& keys) {
    const auto envelope = seal_to(subject.certificate, volume_envelope_text(operation, file, keys));
    call.with("a{sv}", 1, "path", "s", file.c_str());
    check_errno(sd_bus_message_append_array(call.raw(), 'y', envelope.data(), envelope.size()), "make a message");
}

void create_sealed_arguments(Call& call, const CallSubject& subject) {
    with_file_and_envelope(call, subject, subject.file + " that is new, too", "create", {"a key"});
    call.with("a{sv}", 2, "format", "s", "luks1", "capacity", "t", std::uint64_t{1 << 20});
}

void reencrypt_sealed_arguments(Call& call, const CallSubject& subject) {
    with_file_and_envelope(call, subject, subject.file + " that is not there", "reencrypt", {"old", "new"});
    call.with("a{sv}", 0);
}

void test_key_sealed_arguments(Call& call, const CallSubject& subject) {
    with_file_and_envelope(call, subject, subject.file, "test", {"a key"});
    call.with("a{sv}", 0);
}

void hook_arguments(Call& call, const CallSubject& subject) {
    const auto xml = sealed_memfd("<domain><uuid>" + subject.guest + "</uuid></domain>");
    call.with("ssssh", subject.guest.c_str(), "started", "begin", "-", xml.get());
}

// For so long that the agent refuses it: it has no libvirt that takes keys.
void lend_arguments(Call& call, const CallSubject& subject) {
    call.with("sasua{sv}", subject.guest.c_str(), 1, subject.volume.c_str(), 1000000U, 0);
}

void detach_arguments(Call& call, const CallSubject& subject) {
    call.with("sasa{sv}", subject.guest.c_str(), 1, subject.volume.c_str(), 0);
}

void guest_and_options(Call& call, const CallSubject& subject) {
    call.with("sa{sv}", subject.guest.c_str(), 0);
}

void guest_of_libvirt_and_options(Call& call, const CallSubject&) {
    call.with("sa{sv}", kTestGuest, 0);
}

void guest_and_seconds(Call& call, const CallSubject& subject) {
    call.with("st", subject.guest.c_str(), std::uint64_t{3600});
}

void seconds_only(Call& call, const CallSubject&) {
    call.with("t", std::uint64_t{3600});
}

void options_only(Call& call, const CallSubject&) {
    call.with("a{sv}", 0);
}

void nothing(Call&, const CallSubject&) {}

// A property that the object has, if it has any.
bool is_guest(const Call& call) {
    return std::string_view(sd_bus_message_get_path(call.raw())).starts_with("/org/guestkeyd1/guest/");
}

bool is_job(const Call& call) {
    return std::string_view(sd_bus_message_get_path(call.raw())).starts_with("/org/guestkeyd1/job/");
}

void a_property(Call& call, const CallSubject&) {
    if (is_guest(call))
        call.with("ss", kGuestInterface, "Uuid");
    else if (is_job(call))
        call.with("ss", kJobInterface, "Volume");
    else
        call.with("ss", kManagerInterface, "Version");
}

void an_interface(Call& call, const CallSubject&) {
    call.with("s", is_guest(call) ? kGuestInterface : is_job(call) ? kJobInterface : kManagerInterface);
}

void a_property_and_value(Call& call, const CallSubject& subject) {
    a_property(call, subject);
    call.with("v", "s", "another value");
}

const std::map<std::string, Arguments> kArguments{
    {"org.guestkeyd1.Manager.AttachKeys", &attach_arguments},
    {"org.guestkeyd1.Manager.GetHostCertificate", &nothing},
    {"org.guestkeyd1.Manager.AttachSealed", &sealed_arguments},
    {"org.guestkeyd1.Manager.ExportSealed", &export_arguments},
    {"org.guestkeyd1.Manager.RotateHostCertificate", &options_only},
    {"org.guestkeyd1.Manager.DetachKeys", &detach_arguments},
    {"org.guestkeyd1.Manager.PurgeGuest", &guest_and_options},
    {"org.guestkeyd1.Manager.RenewLease", &guest_and_seconds},
    {"org.guestkeyd1.Manager.PurgeAll", &options_only},
    {"org.guestkeyd1.Manager.CreateVolume", &create_arguments},
    {"org.guestkeyd1.Manager.ReencryptVolume", &reencrypt_arguments},
    {"org.guestkeyd1.Manager.TestKey", &test_key_arguments},
    {"org.guestkeyd1.Manager.CreateVolumeSealed", &create_sealed_arguments},
    {"org.guestkeyd1.Manager.ReencryptVolumeSealed", &reencrypt_sealed_arguments},
    {"org.guestkeyd1.Manager.TestKeySealed", &test_key_sealed_arguments},
    {"org.guestkeyd1.Job.Cancel", &options_only},
    {"org.guestkeyd1.Manager.CheckGuest", &guest_of_libvirt_and_options},
    {"org.guestkeyd1.Manager.LendKeys", &lend_arguments},
    {"org.guestkeyd1.Manager.WithdrawKeys", &guest_and_options},
    {"org.guestkeyd1.Manager.GuestHook", &hook_arguments},
    {"org.guestkeyd1.Guest.Purge", &options_only},
    {"org.guestkeyd1.Guest.RenewLease", &seconds_only},
    {"org.freedesktop.DBus.Properties.Get", &a_property},
    {"org.freedesktop.DBus.Properties.GetAll", &an_interface},
    {"org.freedesktop.DBus.Properties.Set", &a_property_and_value},
    {"org.freedesktop.DBus.Introspectable.Introspect", &nothing},
    {"org.freedesktop.DBus.ObjectManager.GetManagedObjects", &nothing},
    {"org.freedesktop.DBus.Peer.Ping", &nothing},
    {"org.freedesktop.DBus.Peer.GetMachineId", &nothing},
};

} // namespace

Answer call_member(const Connection& caller, const Member& member, const CallSubject& subject) {
    const auto arguments = kArguments.find(member.interface + "." + member.name);
    if (arguments == kArguments.end())
        return get_property(caller, member.path, member.interface, member.name).answer();
    Call call(caller, member);
    arguments->second(call, subject);
    return call.answer();
}

std::string outcome_of(const Answer& answer) {
    return answer.ok() ? "ok" : short_name(answer);
}

} // namespace guestkeyd::test
