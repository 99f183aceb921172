// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/desktop_session.h"

#include "base/error.h"

namespace guestkeyd::test {

namespace {

constexpr auto kConfiguration = R"(
  <type>session</type>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
)";
constexpr auto kService = "org.freedesktop.secrets";
constexpr auto kServicePath = "/org/freedesktop/secrets";
constexpr auto kInterface = "org.freedesktop.Secret.Service";
constexpr auto kCollection = "/org/freedesktop/secrets/collection/login";
constexpr auto kDaemon = "exec gnome-keyring-daemon --foreground --components=secrets";

} // namespace

DesktopSession::DesktopSession() : bus_(kConfiguration) {}

void DesktopSession::start_service(const std::string& command) {
    service_.reset();
    if (!wait_until([this] { return connection_.owner_of(kService).empty(); }))
        throw Failure(ErrorCode::Internal, "the earlier Secret Service does not go");
    auto variables = environment();
    variables["HOME"] = home_.path();
    variables["XDG_DATA_HOME"] = home_ / "data";
    variables["XDG_RUNTIME_DIR"] = home_ / "run";
    service_.emplace(Command{{"bash", "-c", command}, variables, home_ / "log", home_ / "log"});
    if (!wait_until([this] { return !connection_.owner_of(kService).empty(); }))
        throw Failure(ErrorCode::Internal, "gnome-keyring-daemon did not start: " + read_file(home_ / "log"));
}

void DesktopSession::log_in() {
    start_service(std::string(kDaemon) + " --unlock <<<'password of the user'");
    const auto has_collection = [this] {
        Call call(connection_, {kServicePath, kInterface, "ReadAlias"}, kService);
        return call.with("s", "default").answer().text.find(kCollection) != std::string::npos;
    };
    if (!wait_until(has_collection))
        throw Failure(ErrorCode::Internal, "gnome-keyring-daemon has no collection: " + read_file(home_ / "log"));
}

void DesktopSession::lock_secrets() {
    Call call(connection_, {kServicePath, kInterface, "Lock"}, kService);
    if (const auto answer = call.with("ao", 1, kCollection).answer(); !answer.ok())
        throw Failure(ErrorCode::Internal, "gnome-keyring-daemon does not lock: " + answer.message);
}

void DesktopSession::lose_secrets() {
    std::filesystem::remove_all(home_ / "data");
    start_service(kDaemon);
}

} // namespace guestkeyd::test
