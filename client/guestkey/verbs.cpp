// SPDX-License-Identifier: LGPL-2.1-or-later
// All commands and options, in the order of --help.
#include "guestkey/command_line.h"
#include "guestkey/guests.h"
#include "guestkey/hosts.h"
#include "guestkey/run.h"
#include "guestkey/status.h"
#include "guestkey/store.h"
#include "guestkey/virt_tools.h"
#include "guestkey/volumes.h"

#include "cli/exit_status.h"

#include <array>
#include <iomanip>
#include <iostream>

namespace guestkeyd::guestkey {

namespace {

constexpr std::array kOptions{
    OptionRow{"help", nullptr, "Show this help"},
    OptionRow{"version", nullptr, "Show the version"},
    OptionRow{"json", "MODE", "Print JSON: short, pretty or off; -j chooses"},
    OptionRow{"no-legend", nullptr, "Print neither headers nor counts"},
    OptionRow{"quiet", nullptr, "Say nothing about what was done"},
    OptionRow{"database", "FILE", "The key database; $XDG_DATA_HOME/guestkey/keys.db"},
    OptionRow{"unlock", "FILE", "Its passphrase or key file; - is stdin"},
    OptionRow{"key-file", "FILE", "init, protect: open with this file, which is made; import: the key"},
    OptionRow{"passphrase-file", "FILE", "init, protect, export, import: the passphrase; - is stdin"},
    OptionRow{"secret-service", nullptr, "init, protect: open with a key that the desktop's Secret Service keeps"},
    OptionRow{"format", "FORMAT", "create: qcow2 (default), luks1 or luks2"},
    OptionRow{"size", "SIZE", "create: what the guest sees, like 10G"},
    OptionRow{"overwrite", nullptr, "create: destroy what is there"},
    OptionRow{"uuid", "UUID", "import: of the secret in the domain XML"},
    OptionRow{"host", "HOST", "setup: where"},
    OptionRow{"xml", "FILE", "setup: define the guest by this domain XML; - is stdin"},
    OptionRow{"agent", "[USER@]HOST[:PORT]", "add: where ssh reaches the agent, if not by the URI"},
    OptionRow{"ca", "FILE", "add: keys go to any certificate of this CA, not to the first one seen"},
    OptionRow{"keys-only", nullptr, "setup: somebody else defines the guest, within an hour"},
    OptionRow{"to", "HOST", "migrate: where to"},
    OptionRow{"migrate-uri", "URI", "migrate: for what QEMU sends, as virsh --migrateuri"},
    OptionRow{"disks-uri", "URI", "migrate: for disks, as virsh --disks-uri"},
    OptionRow{"unsafe", nullptr, "migrate: as virsh --unsafe"},
    OptionRow{"rekey-every", "SPAN", "policy: like 90d, or never"},
    OptionRow{"rekey-after-migration", nullptr, "policy: after each migration of a guest with it"},
    OptionRow{"extensions", "DIR", "virt-install, virt-manager: of them (" GUESTKEY_EXTENSIONS ")"},
};

constexpr std::size_t kAny = 1000;

void print_row(const std::string& what, std::string_view help) {
    constexpr int kColumn = 32;
    std::cout << "  " << std::left << std::setw(kColumn) << what << ' ' << help << '\n';
}

} // namespace

std::span<const OptionRow> option_rows() {
    return kOptions;
}

const std::vector<Verb>& verbs() {
    static const std::vector<Verb> verbs{
        {"init", "", 0, 0, {"key-file", "passphrase-file", "secret-service"}, make_database, "Make the key database"},
        {"protect",
         "",
         0,
         0,
         {"key-file", "passphrase-file", "secret-service"},
         change_protection,
         "Have it open with something else"},
        {"export", "FILE", 1, 1, {"passphrase-file"}, export_database, "Make an encrypted backup"},
        {"import",
         "FILE",
         1,
         1,
         {"passphrase-file"},
         import_database,
         "Add what a backup has and the database has not"},
        {"host add", "NAME URI", 2, 2, {"agent", "ca"}, add_host, "Add a host, by the URI of its libvirt"},
        {"host trust", "NAME", 1, 1, {}, trust_host, "Send keys for the certificate that a host has now"},
        {"host list", "", 0, 0, {}, list_hosts, "List the hosts, and how they are"},
        {"host remove", "NAME", 1, 1, {}, remove_host, "Remove a host"},
        {"volume create",
         "HOST VOLUME",
         2,
         2,
         {"format", "size", "overwrite"},
         create_volume,
         "Make an encrypted volume with a new key"},
        {"volume list", "", 0, 0, {}, list_volumes, "List the volumes"},
        {"volume show", "VOLUME", 1, 1, {}, show_volume, "Show all there is to know of a volume"},
        {"volume test", "VOLUME", 1, 1, {}, test_volume, "Does a key of the database open the volume?"},
        {"volume import",
         "HOST VOLUME",
         2,
         2,
         {"key-file", "uuid"},
         import_volume,
         "Add a volume that is there, with its key"},
        {"volume rekey", "VOLUME", 1, 1, {}, rekey_volume, "Encrypt a volume anew, for a new key"},
        {"volume forget", "VOLUME", 1, 1, {}, forget_volume, "Forget the keys of a volume for ever"},
        {"guest setup",
         "GUEST",
         1,
         1,
         {"host", "xml", "keys-only"},
         set_up_guest,
         "Give a host all keys of a guest, and define it"},
        {"guest list", "", 0, 0, {}, list_guests, "List the guests"},
        {"guest migrate",
         "GUEST",
         1,
         1,
         {"to", "migrate-uri", "disks-uri", "unsafe"},
         migrate_guest,
         "Move a guest and its keys to another host"},
        {"guest destroy", "GUEST", 1, 1, {}, destroy_guest, "Destroy and undefine a guest, and see its keys gone"},
        {"policy set",
         "VOLUME",
         1,
         1,
         {"rekey-every", "rekey-after-migration"},
         set_policy,
         "When guestkey run rekeys a volume"},
        {"status", "", 0, 0, {}, show_status, "Show what is where, due, or wrong (default)"},
        {"run", "", 0, 0, {}, run_server, "Answer hosts that need keys, carry out policies"},
        {"virt-install",
         "[OPTION...]",
         0,
         kAny,
         {"extensions"},
         run_virt_tool,
         "Run virt-install, which has --encrypt then"},
        {"virt-manager",
         "[OPTION...]",
         0,
         kAny,
         {"extensions"},
         run_virt_tool,
         "Run virt-manager, which can encrypt volumes then"},
        {"help", "", 0, kAny, {}, show_help, "Show this help"},
    };
    return verbs;
}

int show_help(const Invocation&) {
    std::cout << "guestkey [OPTION...] COMMAND [OPERAND...]\n\n"
                 "Keep the keys of encrypted volumes, and give them to the hosts of libvirt guests.\n\n";
    for (const auto& verb : verbs())
        print_row(std::string(verb.name) + (verb.operands.empty() ? "" : " " + std::string(verb.operands)), verb.help);
    std::cout << "\nVOLUME is a path beginning with / or ./, POOL/NAME of libvirt, or the UUID of the\n"
                 "secret in the domain XML. GUEST is a name or UUID.\n\nOptions:\n";
    for (const auto& row : kOptions)
        print_row(std::string("--") + row.name + (row.argument ? std::string("=") + row.argument : ""), row.help);
    std::cout << "\nSee guestkey(1) for details and exit statuses.\n";
    return cli::kDone;
}

} // namespace guestkeyd::guestkey
