// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/guest_operand.h"

#include <algorithm>
#include <iterator>

namespace guestkeyd::cli {

GuestId guest_named(const std::string& name, const std::vector<Guest>& guests) {
    std::vector<Guest> found;
    std::copy_if(guests.begin(), guests.end(), std::back_inserter(found),
                 [&](const Guest& guest) { return !name.empty() && guest.name == name; });
    if (found.empty())
        throw Failure(ErrorCode::NoSuchGuest, "no guest named " + quoted(name) +
                                                  " has keys here; see guestkeyctl list, or give the guest's UUID "
                                                  "(virsh domuuid tells it)");
    if (found.size() > 1)
        throw Failure(ErrorCode::InvalidArgs, std::to_string(found.size()) + " guests are named " + quoted(name) +
                                                  ", " + found[0].id.str() + " and " + found[1].id.str() +
                                                  " among them; give the UUID of the one you mean");
    return found.front().id;
}

GuestId GuestOperands::operator()(const std::string& operand) {
    if (const auto id = GuestId::try_parse(operand))
        return *id;
    if (!guests_)
        guests_ = client_.guests();
    return guest_named(operand, *guests_);
}

} // namespace guestkeyd::cli
