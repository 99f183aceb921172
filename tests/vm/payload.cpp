// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vm/payload.h"

#include "base/error.h"
#include "support/project.h"

#include <algorithm>

namespace guestkeyd::test {

namespace fs = std::filesystem;

fs::path made_for_hosts() {
    return project_file("build-vm");
}

fs::path in_image(const std::string& name) {
    const auto path = made_for_hosts() / "image" / name;
    if (!fs::exists(path))
        throw Failure(ErrorCode::Internal, "there is no " + path.string() + "; make it with tests/vm/prepare");
    return fs::canonical(path);
}

std::vector<fs::path> built_packages() {
    std::vector<fs::path> packages;
    for (const auto& file : fs::directory_iterator(made_for_hosts() / "packages")) {
        const auto name = file.path().filename().string();
        if (name.ends_with(".deb") && name.find("-dbgsym_") == std::string::npos)
            packages.push_back(file.path());
    }
    std::sort(packages.begin(), packages.end());
    return packages;
}

Disk make_payload() {
    auto disk = std::make_shared<Nameless>();
    Command tar{.arguments = {"tar", "--create", "--file", disk->path(), "--directory", project_file(""), "README.md",
                              "docs", "tests/rig", "--directory", made_for_hosts() / "packages"},
                .descriptors = {disk->fd()}};
    for (const auto& package : built_packages())
        tar.arguments.push_back(package.filename());
    if (Process(tar).wait() != 0)
        throw Failure(ErrorCode::Internal, "tar cannot pack what the hosts get");
    return disk;
}

} // namespace guestkeyd::test
