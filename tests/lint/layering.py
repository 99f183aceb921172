#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Layers are one-way, and a foreign library is seen by one module: checks what files include and what modules link."""

import re

import tree

# Whose headers each module may include, besides its own. A name with a slash is one header.
SUMMARY = ["domainxml/domain_summary.h", "domainxml/summary_format.h"]
JOB = ["luks/job_spec.h", "luks/job_report.h", "luks/online_job.h"]
BELOW_AGENT = ["base", "loop", "keyring", "sealing", "guests", *SUMMARY, *JOB]
CONSOLE = [f"cli/{name}.h" for name in (
    "byte_size", "exit_status", "input_file", "job_progress", "job_text", "json", "key_input", "key_lines", "options",
    "table", "terminal", "text", "time_span", "volume_place")]
LIBVIRT = ["guests/vir_handles.h", "guests/vir_event_thread.h"]
MAY_INCLUDE = {
    "base": [],
    "loop": ["base"],
    "config": ["base"],
    "keyring": ["base", "loop"],
    "sealing": ["base"],
    "confine": ["base"],
    "domainxml": ["base", "confine"],
    "guests": ["base", "loop", *SUMMARY],
    "luks": ["base", "confine", "sealing", "dbus/error_names.h"],
    # XML and volumes from guests are read in child processes: the agent sees what they found, and not the readers.
    "agent": BELOW_AGENT,
    "bus": [*BELOW_AGENT, "agent", "dbus", "manager_adaptor.h"],
    "service": [*BELOW_AGENT, "agent", "bus", "config"],
    "main": ["base", "config", "service.h"],
    "lib": ["base", "sealing", "dbus", "guestkeyd", "manager_proxy.h", "guest_proxy.h", "job_proxy.h"],
    "keydb": ["base", "sealing", "guestkeyd"],
    "secretservice": ["base"],
    "cli": ["base", "dbus", "guestkeyd"],
    # Of guestkeyctl, what is not about its own verbs.
    "guestkey": ["base", "sealing", "domainxml", "guestkeyd", "keydb", "secretservice", *CONSOLE, *LIBVIRT],
    "hook": ["base", "dbus", "domainxml"],
}

# Where each foreign library may be included.
FOREIGN = {
    r"keyutils\.h": ["keyring"],
    r"openssl/.*": ["sealing"],
    r"libvirt/.*": ["guests", "client/guestkey/hypervisor.cpp"],
    r"sdbus-c\+\+/.*": ["bus", "lib"],
    r"systemd/sd-bus\.h": ["bus", "lib", "hook"],
    r"systemd/sd-event\.h": ["loop", "daemon/bus/bus_source.cpp"],
    r"systemd/sd-journal\.h": ["base"],
    r"systemd/sd-daemon\.h": ["loop"],
    r"cap-ng\.h": ["base"],
    r"pugixml\.hpp": ["domainxml"],
    r"seccomp\.h": ["confine"],
    r"libcryptsetup\.h": ["luks"],
    r"blkid/.*": ["luks"],
    r"libdevmapper\.h": ["luks"],
    r"ini\.h": ["config", "hook"],
    r"sqlite3\.h": ["keydb"],
    r"libsecret/.*": ["secretservice"],
    r"nlohmann/.*": ["cli", "luks"],
}
STANDARD = re.compile(r"[a-z0-9_]+|[a-z]+\.h|(sys|linux|netinet|arpa)/[a-z_]+\.h")

# Variables of meson.build that stand for a module, or for a library of one module.
LINKS = {
    "base_dep": "base", "confine_dep": "confine", "loop_dep": "loop", "config_dep": "config", "keyring_dep": "keyring",
    "sealing_dep": "sealing", "guests_dep": "guests", "virclient_dep": LIBVIRT[0],
    "domainsummary_dep": SUMMARY[0], "domainxml_dep": "domainxml", "luksjob_dep": JOB[0], "luks_dep": "luks", "agent_dep": "agent", "bus_dep": "bus",
    "client_dep": "guestkeyd", "keydb_dep": "keydb", "secretservice_dep": "secretservice", "console_dep": CONSOLE[0],
}
LIBRARIES = {
    "devmapper_dep": ["luks"],
    "keyutils_dep": ["keyring"], "openssl_dep": ["sealing"], "libvirt_dep": ["guests", "guestkey"], "sdbus_dep": ["bus", "lib"],
    "pugixml_dep": ["domainxml"], "seccomp_dep": ["confine"],
    "cryptsetup_dep": ["luks"], "blkid_dep": ["luks"], "inih_dep": ["config", "hook"], "json_dep": ["cli", "luks"],
    "sqlite_dep": ["keydb"], "libsecret_dep": ["secretservice"],
}


def module_of(path):
    """The module a file belongs to; None for tests and the like, which may see everything."""
    parts = path.parts
    if parts[0] not in ("daemon", "client"):
        return None
    if len(parts) > 2:
        return parts[1]
    return path.stem if path.suffix in (".cpp", ".h") else None


def included(path):
    for number, line in enumerate(tree.lines(path), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
        if found:
            yield number, found[1] == "<", found[2]


def own_header(path, module, header):
    folder = path.parent
    return header.startswith(module + "/") or (tree.ROOT / folder / header).is_file()


def may_include(path, module, header):
    allowed = MAY_INCLUDE.get(module, [])
    return header in allowed or header.split("/")[0] in allowed or own_header(path, module, header)


def may_use(path, module, header):
    for pattern, users in FOREIGN.items():
        if re.fullmatch(pattern, header):
            return module in users or str(path) in users
    return STANDARD.fullmatch(header) is not None


def check_source(path):
    module = module_of(path)
    if module is None:
        return
    if module not in MAY_INCLUDE:
        yield f"{path}: the module {module} has no place in the layers of tests/lint/layering.py"
        return
    for number, foreign, header in included(path):
        allowed = may_use if foreign else may_include
        if not allowed(path, module, header):
            yield f"{path}:{number}: {module} may not include {header}"


def check_links(path):
    module = module_of(path)
    if module not in MAY_INCLUDE:
        return
    for number, line in enumerate(tree.lines(path), 1):
        for name in re.findall(r"\b\w+_dep\b", line.split("#")[0]):
            if re.search(rf"\b{name}\s*=", line) or LINKS.get(name) == module:
                continue
            wrong_module = name in LINKS and not may_include(path, module, LINKS[name])
            wrong_library = name in LIBRARIES and module not in LIBRARIES[name]
            if wrong_module or wrong_library:
                yield f"{path}:{number}: {module} may not link {name}"


complaints = [each for path in tree.sources() for each in check_source(path)]
complaints += [each for path in tree.files() if path.name == "meson.build" for each in check_links(path)]
tree.finish(complaints)
