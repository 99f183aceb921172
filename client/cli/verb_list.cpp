// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/exit_status.h"
#include "cli/guest_operand.h"
#include "cli/hosts.h"
#include "cli/json.h"
#include "cli/pager.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <iostream>

namespace guestkeyd::cli {

namespace {

using Listed = OfHost<Guest>;

Table table_of(const std::vector<Listed>& guests, const Options& options) {
    Table table(header_with_host(options, {"UUID", "NAME", "STATE", "VOLUMES", "LAST-USED"}));
    for (const auto& [host, guest] : guests)
        table.add(row_with_host(host, {guest.id.str(), guest.name.empty() ? "-" : guest.name,
                                       std::string(state_name(guest.state)), std::to_string(guest.volumes.size()),
                                       human_time(guest.last_used, "-")}));
    return table;
}

void print_list(const std::vector<Listed>& guests, const Options& options) {
    const Pager pager(options);
    if (!guests.empty())
        table_of(guests, options).print(std::cout, options.legend);
    if (options.legend)
        std::cout << (guests.empty() ? "No guests." : "\n" + counted(guests.size(), "guest") + " listed.") << '\n';
}

JsonValue json_of_each(const std::vector<Listed>& guests) {
    auto json = JsonValue::array();
    for (const auto& [host, guest] : guests)
        json.push_back(with_host(host, json_of(guest)));
    return json;
}

std::string describe(const Volume& volume) {
    auto text = volume.id.str() + "  " + volume.delivery;
    if (!volume.usage_type.empty() || !volume.usage_id.empty())
        text += ", usage " + volume.usage_type + " " + volume.usage_id;
    if (!volume.device.empty())
        text += ", " + volume.device + " as /dev/mapper/" + volume.mapping;
    return printable(text);
}

void print_guest(const Guest& guest) {
    std::cout << human_guest(guest) << '\n'
              << "      State: " << state_name(guest.state) << '\n'
              << "    Wipe on: " << printable(guest.wipe_on) << '\n'
              << "      Lease: " << (guest.lease_expires ? "until " : "") << human_time(guest.lease_expires, "none")
              << '\n'
              << " Generation: " << (guest.generation ? std::to_string(*guest.generation) : "none") << '\n'
              << "  Last used: " << human_time(guest.last_used, "never") << '\n';
    const char* label = "    Volumes: ";
    for (const auto& volume : guest.volumes) {
        std::cout << label << describe(volume) << '\n';
        label = "             ";
    }
}

void print_guests(const std::vector<Listed>& guests, const Options& options) {
    const Pager pager(options);
    const char* separator = "";
    for (const auto& guest : guests) {
        std::cout << separator;
        print_guest(guest.answer);
        separator = "\n";
    }
}

} // namespace

int list_guests(const Invocation& invocation) {
    int status = kDone;
    const auto guests = each_of(ask_hosts(invocation.options, status, [](Client& agent) { return agent.guests(); }));
    if (invocation.options.json != Json::Off)
        print_json(json_of_each(guests), invocation.options.json);
    else
        print_list(guests, invocation.options);
    return status;
}

int show_guests(const Invocation& invocation) {
    Session agent(invocation.options);
    GuestOperands guest_of(*agent);
    std::vector<Listed> guests;
    const int status = for_each_operand(invocation.operands, [&](const std::string& operand) {
        guests.push_back({host_name(invocation.options), agent->guest(guest_of(operand))});
        return kDone;
    });
    if (invocation.options.json != Json::Off)
        print_json(json_of_each(guests), invocation.options.json);
    else
        print_guests(guests, invocation.options);
    return status;
}

} // namespace guestkeyd::cli
