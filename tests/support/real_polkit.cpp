// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/real_polkit.h"

#include "base/error.h"
#include "support/project.h"

namespace guestkeyd::test {

namespace {

namespace fs = std::filesystem;

constexpr auto kActions = "/usr/share/polkit-1/actions";
constexpr auto kMountAndStart = R"(
    mount --bind "$0/actions" /usr/share/polkit-1/actions &&
    mount --bind "$0/rules.d" /etc/polkit-1/rules.d &&
    mount --bind "$0/passwd" /etc/passwd &&
    mount --bind "$0/group" /etc/group &&
    exec /usr/lib/polkit-1/polkitd --no-debug
)";

Command command(const TempDir& dir, const std::string& bus_address) {
    return {{"unshare", "--mount", "--propagation", "private", "sh", "-c", kMountAndStart, dir.path().string()},
            {{"DBUS_SYSTEM_BUS_ADDRESS", bus_address}},
            dir / "log",
            dir / "log"};
}

} // namespace

RealPolkit::RealPolkit(const std::string& bus_address, const PolkitFiles& files)
    : bus_(bus_address), daemon_((prepare(files), command(dir_, bus_address))) {
    const auto there = [this] { return !bus_.owner_of("org.freedesktop.PolicyKit1").empty(); };
    if (!wait_until([&] { return there() || !daemon_.running(); }) || !daemon_.running())
        throw Failure(ErrorCode::Internal, "polkitd did not start: " + read_file(dir_ / "log"));
}

void RealPolkit::prepare(const PolkitFiles& files) const {
    fs::copy(kActions, dir_ / "actions");
    fs::copy_file(project_file("polkit/org.guestkeyd1.policy.in"), dir_ / "actions/org.guestkeyd1.policy",
                  fs::copy_options::overwrite_existing);
    fs::create_directory(dir_ / "rules.d");
    write_file(dir_ / "rules.d/50-guestkeyd.rules", files.rules);
    write_file(dir_ / "passwd", files.users + read_file("/etc/passwd"));
    write_file(dir_ / "group", files.groups + read_file("/etc/group"));
}

} // namespace guestkeyd::test
