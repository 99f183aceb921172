// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/domain_xml_reader.h"
#include "agent/secret_needs.h"
#include "base/unique_fd.h"
#include "loop/ongoing.h"
#include "loop/timer.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace guestkeyd {

class KeyLog;
class KeyStore;
class Libvirt;
class SecretPublisher;

// What the agent does when libvirt's qemu hook reports (https://libvirt.org/hooks.html): before a guest starts, it
// gives out the secrets that the guest's XML names; once QEMU has them, or the start failed, it takes them back.
// libvirt holds the guest's lock while the hook waits for us, so nothing here may ask libvirt about the guest.
class GuestHook {
  public:
    using Done = std::function<void(std::optional<Failure>)>;

    GuestHook(EventLoop& loop, Libvirt& libvirt, KeyStore& store, SecretPublisher& publisher, DomainXmlReader& reader,
              const KeyLog& log, std::chrono::milliseconds timeout);

    // xml: a descriptor that a child can read to its end.
    void run(GuestId guest, const std::string& operation, const UniqueFd& xml, Done done);

  private:
    class Prepare;

    EventLoop& loop_;
    Libvirt& libvirt_;
    KeyStore& store_;
    SecretPublisher& publisher_;
    DomainXmlReader& reader_;
    const KeyLog& log_;
    const std::chrono::milliseconds timeout_;
};

} // namespace guestkeyd
