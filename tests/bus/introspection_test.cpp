// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

#include "support/introspection.h"
#include "support/project.h"
#include "support/volume_calls.h"

#include <algorithm>

namespace guestkeyd::test {

namespace {

class Introspection : public BusTest {
  protected:
    // What is said of an interface, sorted, one member a line.
    static std::string lines_of(const DescribedNode& node, const std::string& interface) {
        std::vector<std::string> lines;
        for (const auto& member : node.members)
            if (member.interface == interface)
                lines.push_back(member.line + "\n");
        std::sort(lines.begin(), lines.end());
        std::string text;
        for (const auto& line : lines)
            text += line;
        return text;
    }
    // That fails, and stays there to be looked at.
    std::string job() const {
        return job_of(reencrypt_volume(root, {{"path", "/nonexistent/volume"}}, pipe_with("old\nnew\n")).answer());
    }
    void expect_as_described(const std::string& path, const std::string& interface) const {
        const auto nodes = walk_agent(root);
        ASSERT_TRUE(nodes.contains(path));
        const auto file = parse_introspection(read_file(project_file("dbus/" + interface + ".xml")));
        EXPECT_EQ(lines_of(nodes.at(path), interface), lines_of(file, interface));
    }
};

TEST_F(Introspection, OfTheManagerIsThatOfItsFile) {
    expect_as_described(kManagerPath, kManagerInterface);
}

TEST_F(Introspection, OfAGuestIsThatOfItsFile) {
    attach(guest, {volume});
    expect_as_described(guest_path(guest), kGuestInterface);
}

TEST_F(Introspection, OfAJobIsThatOfItsFile) {
    expect_as_described(job(), kJobInterface);
}

TEST_F(Introspection, ShowsNoInterfaceThatIsNotDescribed) {
    attach(guest, {volume});
    EXPECT_NE(job(), "");
    for (const auto& [path, node] : walk_agent(root))
        for (const auto& member : node.members)
            EXPECT_TRUE(member.interface.starts_with("org.freedesktop.DBus.") ||
                        member.interface == kManagerInterface || member.interface == kGuestInterface ||
                        member.interface == kJobInterface)
                << path << " " << member.interface;
}

TEST_F(Introspection, FindsEachGuestFromTheRoot) {
    attach(guest, {volume});
    attach(other_guest, {volume});
    const auto nodes = walk_agent(root);
    EXPECT_TRUE(nodes.contains(guest_path(guest)));
    EXPECT_TRUE(nodes.contains(guest_path(other_guest)));
}

TEST_F(Introspection, WorksWithBusctl) {
    attach(guest, {volume});
    const auto tree = run({"busctl", "--system", "tree", "--list", "org.guestkeyd1"}, bus.environment());
    EXPECT_EQ(tree.status, 0) << tree.error;
    EXPECT_NE(tree.output.find(guest_path(guest)), std::string::npos) << tree.output;
    const auto shown = run({"busctl", "--system", "introspect", "org.guestkeyd1", kManagerPath}, bus.environment());
    EXPECT_EQ(shown.status, 0) << shown.error;
    EXPECT_NE(shown.output.find(".AttachKeys"), std::string::npos) << shown.output;
    EXPECT_NE(shown.output.find(".KeyCount"), std::string::npos) << shown.output;
}

} // namespace

} // namespace guestkeyd::test
