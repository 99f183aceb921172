// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/guest_check.h"

#include "agent/key_store.h"
#include "agent/secret_needs.h"
#include "guests/libvirt.h"

namespace guestkeyd {

void GuestCheck::run(GuestId guest, Done done) {
    libvirt_.guest_xml(guest, [this, guest, done = std::move(done)](const std::string& xml, auto failure) {
        if (failure)
            return done({}, failure);
        run(guest, xml, done);
    });
}

void GuestCheck::run(GuestId guest, const UniqueFd& xml, Done done) {
    read(guest, xml, std::move(done));
}

void GuestCheck::run(GuestId guest, const std::string& xml, Done done) {
    read(guest, xml, std::move(done));
}

template <typename Xml> void GuestCheck::read(GuestId guest, const Xml& xml, Done done) {
    reader_.read(
        xml, [this, guest, done = std::move(done)](DomainXmlAnswer answer) { judge(guest, std::move(answer), done); });
}

void GuestCheck::judge(GuestId guest, DomainXmlAnswer answer, const Done& done) {
    if (answer.failure)
        return done({}, answer.failure);
    if (answer.summary->guest != guest)
        return done({}, Failure(ErrorCode::InvalidArgs, "the domain XML is of guest " + answer.summary->guest.str() +
                                                            ", not of " + guest.str()));
    auto needs = sort_needs(*answer.summary, store_.find(guest));
    if (needs.elsewhere.empty())
        return done({}, std::nullopt);
    libvirt_.unknown_secrets(std::move(needs.elsewhere), done);
}

} // namespace guestkeyd
