#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What dbus/*.xml describes has its line in the bus policy, its action in polkit, and its place in the manual."""

import re
import xml.etree.ElementTree as ET

import tree

STANDARD = {
    ("org.freedesktop.DBus.Properties", "Get"), ("org.freedesktop.DBus.Properties", "GetAll"),
    ("org.freedesktop.DBus.Introspectable", "Introspect"),
    ("org.freedesktop.DBus.ObjectManager", "GetManagedObjects"),
    ("org.freedesktop.DBus.Peer", "Ping"), ("org.freedesktop.DBus.Peer", "GetMachineId"),
}


def read(name):
    return (tree.ROOT / name).read_text(encoding="utf-8")


descriptions = [read(path) for path in tree.files(".xml") if path.parts[0] == "dbus"]
interfaces = [each for text in descriptions for each in ET.fromstring(text).iter("interface")]
manual = read("docs/org.guestkeyd1.5")
actions = {each.get("id") for each in ET.fromstring(read("polkit/org.guestkeyd1.policy.in")).iter("action")}


def check_bus_policy():
    methods = {(each.get("name"), method.get("name")) for each in interfaces for method in each.iter("method")}
    allowed = {(rule.get("send_interface"), rule.get("send_member"))
               for rule in ET.fromstring(read("dbus/org.guestkeyd1.conf")).iter("allow") if rule.get("send_destination")}
    for interface, member in sorted(methods - allowed):
        yield f"dbus/org.guestkeyd1.conf: no line allows {interface}.{member}"
    for interface, member in sorted(allowed - methods - STANDARD, key=str):
        yield f"dbus/org.guestkeyd1.conf: allows {interface}.{member}, which no description has"


def check_actions():
    named = {name for text in descriptions for name in re.findall(r"org\.guestkeyd1\.[a-z]+(?:-[a-z]+)*\b", text)}
    for action in sorted(named - actions):
        yield f"polkit/org.guestkeyd1.policy.in: has no action {action}, which dbus/ speaks of"
    for action in sorted(actions):
        if not re.search(rf"{re.escape(action.rsplit('.', 1)[1])}\b", manual):
            yield f"docs/org.guestkeyd1.5: does not say what action {action} is for"


def check_manual():
    members = {(kind, member.get("name")) for each in interfaces for kind in ("method", "signal", "property")
               for member in each.iter(kind)}
    errors = {name.rsplit(".", 1)[1] for name in re.findall(r'"(org\.[\w.]+)"', read("dbus/error_names.h"))}
    for kind, name in sorted(members | {("error", name) for name in errors}):
        if not re.search(rf"\b{name}\b", manual):
            yield f"docs/org.guestkeyd1.5: does not describe the {kind} {name}"


tree.finish([*check_bus_policy(), *check_actions(), *check_manual()])
