// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.h"
#include "cli/exit_status.h"
#include "cli/pager.h"
#include "cli/verbs.h"

#include <iomanip>
#include <iostream>

namespace guestkeyd::cli {

namespace {

constexpr int kHelpColumn = 25;

void print_row(const std::string& what, std::string_view help) {
    constexpr int kIndent = 2;
    const bool fits = what.size() + kIndent < kHelpColumn;
    std::cout << std::string(kIndent, ' ') << std::left << std::setw(fits ? kHelpColumn - kIndent : 0) << what;
    if (!fits)
        std::cout << '\n' << std::string(kHelpColumn, ' ');
    std::cout << help << '\n';
}

void print_verbs() {
    std::string_view group;
    for (const auto& verb : verbs()) {
        if (verb.group != group)
            std::cout << '\n' << verb.group << ":\n";
        group = verb.group;
        const auto separator = verb.operands.empty() ? "" : " ";
        print_row(std::string(verb.name) + separator + std::string(verb.operands), verb.help);
    }
}

void print_options(Reach reach) {
    for (const auto& row : option_rows()) {
        if (row.reach != reach)
            continue;
        std::string what = row.letter != 0 ? std::string("-") + row.letter : "  ";
        if (row.name)
            what += std::string(" --") + row.name;
        if (row.argument)
            what += std::string("=") + row.argument;
        print_row(what, row.help);
    }
}

} // namespace

int show_help(const Invocation& invocation) {
    const Pager pager(invocation.options);
    std::cout << "guestkeyctl [OPTION...] VERB [OPERAND...]\n\n"
                 "Hand over, look after and wipe the keys of this host's libvirt guests.\n";
    print_verbs();
    std::cout << "\nGUEST is a UUID, or the name of a guest that has keys here. VOLUME is the UUID\n"
                 "of <secret/> in the domain XML; with attach, these may follow it:\n";
    print_row("delivery=HOW", "libvirt-secret (default), dm-crypt, or none");
    print_row("usage-type=TYPE", "of the libvirt secret: volume, ceph, iscsi, tls, vtpm");
    print_row("usage-id=ID", "what it is used for, like the path of the volume");
    print_row("device=PATH", "with dm-crypt: the block device that the volume is on");
    print_row("mapping=NAME", "with dm-crypt: open it as /dev/mapper/NAME");
    std::cout << "\nWith volume, VOLUME is a path beginning with / or ./, or POOL/NAME of libvirt.\n";
    std::cout << "\nSPAN is seconds, or numbers with units: 90s, 15min, 1h30min, 7d, 2w.\n";
    std::cout << "\nOptions:\n";
    print_options(Reach::EveryVerb);
    std::cout << "\nOptions of single verbs:\n";
    print_options(Reach::OwnVerbs);
    std::cout << "\nSee guestkeyctl(1) for details and exit statuses.\n";
    return kDone;
}

} // namespace guestkeyd::cli
