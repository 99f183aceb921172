// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "domainxml/domain_summary.h"
#include "guests/guest_event.h"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace guestkeyd {

class EventLoop;
class SecretBuffer;
struct SecretDefinition;
enum class PublishResult;

// libvirt as the loop sees it: nothing here waits. Answers and news come back on the loop, in the order in which
// libvirt gave them. Behind it stand three threads: one runs libvirt's callbacks and keepalive, one makes calls about
// domains, one about secrets. Domain calls have a thread of their own because listing guests waits for a guest that is
// being started, whose hook waits for us, who wait for a call about its secret.
class Libvirt {
  public:
    struct News {
        // The guests there are, each time events have begun to be heard, but for those in changed_meanwhile, of which
        // events have told already.
        std::function<void(const std::vector<ListedGuest>&, const std::set<GuestId>& changed_meanwhile)> listed;
        // Nothing is known of guests until they are listed again.
        std::function<void()> lost;
        // connected() is another than before.
        std::function<void()> connection_changed;
        // takes_secrets() has become true.
        std::function<void()> secrets_taken;
        std::function<void(const GuestEvent&)> event;
    };
    template <typename Answer> using Then = std::function<void(Answer, std::optional<Failure>)>;
    using Done = std::function<void(std::optional<Failure>)>;

    Libvirt(EventLoop& loop, std::string domain_uri, std::string secret_uri, News news);
    Libvirt(const Libvirt&) = delete;
    Libvirt& operator=(const Libvirt&) = delete;
    // Ends the threads; when libvirt holds one in a call for too long, the process is left with it at once.
    ~Libvirt();

    // Both connections are open: events are heard and secrets can be published.
    [[nodiscard]] bool connected() const;
    // Secrets can be published. Guests may not be listed yet, for which libvirt waits as long as a hook holds one.
    [[nodiscard]] bool takes_secrets() const;

    void publish(SecretDefinition definition, SecretBuffer value, Then<PublishResult> then);
    void withdraw(VolumeId volume, Done done);
    // Those of the references that libvirt has no secret for.
    void unknown_secrets(std::vector<SecretRef> references, Then<std::vector<SecretRef>> then);
    // The XML a guest would be started from; NoSuchGuest if libvirt does not know the guest.
    void guest_xml(GuestId guest, Then<std::string> then);
    // Starts a guest that libvirt would have started by itself; false: it would not have, or need not any more.
    void start_autostarted(GuestId guest, StartFrom from, Then<bool> then);
    void list_guests(Then<std::vector<ListedGuest>> then);
    // None if libvirt does not know the guest.
    void look_at(GuestId guest, Then<std::optional<ListedGuest>> then);

  private:
    class Threads;
    std::unique_ptr<Threads> threads_;
};

} // namespace guestkeyd
