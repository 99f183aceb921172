// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/agent_process.h"

#include "base/error.h"
#include "support/project.h"

#include <csignal>
#include <gtest/gtest.h>
#include <iostream>

namespace guestkeyd::test {

namespace {

constexpr auto kName = "org.guestkeyd1";

std::string lines_of(const std::map<std::string, std::string>& options) {
    std::string text;
    for (const auto& [name, value] : options)
        text.append(name).append("=").append(value).append("\n");
    return text;
}

std::string configuration(const AgentOptions& options, uid_t anchor, const TempDir& dir) {
    return "[Agent]\nAnchorUser=" + std::to_string(anchor) + "\n[Libvirt]\nDomainUri=" + options.domain_uri +
           "\nSecretUri=" + options.secret_uri + "\n" + lines_of(options.libvirt) + "[Limits]\n" +
           lines_of(options.limits) + "[Jobs]\n" + lines_of(options.jobs) +
           "[Sealing]\nStateDirectory=" + (dir / "state").string() + "\n" + lines_of(options.sealing);
}

} // namespace

AgentProcess::AgentProcess(std::string bus_address, const AgentOptions& options)
    : bus_address_(std::move(bus_address)),
      volume_worker_(options.volume_worker.empty() ? volume_worker_program() : options.volume_worker),
      online_worker_(options.online_worker.empty() ? volume_worker_ : options.online_worker),
      environment_(options.environment), enter_(options.enter), bus_(bus_address_) {
    environment_["DBUS_SYSTEM_BUS_ADDRESS"] = bus_address_;
    environment_["GUESTKEYD_FAULTS"] = faults_.file();
    write_file(dir_ / "guestkeyd.conf", configuration(options, keys_.uid(), dir_));
    write_file(dir_ / "log", "");
    start();
}

AgentProcess::~AgentProcess() {
    if (running()) {
        EXPECT_EQ(process_->end(SIGTERM), 0) << "the agent did not end well";
    }
    // What a sanitizer found in an agent that was then killed is not in its exit status.
    for (const auto* found : {"Sanitizer", "runtime error"})
        EXPECT_EQ(log().find(found), std::string::npos);
    if (testing::Test::HasFailure())
        std::cerr << "the agent's log:\n" << log();
}

std::vector<std::string> AgentProcess::command() const {
    auto command = enter_;
    command.insert(command.end(), {guestkeyd_program(), "--config=" + (dir_ / "guestkeyd.conf").string(),
                                   std::string("--domain-xml-parser=") + domain_xml_parser_program(),
                                   "--volume-worker=" + volume_worker_, "--online-worker=" + online_worker_,
                                   "--online-jobs=" + (dir_ / "online").string()});
    return command;
}

void AgentProcess::start() {
    process_.emplace(Command{command(), environment_, dir_ / "log", dir_ / "log"});
    const auto owns_name = [this] { return bus_.process_of(kName) == process_->pid(); };
    if (!wait_until([&] { return owns_name() || !process_->running(); }) || !process_->running())
        throw Failure(ErrorCode::Internal, "the agent did not start: " + log());
}

// The bus notices the end of a connection a moment after the process has ended.
void AgentProcess::kill9() {
    process_->end(SIGKILL);
    if (!wait_until([this] { return bus_.owner_of(kName).empty(); }))
        throw Failure(ErrorCode::Internal, "the bus still knows the agent that was killed");
}

bool AgentProcess::died() {
    if (Call(bus_, {"/", "org.freedesktop.DBus.Peer", "Ping"}).answer().ok())
        return false;
    EXPECT_EQ(process_->wait(), 128 + SIGKILL);
    return wait_until([this] { return bus_.owner_of(kName).empty(); });
}

void AgentProcess::stop() {
    EXPECT_EQ(process_->end(SIGTERM), 0) << "the agent did not end well";
    EXPECT_TRUE(wait_until([this] { return bus_.owner_of(kName).empty(); }));
}

std::string AgentProcess::log() const {
    return read_file(dir_ / "log");
}

} // namespace guestkeyd::test
