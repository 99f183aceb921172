// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/exit_status.h"
#include "cli/hosts.h"
#include "cli/job_progress.h"
#include "cli/job_text.h"
#include "cli/pager.h"
#include "cli/session.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/verbs.h"

#include <iostream>

namespace guestkeyd::cli {

namespace {

using Listed = OfHost<Job>;

Table table_of(const std::vector<Listed>& jobs, const Options& options) {
    Table table(header_with_host(options, {"JOB", "OPERATION", "STATE", "PROGRESS", "UID", "VOLUME"}));
    for (const auto& [host, job] : jobs)
        table.add(row_with_host(host, {std::to_string(job.number), job.operation, std::string(state_name(job.state)),
                                       job.progress ? human_percent(*job.progress) : "-",
                                       std::to_string(job.started_by), job.volume}));
    return table;
}

JsonValue json_of_each(const std::vector<Listed>& jobs) {
    auto json = JsonValue::array();
    for (const auto& [host, job] : jobs)
        json.push_back(with_host(host, json_of(job)));
    return json;
}

void print_job(const Job& job) {
    std::cout << "Job " << job.number << ": " << printable(job.operation) << " " << printable(job.volume) << '\n'
              << "    State: " << state_name(job.state) << '\n'
              << " Progress: "
              << (job.progress ? human_percent(*job.progress) + ", " + human_bytes(job.bytes_done) + " of " +
                                     human_bytes(job.bytes)
                               : "not known")
              << '\n'
              << "     Rate: " << (job.rate ? human_bytes(*job.rate) + "/s" : "not known") << '\n'
              << "  Started: " << human_time(job.started, "not yet") << " by uid " << job.started_by << '\n';
    if (job.expected_end && !has_ended(job.state))
        std::cout << "     Ends: " << human_time(job.expected_end, "") << '\n';
    if (job.failure)
        std::cout << "    Error: " << printable(job.failure->message()) << '\n';
}

} // namespace

int list_jobs(const Invocation& invocation) {
    const auto& options = invocation.options;
    int status = kDone;
    const auto jobs = each_of(ask_hosts(options, status, [](Client& agent) { return agent.jobs(); }));
    if (options.json != Json::Off) {
        print_json(json_of_each(jobs), options.json);
        return status;
    }
    const Pager pager(options);
    if (!jobs.empty())
        table_of(jobs, options).print(std::cout, options.legend);
    if (options.legend)
        std::cout << (jobs.empty() ? "No jobs." : "\n" + counted(jobs.size(), "job") + " listed.") << '\n';
    return status;
}

int show_jobs(const Invocation& invocation) {
    const auto& options = invocation.options;
    Session agent(options);
    std::vector<Listed> jobs;
    const int status = for_each_operand(invocation.operands, [&](const std::string& operand) {
        jobs.push_back({host_name(options), agent->job(parse_job_number(operand))});
        return kDone;
    });
    if (options.json != Json::Off) {
        print_json(json_of_each(jobs), options.json);
        return status;
    }
    const Pager pager(options);
    for (const auto& job : jobs)
        print_job(job.answer);
    return status;
}

int wait_for_jobs(const Invocation& invocation) {
    Session agent(invocation.options);
    return for_each_operand(invocation.operands, [&](const std::string& operand) {
        return follow_job(*agent, parse_job_number(operand), invocation.options);
    });
}

int cancel_jobs(const Invocation& invocation) {
    Session agent(invocation.options);
    return for_each_operand(invocation.operands, [&](const std::string& operand) {
        agent->cancel_job(parse_job_number(operand));
        return kDone;
    });
}

} // namespace guestkeyd::cli
