// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/exit_status.h"
#include "cli/job_progress.h"
#include "cli/json.h"
#include "cli/key_input.h"
#include "cli/session.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "cli/volume_place.h"

#include <iostream>

namespace guestkeyd::cli {

namespace {

VolumePlace place_of(const Invocation& invocation) {
    require_host_for_recipient(invocation.options);
    const auto& operand = invocation.operands.front();
    if (!invocation.options.hosts.empty() && operand.starts_with('.'))
        throw Failure(ErrorCode::InvalidArgs, "the folder that you are in is not on the other host; give a path that "
                                              "begins with /");
    return parse_volume_place(operand);
}

NewVolume new_volume(VolumePlace place, const Options& options) {
    return {std::move(place),
            options.format.value_or(""),
            options.size,
            options.cipher.value_or(""),
            options.key_size,
            options.sector_size,
            options.label.value_or(""),
            options.pbkdf.value_or(""),
            options.overwrite};
}

Reencryption reencryption(VolumePlace place, const Options& options) {
    return {std::move(place),
            options.pbkdf.value_or(""),
            options.hotzone,
            options.resilience.value_or(""),
            options.target.value_or(""),
            options.online};
}

// The old key, then the new one: two lines of one file, or of two files.
SecretBuffer read_old_and_new_key(const std::string& volume, const Options& options) {
    const auto old_title = "old key of volume " + volume;
    const auto new_title = "new key of volume " + volume;
    if (!options.new_key_file)
        return read_new_key(options.key_file, {old_title, new_title});
    const auto old_key = read_keys(options.key_file, {old_title});
    const auto new_key = read_new_key(options.new_key_file, {new_title});
    SecretBuffer both(old_key.size() + new_key.size());
    both.append(old_key.view());
    both.append(new_key.view());
    return both;
}

int follow_unless_told(Client& agent, JobNumber job, const Options& options) {
    if (!options.no_wait)
        return follow_job(agent, job, options);
    if (options.json != Json::Off)
        print_json({{"job", job}}, options.json);
    else
        std::cout << job << '\n';
    return kDone;
}

} // namespace

int create_volume(const Invocation& invocation) {
    const auto& options = invocation.options;
    const auto volume = new_volume(place_of(invocation), options);
    Session agent(options);
    agent->ping(); // nobody shall type keys for an agent that is not there
    const auto key = read_new_key(options.key_file, {"key of volume " + human_place(volume.place)});
    return follow_unless_told(*agent, agent->create_volume(volume, key), options);
}

int reencrypt_volume(const Invocation& invocation) {
    const auto& options = invocation.options;
    const auto volume = reencryption(place_of(invocation), options);
    Session agent(options);
    agent->ping();
    const auto keys = read_old_and_new_key(human_place(volume.place), options);
    return follow_unless_told(*agent, agent->reencrypt_volume(volume, keys), options);
}

int test_volume_key(const Invocation& invocation) {
    const auto& options = invocation.options;
    const auto place = place_of(invocation);
    const auto name = human_place(place);
    Session agent(options);
    agent->ping();
    const bool opens = agent->test_key(place, read_keys(options.key_file, {"key of volume " + name}));
    if (options.json != Json::Off)
        print_json({{"volume", name}, {"opens", opens}}, options.json);
    else if (!options.quiet)
        std::cout << "the key " << (opens ? "opens" : "does not open") << " volume " << printable(name) << '\n';
    return opens ? kDone : kWrongKey;
}

} // namespace guestkeyd::cli
