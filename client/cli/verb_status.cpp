// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/exit_status.h"
#include "cli/hosts.h"
#include "cli/json.h"
#include "cli/pager.h"
#include "cli/storage.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <array>
#include <iostream>

namespace guestkeyd::cli {

namespace {

constexpr unsigned kQuotaWarning = 80; // percent, as the agent's own

std::vector<StorageFinding> examine_storage() {
    std::vector<StorageFinding> findings;
    for (const auto& folder : libvirt_folders())
        findings.push_back(examine_folder(folder));
    return findings;
}

std::uint64_t quota_percent(const Status& status) {
    return status.quota_max == 0 ? 0 : status.quota_used * 100 / status.quota_max;
}

std::vector<std::string> warnings(const Status& status, const std::vector<StorageFinding>& storage) {
    std::vector<std::string> sentences;
    if (!status.libvirt_connected)
        sentences.emplace_back("guestkeyd is not connected to libvirt, so no guest with encrypted volumes can start; "
                               "see: systemctl status libvirtd, journalctl -u guestkeyd");
    if (quota_percent(status) >= kQuotaWarning)
        sentences.emplace_back("root's key quota in the kernel is nearly used up; raise kernel.keys.root_maxbytes "
                               "with sysctl");
    for (const auto& finding : storage)
        if (auto sentence = storage_warning(finding); !sentence.empty())
            sentences.push_back(std::move(sentence));
    return sentences;
}

const char* storage_name(Storage storage) {
    static constexpr std::array kNames{"memory", "encrypted", "plain", "unknown", "absent"};
    return kNames[static_cast<std::size_t>(storage)];
}

void print_status(const Status& status, const std::vector<StorageFinding>& storage, const Options& options) {
    const Pager pager(options);
    std::cout << "   Agent: guestkeyd " << printable(status.version) << '\n'
              << "  Guests: " << status.guests << '\n'
              << "    Keys: " << status.keys << '\n'
              << "    Jobs: " << status.jobs << '\n'
              << "   Quota: " << human_bytes(status.quota_used) << " of " << human_bytes(status.quota_max) << " used ("
              << quota_percent(status) << "%)\n"
              << " Libvirt: " << (status.libvirt_connected ? "connected" : "not connected") << '\n';
    const char* label = " Storage: ";
    for (const auto& finding : storage) {
        std::cout << label << finding.path << ": " << storage_name(finding.storage) << " (" << finding.reason << ")\n";
        label = "          ";
    }
    for (const auto& sentence : warnings(status, storage))
        std::cout << "\nWarning: " << sentence << '\n';
}

void print_table(const std::vector<OfHost<Status>>& found, const Options& options) {
    const Pager pager(options);
    Table table({"HOST", "VERSION", "GUESTS", "KEYS", "JOBS", "QUOTA", "LIBVIRT"});
    for (const auto& [host, status] : found)
        table.add({host, status.version, std::to_string(status.guests), std::to_string(status.keys),
                   std::to_string(status.jobs), std::to_string(quota_percent(status)) + "%",
                   status.libvirt_connected ? "connected" : "not connected"});
    if (!found.empty())
        table.print(std::cout, options.legend);
    for (const auto& [host, status] : found)
        for (const auto& sentence : warnings(status, {}))
            std::cout << "\nWarning: " << printable(host) << ": " << sentence << '\n';
}

JsonValue json_of_status(const Status& status, const std::vector<StorageFinding>& storage) {
    auto folders = JsonValue::array();
    for (const auto& finding : storage)
        folders.push_back(
            {{"path", finding.path}, {"storage", storage_name(finding.storage)}, {"reason", finding.reason}});
    JsonValue json{{"version", status.version},
                   {"guests", status.guests},
                   {"keys", status.keys},
                   {"jobs", status.jobs},
                   {"quota_used", status.quota_used},
                   {"quota_max", status.quota_max},
                   {"libvirt_connected", status.libvirt_connected},
                   {"boot_id", status.boot_id},
                   {"warnings", warnings(status, storage)}};
    if (!storage.empty())
        json["storage"] = std::move(folders);
    return json;
}

} // namespace

int show_status(const Invocation& invocation) {
    const auto& options = invocation.options;
    int result = kDone;
    const auto found = ask_hosts(options, result, [](Client& agent) { return agent.status(); });
    // What the folders of other hosts lie on cannot be seen from here.
    const auto storage = options.hosts.empty() ? examine_storage() : std::vector<StorageFinding>();
    auto json = JsonValue::array();
    for (const auto& [host, status] : found)
        json.push_back(with_host(host, json_of_status(status, storage)));
    if (options.json != Json::Off && (!options.hosts.empty() || json.empty()))
        print_json(json, options.json);
    else if (options.json != Json::Off)
        print_json(json.front(), options.json);
    else if (options.hosts.size() <= 1)
        for (const auto& each : found)
            print_status(each.answer, storage, options);
    else
        print_table(found, options);
    return result;
}

} // namespace guestkeyd::cli
