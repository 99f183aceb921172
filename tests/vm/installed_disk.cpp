// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vm/installed_disk.h"

#include "base/error.h"
#include "support/temp_dir.h"
#include "vm/host.h"
#include "vm/payload.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

namespace guestkeyd::test {

namespace fs = std::filesystem;

namespace {

// Programs that run at the same time use one disk; the first makes it.
UniqueFd lock(const fs::path& file) {
    UniqueFd fd(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!fd || flock(fd.get(), LOCK_EX) != 0)
        throw_errno(errno, "lock " + file.string());
    return fd;
}

// What the disk is made of.
std::string made_of() {
    std::string all = in_image("root.img").string() + "\n";
    for (const auto& package : built_packages())
        all += run({"sha256sum", package}).output;
    return all;
}

// Each host makes its own key pair, at its agent's first start.
void install(const fs::path& disk, const fs::path& logs) {
    Host host({}, in_image("root.img"), logs);
    host.boot();
    host.install_packages();
    host.run("systemctl stop guestkeyd && rm -rf /var/lib/guestkeyd/* /payload");
    host.shut_down();
    host.copy_disk(disk);
}

} // namespace

fs::path disk_with_packages(const fs::path& logs) {
    const auto disk = made_for_hosts() / "installed.qcow2";
    const auto stamp = made_for_hosts() / "installed.made-of";
    const auto locked = lock(made_for_hosts() / "installed.lock");
    const auto made_now = made_of();
    if (fs::exists(stamp) && read_file(stamp) == made_now)
        return disk;
    fs::remove(stamp);
    fs::remove(disk);
    install(disk, logs);
    write_file(stamp, made_now);
    return disk;
}

} // namespace guestkeyd::test
