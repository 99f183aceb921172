// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vm/payload.h"

#include "base/error.h"
#include "support/project.h"

namespace guestkeyd::test {

namespace fs = std::filesystem;

namespace {

fs::path made(const std::string& name) {
    auto path = project_file("build-vm/" + name);
    if (!fs::exists(path))
        throw Failure(ErrorCode::Internal, "there is no " + path.string() + "; make it with tests/vm/prepare");
    return path;
}

} // namespace

fs::path host_image() {
    return fs::canonical(made("image"));
}

Disk make_payload() {
    auto disk = std::make_shared<Nameless>();
    Command tar{.arguments = {"tar", "--create", "--file", disk->path(), "--directory", project_file(""), "README.md",
                              "docs", "tests/rig", "--directory", made("packages")},
                .descriptors = {disk->fd()}};
    for (const auto& file : fs::directory_iterator(made("packages"))) {
        const auto name = file.path().filename().string();
        if (name.ends_with(".deb") && name.find("-dbgsym_") == std::string::npos)
            tar.arguments.push_back(name);
    }
    if (Process(tar).wait() != 0)
        throw Failure(ErrorCode::Internal, "tar cannot pack what the hosts get");
    return disk;
}

} // namespace guestkeyd::test
