// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace guestkeyd {

// guestkeyd.conf(5): what each option means. The values here are its defaults.
struct Config {
    std::string anchor_user = "guestkeyd";
    std::string domain_uri = "qemu:///system";
    std::string secret_uri = "secret:///system";
    std::chrono::seconds hook_timeout{5};
    std::chrono::seconds keys_needed_timeout{2};
    std::chrono::seconds open_timeout{25};
    std::chrono::seconds publish_timeout{30};
    std::chrono::seconds reconcile_interval{60};
    std::chrono::seconds expected_within{3600};
    std::uint32_t guests = 16384;
    std::uint32_t keys_per_guest = 256;
    std::uint32_t key_bytes = 4096;
    std::chrono::seconds key_read_timeout{5};
    std::chrono::seconds longest_loan{3600};
    std::uint32_t polkit_calls_per_caller = 16;
    std::chrono::seconds polkit_timeout{120};
    std::uint32_t jobs_per_caller = 16;
    std::uint32_t jobs_at_once = 4;
    std::chrono::seconds job_keep{3600};
    std::uint32_t jobs_kept = 256;
    std::chrono::seconds cancel_grace{10};
    std::string state_directory = "/var/lib/guestkeyd";
    std::string key; // of the site, with its certificate; empty: the agent makes a pair of its own
    std::string certificate;
    std::string trusted_authorities;
    std::vector<std::string> trusted_hosts; // fingerprints
};

struct LoadedConfig {
    Config config;
    std::vector<std::string> warnings; // one sentence for each line that was not understood and therefore ignored
};

// Reads file, then each *.conf in the folder FILE.d in the order of their names; later lines win. A file that does not
// exist is no error. InvalidArgs for a file that is not in INI form.
LoadedConfig load_config(const std::string& file);

} // namespace guestkeyd
