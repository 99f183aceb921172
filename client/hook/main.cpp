// SPDX-License-Identifier: LGPL-2.1-or-later
// libvirt's qemu hook (https://libvirt.org/hooks.html): tells guestkeyd of each step in a guest's life. libvirt waits
// for it with the guest locked, so it is short, bounded in time, and never asks libvirt anything.
#include "agent_call.h"
#include "base/error.h"
#include "deadline.h"
#include "domainxml/domain_xml.h"
#include "hook_input.h"
#include "settings.h"

#include <algorithm>
#include <unistd.h>

namespace guestkeyd {

namespace {

constexpr std::chrono::seconds kPrepareTime{5};
constexpr std::chrono::minutes kLongestPrepareTime{2};
constexpr std::chrono::seconds kNoticeTime{1};

// The arguments that libvirt gives to a hook.
struct Call {
    std::string guest;
    std::string operation;
    std::string sub_operation;
    std::string extra;
};

// libvirt shows the standard error of a hook that fails to its user, as the end of its own line.
void complain(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' ');
    text += '\n';
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
}

HookReport report_of(const Call& call, const GuestId& guest, std::string_view xml) {
    return {guest.str(), call.operation, call.sub_operation, call.extra, sealed_copy(xml)};
}

int refuse_without_agent(const std::string& guest, const AgentAnswer& answer) {
    const bool stopped = answer.kind == AgentAnswer::Kind::NotRunning;
    complain((stopped ? "guestkeyd is not running" : "guestkeyd cannot be reached (" + answer.text + ")") +
             ", so the keys of guest " + quoted(guest) + " cannot be given to it; " +
             (stopped ? "start it with: systemctl start guestkeyd" : "see: systemctl status guestkeyd") +
             ", then start the guest again");
    return 1;
}

int act_on(const AgentAnswer& answer, const DomainSummary& summary) {
    if (answer.kind == AgentAnswer::Kind::Accepted)
        return 0;
    if (answer.kind == AgentAnswer::Kind::Refused) {
        complain("guestkeyd: " + answer.text);
        return 1;
    }
    if (summary.secrets.empty() || when_agent_is_down(GUESTKEYD_CONF) == WhenAgentIsDown::Start)
        return 0;
    return refuse_without_agent(summary.name, answer);
}

// The guest starts, or arrives from another host, when this returns 0.
int prepare(const Call& call) {
    const Deadline deadline(kPrepareTime);
    try {
        const auto xml = read_standard_input(kMaxDomainXml, deadline);
        const auto summary = parse_domain_xml(xml);
        const auto answer = ask_agent(report_of(call, summary.guest, xml), deadline, Deadline(kLongestPrepareTime));
        return act_on(answer, summary);
    } catch (const std::exception& error) {
        complain("guestkeyd: guest " + quoted(call.guest) + " cannot be prepared: " + error.what());
        return 1;
    }
}

// libvirt waits for this too, possibly in its main loop, and kills the guest if "reconnect" or "started" fails: so it
// succeeds whatever happens, and is silent, because the output of "migrate" and "restore" would replace the domain XML.
void notify(const Call& call) {
    const Deadline deadline(kNoticeTime);
    try {
        const auto xml = read_standard_input(kMaxDomainXml, deadline);
        tell_agent(report_of(call, parse_domain_xml(xml).guest, xml), deadline);
    } catch (const std::exception&) {
        // Nobody to tell: the agent compares with libvirt when it is back.
    }
}

} // namespace

int run(int argc, char** argv) {
    if (argc < 3) {
        complain("this is a hook of libvirt, which calls it with a guest's name, an operation, a sub-operation and an "
                 "extra argument; to see the guests known to guestkeyd use: guestkeyctl list");
        return 1;
    }
    const auto argument = [&](int i) { return std::string(i < argc ? argv[i] : "-"); };
    const Call call{argument(1), argument(2), argument(3), argument(4)};
    if (call.operation == "prepare")
        return prepare(call);
    notify(call);
    return 0;
}

} // namespace guestkeyd

int main(int argc, char** argv) {
    return guestkeyd::run(argc, argv);
}
