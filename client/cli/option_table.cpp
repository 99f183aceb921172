// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "base/id.h"
#include "cli/arguments.h"
#include "cli/byte_size.h"
#include "cli/json.h"
#include "cli/time_span.h"

#include <algorithm>
#include <array>
#include <limits>

namespace guestkeyd::cli {

namespace {

template <auto kFlag> void turn_on(Options& options, const char*) {
    options.*kFlag = true;
}

template <auto kFlag> void turn_off(Options& options, const char*) {
    options.*kFlag = false;
}

template <auto kText> void store(Options& options, const char* value) {
    options.*kText = value;
}

template <auto kSpan> void store_time_span(Options& options, const char* value) {
    options.*kSpan = parse_time_span(value);
}

template <auto kSize> void store_size(Options& options, const char* value) {
    options.*kSize = parse_byte_size(value);
}

template <auto kNumber> void store_number(Options& options, const char* value) {
    const auto number = parse_whole_number(value);
    if (!number || *number > std::numeric_limits<std::uint32_t>::max())
        throw Failure(ErrorCode::InvalidArgs, quoted(std::string_view(value)) + " is not a whole number, or too large");
    options.*kNumber = static_cast<std::uint32_t>(*number);
}

void store_generation(Options& options, const char* value) {
    options.generation = parse_whole_number(value);
    if (!options.generation)
        throw Failure(ErrorCode::InvalidArgs,
                      "generation " + quoted(std::string_view(value)) + " is not a whole number; give one from 0");
}

void store_json_mode(Options& options, const char* mode) {
    options.json = parse_json_mode(mode);
}

void store_chosen_json_mode(Options& options, const char*) {
    options.json = choose_json_mode();
}

// Each separated by a comma; what is given again comes on top.
void add_hosts(Options& options, const char* value) {
    const std::string_view text(value);
    for (std::size_t start = 0; start <= text.size();) {
        const auto end = std::min(text.find(',', start), text.size());
        if (end == start)
            throw Failure(ErrorCode::InvalidArgs, "there is no host in " + quoted(text) +
                                                      "; give [USER@]HOST[:PORT], several with commas between them");
        options.hosts.emplace_back(text.substr(start, end - start));
        start = end + 1;
    }
}

constexpr auto kEvery = Reach::EveryVerb;
constexpr auto kOwn = Reach::OwnVerbs;

constexpr std::array kOptions{
    OptionRow{'h', "help", nullptr, kEvery, turn_on<&Options::help>, "Show this help"},
    OptionRow{0, "version", nullptr, kEvery, turn_on<&Options::version>, "Show the version"},
    OptionRow{'H', "host", "HOST[,HOST...]", kEvery, add_hosts, "Talk to the agents of other hosts, by ssh"},
    OptionRow{0, "json", "MODE", kEvery, store_json_mode, "Print JSON: short, pretty or off"},
    OptionRow{'j', nullptr, nullptr, kEvery, store_chosen_json_mode,
              "As --json=pretty on a terminal, else --json=short"},
    OptionRow{0, "no-legend", nullptr, kEvery, turn_off<&Options::legend>, "Print neither headers nor counts"},
    OptionRow{0, "no-pager", nullptr, kEvery, turn_off<&Options::pager>, "Do not pipe output into a pager"},
    OptionRow{0, "no-ask-password", nullptr, kEvery, turn_off<&Options::ask_password>,
              "Never ask for a password to authorize with"},
    OptionRow{'q', "quiet", nullptr, kEvery, turn_on<&Options::quiet>, "Say nothing about what was done"},
    OptionRow{0, "key-file", "FILE", kOwn, store<&Options::key_file>,
              "attach: read keys from FILE, one a line; - is stdin"},
    OptionRow{0, "name", "NAME", kOwn, store<&Options::name>, "attach: the guest's name, until libvirt tells it"},
    OptionRow{0, "exclusive", nullptr, kOwn, turn_on<&Options::exclusive>,
              "attach: purge what other keys the guest has"},
    OptionRow{0, "generation", "NUMBER", kOwn, store_generation, "attach: of this push; then refuse lower ones"},
    OptionRow{0, "wipe-on", "WHEN", kOwn, store<&Options::wipe_on>,
              "attach: destroyed (default), stopped or undefined"},
    OptionRow{0, "lease", "SPAN", kOwn, store_time_span<&Options::lease>,
              "attach, renew: wipe keys after that, unless renewed"},
    OptionRow{0, "expected-within", "SPAN", kOwn, store_time_span<&Options::expected_within>,
              "attach: wipe keys if libvirt has no such guest then"},
    OptionRow{0, "for", "SPAN", kOwn, store_time_span<&Options::lend_for>, "lend: take the keys back after that"},
    OptionRow{0, "domain-xml", "FILE", kOwn, store<&Options::domain_xml>,
              "check: by this XML and not libvirt's; - is stdin"},
    OptionRow{0, "recipient", "FILE", kOwn, store<&Options::recipient>,
              "export, seal, or with -H: certificate to seal keys to"},
    OptionRow{0, "valid-for", "SPAN", kOwn, store_time_span<&Options::valid_for>,
              "export, seal: refuse the envelope after that; 5min"},
    OptionRow{0, "rotate", nullptr, kOwn, turn_on<&Options::rotate>, "cert: make a new one; the old one opens no more"},
    OptionRow{0, "force", nullptr, kOwn, turn_on<&Options::force>, "detach, purge: also when the guest is running"},
    OptionRow{0, "new-key-file", "FILE", kOwn, store<&Options::new_key_file>,
              "reencrypt: the new key; else it follows the old one"},
    OptionRow{0, "format", "FORMAT", kOwn, store<&Options::format>, "create: luks2, luks1 or qcow2"},
    OptionRow{0, "size", "SIZE", kOwn, store_size<&Options::size>, "create: what the guest sees, like 10G"},
    OptionRow{0, "cipher", "CIPHER", kOwn, store<&Options::cipher>, "create: as dm-crypt spells it; aes-xts-plain64"},
    OptionRow{0, "key-size", "BITS", kOwn, store_number<&Options::key_size>, "create: of the volume key; 512"},
    OptionRow{0, "sector-size", "BYTES", kOwn, store_number<&Options::sector_size>, "create: of luks2; 512"},
    OptionRow{0, "label", "LABEL", kOwn, store<&Options::label>, "create: of luks2"},
    OptionRow{0, "pbkdf", "PBKDF", kOwn, store<&Options::pbkdf>, "create, reencrypt: minimal, or argon2id for people"},
    OptionRow{0, "overwrite", nullptr, kOwn, turn_on<&Options::overwrite>, "create: destroy what is there"},
    OptionRow{0, "hotzone", "SIZE", kOwn, store_size<&Options::hotzone>, "reencrypt: in work at a time; 8M, or 4M"},
    OptionRow{0, "resilience", "HOW", kOwn, store<&Options::resilience>, "reencrypt: checksum or journal"},
    OptionRow{0, "target", "PATH", kOwn, store<&Options::target>, "reencrypt: block device for the copy"},
    OptionRow{0, "online", nullptr, kOwn, turn_on<&Options::online>,
              "reencrypt: while luks2 is open; a guest may write"},
    OptionRow{0, "no-wait", nullptr, kOwn, turn_on<&Options::no_wait>,
              "create, reencrypt: print the job and leave it to run"},
    OptionRow{0, "all", nullptr, kOwn, turn_on<&Options::all>, "purge: the keys of all guests, running ones too"},
};

} // namespace

std::span<const OptionRow> option_rows() {
    return kOptions;
}

} // namespace guestkeyd::cli
