// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/options.h"

#include <initializer_list>
#include <span>
#include <string_view>

namespace guestkeyd::cli {

// What a verb does; returns the exit status, or throws Failure.
int show_status(const Invocation& invocation);
int monitor_agent(const Invocation& invocation);
int list_guests(const Invocation& invocation);
int show_guests(const Invocation& invocation);
int check_guests(const Invocation& invocation);
int attach_keys(const Invocation& invocation);
int renew_leases(const Invocation& invocation);
int lend_keys(const Invocation& invocation);
int withdraw_keys(const Invocation& invocation);
int detach_keys(const Invocation& invocation);
int purge_keys(const Invocation& invocation);
int seal_keys_away(const Invocation& invocation);
int export_keys(const Invocation& invocation);
int import_keys(const Invocation& invocation);
int show_certificate(const Invocation& invocation);
int create_volume(const Invocation& invocation);
int test_volume_key(const Invocation& invocation);
int reencrypt_volume(const Invocation& invocation);
int list_jobs(const Invocation& invocation);
int show_jobs(const Invocation& invocation);
int wait_for_jobs(const Invocation& invocation);
int cancel_jobs(const Invocation& invocation);
int show_help(const Invocation& invocation);

struct Verb {
    std::string_view name;
    std::string_view group;
    std::string_view operands; // as --help shows them
    std::size_t min_operands;
    std::size_t max_operands;
    std::span<const std::string_view> options; // those that are not for every verb
    int (*run)(const Invocation&);
    std::string_view help;
};

// All verbs, in the order of --help: those of one group follow each other.
std::span<const Verb> verbs();

// The verb of a command line, "list" if it names none. InvalidArgs for a verb that is unknown, or that does not go with
// the number of operands or an option.
const Verb& verb_of(const Invocation& invocation);

} // namespace guestkeyd::cli
