// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/open_mapping.h"

#include "base/error.h"
#include "base/id.h"
#include "luks/sysfs.h"

#include <algorithm>
#include <set>
#include <system_error>

namespace guestkeyd {

namespace {

namespace fs = std::filesystem;

std::set<std::string> holders_of(const fs::path& device) {
    std::set<std::string> names;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(device / "holders", none))
        names.insert(entry.path().filename());
    return names;
}

// Looks at who holds the volume, and who holds those.
class Search {
  public:
    Search(fs::path sysfs, std::string uuid, const std::string& title)
        : sysfs_(std::move(sysfs)), uuid_(std::move(uuid)), title_(title) {
        uuid_.erase(std::remove(uuid_.begin(), uuid_.end(), '-'), uuid_.end());
    }

    void look_at(const fs::path& device, bool is_overlay) {
        for (const auto& holder : holders_of(device))
            take(sysfs_ / "block" / holder, is_overlay);
    }
    OpenMapping result() {
        if (found_.name.empty())
            throw Failure(ErrorCode::Busy, title_ + " is in use, but not through a dm-crypt mapping; close what uses "
                                                    "it, and re-encrypt it offline");
        return found_;
    }

  private:
    void take(const fs::path& device, bool is_overlay) {
        const auto id = read_attribute(device / "dm/uuid");
        const auto name = read_attribute(device / "dm/name");
        if (id.starts_with("CRYPT-LUKS2-" + uuid_ + "-"))
            return take_mapping(name, is_overlay);
        if (!id.starts_with("CRYPT-SUBDEV-" + uuid_ + "-")) {
            if (!id.starts_with("GUESTKEYD-")) // our own, of a worker that was killed
                throw Failure(ErrorCode::Busy, title_ + " is in use by " +
                                                   quoted(name.empty() ? device.filename().string() : name) +
                                                   ", which is no dm-crypt mapping of it; close that first");
            return;
        }
        const bool overlay = name.ends_with("-overlay");
        (overlay ? found_.overlay : found_.hotzone) = name;
        look_at(device, overlay);
    }

    void take_mapping(const std::string& name, bool is_overlay) {
        if (!found_.name.empty() && found_.name != name)
            throw Failure(ErrorCode::Busy, title_ + " is open as " + quoted(found_.name) + " and as " + quoted(name) +
                                               ", and only one mapping can stay open; close the other");
        found_.name = name;
        found_.stands_on_overlay = is_overlay;
    }

    const fs::path sysfs_;
    std::string uuid_;
    const std::string& title_;
    OpenMapping found_;
};

} // namespace

OpenMapping find_open_mapping(const std::string& number, const std::string& uuid, const std::string& title,
                              const fs::path& sysfs) {
    const auto device = sysfs / "dev/block" / number;
    if (holders_of(device).empty())
        throw Failure(ErrorCode::Busy, title + " is not open through a dm-crypt mapping; without the option online it "
                                               "can be re-encrypted at once");
    Search search(sysfs, uuid, title);
    search.look_at(device, false);
    return search.result();
}

} // namespace guestkeyd
