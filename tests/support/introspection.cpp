// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/introspection.h"

#include "support/agent_calls.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <pugixml.hpp>

namespace guestkeyd::test {

namespace {

// Read by the generator of our code only, and not a part of the API.
constexpr auto kForGenerator = "org.freedesktop.DBus.Method.Async";

std::string annotations_of(const pugi::xml_node& node) {
    std::string text;
    for (const auto& annotation : node.children("annotation"))
        if (std::string(annotation.attribute("name").value()) != kForGenerator)
            text += std::string(" [") + annotation.attribute("name").value() + "=" +
                    annotation.attribute("value").value() + "]";
    return text;
}

std::string arguments_of(const pugi::xml_node& node) {
    std::string text;
    for (const auto& arg : node.children("arg"))
        text += std::string(" ") + arg.attribute("direction").value() + " " + arg.attribute("type").value() + " " +
                arg.attribute("name").value() + ",";
    return text;
}

DescribedMember describe(MemberKind kind, const std::string& interface, const pugi::xml_node& node) {
    const std::string name = node.attribute("name").value();
    auto line = std::string(node.name()) + " " + interface + "." + name;
    if (kind == MemberKind::Property)
        line += std::string(" ") + node.attribute("type").value() + " " + node.attribute("access").value();
    return {kind, interface, name, line + arguments_of(node) + annotations_of(node)};
}

std::string unquoted(const Answer& answer) {
    EXPECT_TRUE(answer.ok()) << answer;
    return answer.text.substr(1, answer.text.size() - 2);
}

void walk(const Connection& caller, const std::string& path, std::map<std::string, DescribedNode>& nodes) {
    const auto node = parse_introspection(unquoted(introspect(caller, path).answer()));
    nodes.emplace(path, node);
    for (const auto& child : node.children)
        walk(caller, (path == "/" ? "" : path) + "/" + child, nodes);
}

} // namespace

DescribedNode parse_introspection(const std::string& xml) {
    pugi::xml_document document;
    const auto parsed = document.load_string(xml.c_str());
    EXPECT_TRUE(parsed) << parsed.description() << " in " << xml;
    DescribedNode described;
    for (const auto& interface : document.child("node").children("interface")) {
        const std::string name = interface.attribute("name").value();
        for (const auto& method : interface.children("method"))
            described.members.push_back(describe(MemberKind::Method, name, method));
        for (const auto& signal : interface.children("signal"))
            described.members.push_back(describe(MemberKind::Signal, name, signal));
        for (const auto& property : interface.children("property"))
            described.members.push_back(describe(MemberKind::Property, name, property));
    }
    for (const auto& child : document.child("node").children("node"))
        described.children.emplace_back(child.attribute("name").value());
    return described;
}

std::map<std::string, DescribedNode> walk_agent(const Connection& caller) {
    std::map<std::string, DescribedNode> nodes;
    walk(caller, "/", nodes);
    return nodes;
}

} // namespace guestkeyd::test
