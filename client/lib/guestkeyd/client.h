// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "base/id.h"
#include "base/secret_buffer.h"
#include "base/unique_fd.h"
#include "guestkeyd/events.h"
#include "guestkeyd/guest.h"
#include "guestkeyd/job.h"
#include "guestkeyd/volume.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace guestkeyd {

// May polkit ask the user at the keyboard for a password?
enum class Interaction { Allowed, Forbidden };

// Wipe keys of a guest that is running, too?
enum class Force { No, Yes };

// What is not given stays as an earlier request had it, or else is up to the agent.
struct AttachRequest {
    GuestId guest;
    std::vector<Volume> volumes{};
    std::string name{};                        // of the guest, until libvirt tells it
    bool exclusive = false;                    // these are all keys of the guest: purge the others
    std::optional<std::uint64_t> generation{}; // StaleGeneration if keys of a higher one came before
    std::string wipe_on{};                     // destroyed, stopped or undefined
    std::optional<std::chrono::seconds> lease{};
    std::optional<std::chrono::seconds> expected_within{}; // libvirt must come to know the guest, or the keys go
};

// What is said, in clear, to be inside an envelope: polkit decides by it, and the agent refuses anything else.
struct SealedClaim {
    std::optional<GuestId> guest{};
    std::vector<VolumeId> volumes{};
};

// Keys to be handed over to another host.
struct ExportRequest {
    GuestId guest;
    std::vector<VolumeId> volumes{};                 // none: all of the guest
    std::string recipient{};                         // that host's certificate, PEM
    std::optional<std::chrono::seconds> valid_for{}; // not given: up to the agent
};

struct RemoteHost; // guestkeyd/remote.h

// A connection to the agent of this host, over the system bus, or to that of another host, over ssh. Each call waits
// for the agent's answer. Errors are Failure with the agent's code and sentence, or Unreachable. To be used by one
// thread at a time.
class Client {
  public:
    explicit Client(Interaction interaction = Interaction::Forbidden);
    // Keys go there in envelopes, since file descriptors do not get through ssh, and never as they are; the clock of
    // that host must be right within 5 minutes. interaction: may ssh ask for a password, or whether to believe a host
    // key? Unreachable if there is no way to the host's bus; NotTrusted if its host key is not the known one. Their
    // messages, as those of later errors, begin with the address.
    explicit Client(const RemoteHost& host, Interaction interaction = Interaction::Forbidden);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // Returns when the agent answers; for who wants to know before asking a human for keys. Open to every user.
    // Of another host also Unsupported, if that has no certificate to seal keys to.
    void ping();
    Status status();
    std::vector<Guest> guests(); // in the order of their UUIDs
    Guest guest(const GuestId& id);

    // Stores or replaces all keys, or none when it throws: one key a line, in the order of the volumes.
    void attach(const AttachRequest& request, const SecretBuffer& keys);
    // The same with keys from a pipe whose writer closes it soon, or from key_fd().
    void attach(const AttachRequest& request, const UniqueFd& keys);

    // What to seal keys for this host to, in PEM: seal_keys() does, and openssl cms. Open to every user.
    std::string host_certificate();
    // Makes a new one, and returns it; what was sealed to the old one is refused from then on.
    std::string rotate_host_certificate();
    // As attach(), from an envelope. The claim is needed from all but root.
    void attach_sealed(const std::vector<std::uint8_t>& envelope, const SealedClaim& claim = {});
    // Keys in an envelope for a host that this one's configuration trusts; NotTrusted otherwise. They stay here.
    std::vector<std::uint8_t> export_sealed(const ExportRequest& request);

    void detach(const GuestId& guest, const std::vector<VolumeId>& volumes, Force force = Force::No);
    // How many keys were wiped.
    std::uint32_t purge(const GuestId& guest, Force force = Force::No);
    // Forced, guests that run lose their disks on dm-crypt at once.
    std::uint32_t purge_all(Force force = Force::No);

    // The keys live for so long from now, also if they had no lease before.
    void renew_lease(const GuestId& guest, std::chrono::seconds length);

    // Gives keys to libvirt for so long, for what it does with disks of a guest that runs, like hot-plug; none: all of
    // the guest that are delivered to libvirt.
    void lend(const GuestId& guest, const std::vector<VolumeId>& volumes, std::chrono::seconds span);
    // Takes back what is lent.
    void withdraw(const GuestId& guest);

    // By the domain XML that libvirt has of the guest, or by the one given.
    Readiness check(const GuestId& guest);
    Readiness check(const GuestId& guest, std::string_view domain_xml);

    // Work on volumes goes on without us, as a job; keys are one line each.
    JobNumber create_volume(const NewVolume& volume, const SecretBuffer& key);
    JobNumber reencrypt_volume(const Reencryption& volume, const SecretBuffer& old_and_new_key);
    // Whether the key opens the volume; InvalidArgs if that is of another format than the one given.
    bool test_key(const VolumePlace& volume, const SecretBuffer& key, const std::string& format = {});

    std::vector<Job> jobs(); // in the order in which they were asked for
    Job job(JobNumber number);
    // Returns the job once it has ended; calls watch with what it is now, and then some times a second.
    Job wait_for_job(JobNumber number, const std::function<void(const Job&)>& watch = nullptr);
    // Asks the job to end.
    void cancel_job(JobNumber number);

    // Subscribes to what the agent reports, once; run() then calls back until stop(), or throws when the bus goes away.
    void watch(Events events);
    void run();
    void stop(); // from a callback or another thread

  private:
    class Connection;
    void attach_from_afar(const AttachRequest& request, const SecretBuffer& keys);

    std::unique_ptr<Connection> connection_;
};

} // namespace guestkeyd
