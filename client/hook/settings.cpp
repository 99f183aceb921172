// SPDX-License-Identifier: LGPL-2.1-or-later
#include "settings.h"

#include <algorithm>
#include <filesystem>
#include <ini.h>
#include <strings.h>
#include <vector>

namespace guestkeyd {

namespace {

namespace fs = std::filesystem;

int on_line(void* setting, const char* section, const char* name, const char* value) {
    if (strcasecmp(section, "Hook") == 0 && strcasecmp(name, "WhenAgentIsDown") == 0)
        *static_cast<std::string*>(setting) = value ? value : "";
    return 1;
}

std::vector<std::string> files_of(const std::string& file) {
    std::vector<std::string> snippets;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(file + ".d", missing))
        if (entry.path().extension() == ".conf")
            snippets.push_back(entry.path().string());
    std::sort(snippets.begin(), snippets.end());
    snippets.insert(snippets.begin(), file);
    return snippets;
}

} // namespace

WhenAgentIsDown when_agent_is_down(const std::string& file) {
    std::string setting;
    for (const auto& each : files_of(file))
        ini_parse(each.c_str(), &on_line, &setting);
    return setting == "start" ? WhenAgentIsDown::Start : WhenAgentIsDown::Refuse;
}

} // namespace guestkeyd
