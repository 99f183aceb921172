// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/verbs.h"

#include "base/error.h"
#include "base/id.h"

#include <algorithm>
#include <array>
#include <limits>

namespace guestkeyd::cli {

namespace {

constexpr auto kAny = std::numeric_limits<std::size_t>::max();

constexpr std::array<std::string_view, 8> kAttachOptions{"key-file", "name",  "exclusive",       "generation",
                                                         "wipe-on",  "lease", "expected-within", "recipient"};
constexpr std::array<std::string_view, 9> kSealOptions{
    "key-file", "name", "exclusive", "generation", "wipe-on", "lease", "expected-within", "recipient", "valid-for"};
constexpr std::array<std::string_view, 2> kExportOptions{"recipient", "valid-for"};
constexpr std::array<std::string_view, 1> kCertOptions{"rotate"};
constexpr std::array<std::string_view, 1> kRenewOptions{"lease"};
constexpr std::array<std::string_view, 1> kLendOptions{"for"};
constexpr std::array<std::string_view, 1> kDetachOptions{"force"};
constexpr std::array<std::string_view, 2> kPurgeOptions{"force", "all"};
constexpr std::array<std::string_view, 1> kCheckOptions{"domain-xml"};

constexpr std::array<std::string_view, 11> kCreateOptions{"recipient", "key-file",  "format",      "size",
                                                          "cipher",    "key-size",  "sector-size", "label",
                                                          "pbkdf",     "overwrite", "no-wait"};
constexpr std::array<std::string_view, 2> kTestOptions{"key-file", "recipient"};
constexpr std::array<std::string_view, 9> kReencryptOptions{
    "recipient", "key-file", "new-key-file", "pbkdf", "hotzone", "resilience", "target", "online", "no-wait"};

constexpr std::array kVerbs{
    Verb{"list", "Guests", "", 0, 0, {}, list_guests, "List the guests that have keys here (default)"},
    Verb{"show", "Guests", "GUEST...", 1, kAny, {}, show_guests, "Show all there is to know of guests"},
    Verb{"check", "Guests", "GUEST...", 1, kAny, kCheckOptions, check_guests, "Would guests start, or arrive, now?"},
    Verb{"attach", "Keys", "GUEST VOLUME[,NAME=VALUE...]...", 2, kAny, kAttachOptions, attach_keys,
         "Store or replace keys of a guest's volumes"},
    Verb{"renew", "Keys", "GUEST... --lease=SPAN", 1, kAny, kRenewOptions, renew_leases,
         "Let keys of guests live for so long from now"},
    Verb{"lend", "Keys", "GUEST [VOLUME...] --for=SPAN", 1, kAny, kLendOptions, lend_keys,
         "Give keys to libvirt for a while: for hot-plug, copies"},
    Verb{"withdraw", "Keys", "GUEST...", 1, kAny, {}, withdraw_keys, "Take back what was lent of guests"},
    Verb{"detach", "Keys", "GUEST VOLUME...", 2, kAny, kDetachOptions, detach_keys, "Wipe keys of single volumes"},
    Verb{"purge", "Keys", "GUEST...|--all", 0, kAny, kPurgeOptions, purge_keys, "Wipe all keys of guests"},
    Verb{"cert", "Sealed keys", "", 0, 0, kCertOptions, show_certificate,
         "Show the certificate to seal keys for this host to"},
    Verb{"seal", "Sealed keys", "GUEST VOLUME[,NAME=VALUE...]... --recipient=FILE", 2, kAny, kSealOptions,
         seal_keys_away, "As attach, but write an envelope for another host"},
    Verb{"export", "Sealed keys", "GUEST [VOLUME...] --recipient=FILE", 1, kAny, kExportOptions, export_keys,
         "Write keys that are here into an envelope"},
    Verb{"import",
         "Sealed keys",
         "[GUEST VOLUME...]",
         0,
         kAny,
         {},
         import_keys,
         "Attach keys from an envelope on standard input"},
    Verb{"volume create", "Volumes", "VOLUME --format=FORMAT", 1, 1, kCreateOptions, create_volume,
         "Make an encrypted volume that the key opens"},
    Verb{"volume test", "Volumes", "VOLUME", 1, 1, kTestOptions, test_volume_key, "Does the key open the volume?"},
    Verb{"volume reencrypt", "Volumes", "VOLUME", 1, 1, kReencryptOptions, reencrypt_volume,
         "Encrypt a volume anew, for a new key"},
    Verb{"job list", "Volumes", "", 0, 0, {}, list_jobs, "List the jobs that work on volumes"},
    Verb{"job show", "Volumes", "JOB...", 1, kAny, {}, show_jobs, "Show all there is to know of jobs"},
    Verb{"job wait", "Volumes", "JOB...", 1, kAny, {}, wait_for_jobs, "Wait for jobs and show how they get on"},
    Verb{"job cancel", "Volumes", "JOB...", 1, kAny, {}, cancel_jobs, "Ask jobs to end"},
    Verb{"status", "Agent", "", 0, 0, {}, show_status, "Show how the agent is"},
    Verb{"monitor", "Agent", "", 0, 0, {}, monitor_agent, "Show what happens to guests and keys"},
    Verb{"help", "Agent", "", 0, 0, {}, show_help, "Show this help"},
};

Failure wrong_use(const std::string& what) {
    return Failure(ErrorCode::InvalidArgs, what + "; see guestkeyctl --help");
}

void require_operands(const Verb& verb, std::size_t given) {
    if (given >= verb.min_operands && given <= verb.max_operands)
        return;
    const auto name = std::string(verb.name);
    throw wrong_use(verb.operands.empty()
                        ? name + " takes no operands"
                        : name + " needs operands: guestkeyctl " + name + " " + std::string(verb.operands));
}

void require_options(const Verb& verb, const std::vector<std::string>& given) {
    for (const auto& option : given)
        if (std::find(verb.options.begin(), verb.options.end(), option) == verb.options.end())
            throw wrong_use("option --" + option + " does not go with " + std::string(verb.name));
}

} // namespace

std::span<const Verb> verbs() {
    return kVerbs;
}

const Verb& verb_of(const Invocation& invocation) {
    const auto name = invocation.verb.empty() ? std::string_view("list") : std::string_view(invocation.verb);
    const auto verb = std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& each) { return each.name == name; });
    if (verb == kVerbs.end())
        throw wrong_use("unknown verb " + quoted(name));
    require_operands(*verb, invocation.operands.size());
    require_options(*verb, invocation.own_options);
    return *verb;
}

} // namespace guestkeyd::cli
