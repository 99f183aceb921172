// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/config.h"

#include "base/error.h"
#include "base/id.h"
#include "base/text.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <ini.h>
#include <optional>

namespace guestkeyd {

namespace {

namespace fs = std::filesystem;

std::optional<std::uint32_t> parse_count(const std::string& text, std::uint32_t least = 1) {
    const auto value = parse_number<std::uint32_t>(text);
    return value >= least ? value : std::nullopt;
}

// SHA-256 in hex, with or without colons.
bool is_fingerprint(const std::string& text) {
    constexpr std::ptrdiff_t kDigits = 64;
    return text.find_first_not_of("0123456789abcdefABCDEF:") == std::string::npos &&
           std::count_if(text.begin(), text.end(), [](char c) { return c != ':'; }) == kDigits;
}

// One option: where it stands in the file and how its text is taken over; false if the text makes no sense.
struct Option {
    const char* section;
    const char* name;
    std::function<bool(Config&, const std::string&)> assign;
};

Option text(const char* section, const char* name, std::string Config::*member) {
    return {section, name, [member](Config& config, const std::string& value) {
                config.*member = value;
                return !value.empty();
            }};
}

// One of several, which add up; an empty one starts over.
Option fingerprint(const char* section, const char* name, std::vector<std::string> Config::*member) {
    return {section, name, [member](Config& config, const std::string& value) {
                if (value.empty())
                    (config.*member).clear();
                else if (is_fingerprint(value))
                    (config.*member).push_back(value);
                return value.empty() || is_fingerprint(value);
            }};
}

Option count(const char* section, const char* name, std::uint32_t Config::*member) {
    return {section, name, [member](Config& config, const std::string& value) {
                const auto number = parse_count(value);
                config.*member = number.value_or(config.*member);
                return number.has_value();
            }};
}

Option seconds(const char* section, const char* name, std::chrono::seconds Config::*member, std::uint32_t least = 1) {
    return {section, name, [member, least](Config& config, const std::string& value) {
                const auto number = parse_count(value, least);
                config.*member = number ? std::chrono::seconds(*number) : config.*member;
                return number.has_value();
            }};
}

const std::vector<Option>& options() {
    static const std::vector<Option> all{
        text("Agent", "AnchorUser", &Config::anchor_user),
        text("Libvirt", "DomainUri", &Config::domain_uri),
        text("Libvirt", "SecretUri", &Config::secret_uri),
        seconds("Libvirt", "HookTimeoutSec", &Config::hook_timeout),
        seconds("Libvirt", "KeysNeededTimeoutSec", &Config::keys_needed_timeout, 0),
        seconds("Libvirt", "OpenTimeoutSec", &Config::open_timeout),
        seconds("Libvirt", "PublishTimeoutSec", &Config::publish_timeout),
        seconds("Libvirt", "ReconcileSec", &Config::reconcile_interval),
        seconds("Agent", "ExpectedWithinSec", &Config::expected_within),
        count("Limits", "Guests", &Config::guests),
        count("Limits", "KeysPerGuest", &Config::keys_per_guest),
        count("Limits", "KeyBytes", &Config::key_bytes),
        seconds("Limits", "KeyReadTimeoutSec", &Config::key_read_timeout),
        seconds("Limits", "LendSec", &Config::longest_loan),
        count("Limits", "PolkitCallsPerCaller", &Config::polkit_calls_per_caller),
        seconds("Limits", "PolkitTimeoutSec", &Config::polkit_timeout),
        count("Limits", "JobsPerCaller", &Config::jobs_per_caller),
        count("Jobs", "AtOnce", &Config::jobs_at_once),
        seconds("Jobs", "KeepSec", &Config::job_keep),
        count("Jobs", "Kept", &Config::jobs_kept),
        seconds("Jobs", "CancelGraceSec", &Config::cancel_grace),
        text("Sealing", "StateDirectory", &Config::state_directory),
        text("Sealing", "Key", &Config::key),
        text("Sealing", "Certificate", &Config::certificate),
        text("Sealing", "TrustedAuthorities", &Config::trusted_authorities),
        fingerprint("Sealing", "TrustedHost", &Config::trusted_hosts),
    };
    return all;
}

bool same(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return std::tolower(a) == std::tolower(b); });
}

// What the hook reads from the same file.
bool belongs_to_hook(const std::string& section) {
    return same(section, "Hook");
}

void apply(LoadedConfig& loaded, const std::string& file, const std::string& section, const std::string& name,
           const std::string& value) {
    const auto& all = options();
    const auto option = std::find_if(all.begin(), all.end(), [&](const Option& each) {
        return same(each.section, section) && same(each.name, name);
    });
    const std::string where = file + ": [" + section + "] " + name;
    if (option == all.end()) {
        if (!belongs_to_hook(section))
            loaded.warnings.push_back(where + " is not an option of guestkeyd, and is ignored");
    } else if (!option->assign(loaded.config, value)) {
        loaded.warnings.push_back(where + "= cannot be " + quoted(value) + ", which is ignored");
    }
}

struct FileInProgress {
    LoadedConfig& loaded;
    const std::string& file;
};

int on_line(void* user, const char* section, const char* name, const char* value) {
    const auto& progress = *static_cast<FileInProgress*>(user);
    apply(progress.loaded, progress.file, section, name, value ? value : "");
    return 1;
}

void read_file(LoadedConfig& loaded, const std::string& file) {
    FileInProgress progress{loaded, file};
    const int line = ini_parse(file.c_str(), &on_line, &progress);
    if (line > 0)
        throw Failure(ErrorCode::InvalidArgs,
                      file + ": line " + std::to_string(line) + " is neither [Section] nor Option=value");
}

} // namespace

LoadedConfig load_config(const std::string& file) {
    LoadedConfig loaded;
    read_file(loaded, file);
    std::vector<std::string> snippets;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(file + ".d", missing))
        if (entry.path().extension() == ".conf")
            snippets.push_back(entry.path().string());
    std::sort(snippets.begin(), snippets.end());
    for (const auto& snippet : snippets)
        read_file(loaded, snippet);
    loaded.config.key_bytes = std::min(loaded.config.key_bytes, 4096U); // what keyctl_update(3) and the design allow
    return loaded;
}

} // namespace guestkeyd
