// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service.h"

#include "base/journal.h"
#include "base/privileges.h"

namespace guestkeyd {

namespace {

using namespace std::chrono_literals;

AgentSettings agent_settings(const Config& config, const Helpers& helpers) {
    // The answer has to reach the hook before the hook's own patience ends.
    const HookTimes hook{config.hook_timeout - 500ms, config.keys_needed_timeout, config.open_timeout};
    return {{config.guests, config.keys_per_guest, static_cast<std::uint64_t>(config.expected_within.count())},
            config.domain_uri,
            config.secret_uri,
            helpers.domain_xml_parser,
            hook,
            config.publish_timeout,
            config.longest_loan,
            config.reconcile_interval,
            {config.state_directory + "/host.pem",
             {config.key, config.certificate},
             {config.trusted_authorities, config.trusted_hosts}},
            {{config.jobs_at_once, config.jobs_per_caller, config.jobs_kept, config.job_keep},
             helpers.volume_worker,
             helpers.online_worker,
             helpers.online_folder,
             config.cancel_grace,
             config.domain_uri},
            helpers.mapping_worker};
}

BusSettings bus_settings(const Config& config) {
    return {GUESTKEYD_VERSION,       config.keys_per_guest,          config.key_bytes,
            config.key_read_timeout, config.polkit_calls_per_caller, config.polkit_timeout};
}

// What capabilities are for: afterwards there are none.
Anchor enter_anchor(const Config& config) {
    const auto anchor = Anchor::enter(resolve_user(config.anchor_user));
    drop_capabilities();
    return anchor;
}

} // namespace

Service::Service(const Config& config, const Helpers& helpers)
    : keyring_(enter_anchor(config)), agent_(loop_, keyring_, agent_settings(config, helpers)),
      bus_(connection_, loop_, agent_, bus_settings(config)) {}

int Service::run() {
    journal(Priority::Info, "holding " + std::to_string(agent_.store().key_count()) + " keys of " +
                                std::to_string(agent_.store().guests().size()) + " guests");
    return loop_.run() < 0 ? 1 : 0;
}

} // namespace guestkeyd
