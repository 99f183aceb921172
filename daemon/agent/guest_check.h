// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/domain_xml_reader.h"

#include <functional>
#include <string>
#include <vector>

namespace guestkeyd {

class KeyStore;
class Libvirt;

// Would a guest start now, as far as keys are concerned?
class GuestCheck {
  public:
    using Done = std::function<void(std::vector<SecretRef> missing, std::optional<Failure>)>;

    GuestCheck(Libvirt& libvirt, KeyStore& store, DomainXmlReader& reader)
        : libvirt_(libvirt), store_(store), reader_(reader) {}

    // With the XML that libvirt would start the guest from, or one that is given.
    void run(GuestId guest, Done done);
    void run(GuestId guest, const UniqueFd& xml, Done done);
    void run(GuestId guest, const std::string& xml, Done done);

  private:
    template <typename Xml> void read(GuestId guest, const Xml& xml, Done done);
    void judge(GuestId guest, DomainXmlAnswer answer, const Done& done);

    Libvirt& libvirt_;
    KeyStore& store_;
    DomainXmlReader& reader_;
};

} // namespace guestkeyd
