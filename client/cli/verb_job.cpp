// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/exit_status.h"
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

Table table_of(const std::vector<Job>& jobs) {
    Table table({"JOB", "OPERATION", "STATE", "PROGRESS", "UID", "VOLUME"});
    for (const auto& job : jobs)
        table.add({std::to_string(job.number), job.operation, std::string(state_name(job.state)),
                   job.progress ? human_percent(*job.progress) : "-", std::to_string(job.started_by), job.volume});
    return table;
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
    Session agent(options);
    const auto jobs = agent->jobs();
    if (options.json != Json::Off) {
        print_json(json_of(jobs), options.json);
        return kDone;
    }
    const Pager pager(options);
    if (!jobs.empty())
        table_of(jobs).print(std::cout, options.legend);
    if (options.legend)
        std::cout << (jobs.empty() ? "No jobs." : "\n" + counted(jobs.size(), "job") + " listed.") << '\n';
    return kDone;
}

int show_jobs(const Invocation& invocation) {
    const auto& options = invocation.options;
    Session agent(options);
    std::vector<Job> jobs;
    const int status = for_each_operand(invocation.operands, [&](const std::string& operand) {
        jobs.push_back(agent->job(parse_job_number(operand)));
        return kDone;
    });
    if (options.json != Json::Off) {
        print_json(json_of(jobs), options.json);
        return status;
    }
    const Pager pager(options);
    for (const auto& job : jobs)
        print_job(job);
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
