// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/device_mapper.h"

#include "base/error.h"
#include "base/id.h"

#include <cerrno>
#include <libdevmapper.h>
#include <memory>

namespace guestkeyd {

namespace {

// What no rule of udev's should look into, as libcryptsetup marks its own helpers.
constexpr std::uint16_t kPrivate =
    DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG | DM_UDEV_DISABLE_DISK_RULES_FLAG | DM_UDEV_DISABLE_OTHER_RULES_FLAG;

// One request to the kernel, which wipes its copy of what may hold keys.
class Request {
  public:
    Request(int kind, const std::string& name) : name_(name), task_(dm_task_create(kind)) {
        dm_log_with_errno_init(&ignore); // what fails is in our own message
        if (!task_ || dm_task_set_name(task_.get(), name.c_str()) == 0 || dm_task_secure_data(task_.get()) == 0)
            throw Failure(ErrorCode::Internal, "cannot prepare a request to device-mapper for " + quoted(name));
    }

    [[nodiscard]] dm_task* task() const { return task_.get(); }

    void add(const MapTarget& target) {
        // A text that ends with a zero byte.
        SecretBuffer text(target.parameters.size() + 1);
        text.append(target.parameters.view());
        text.append(std::string_view("\0", 1));
        if (dm_task_add_target(task_.get(), target.start, target.length, target.type.c_str(), text.view().data()) == 0)
            throw Failure(ErrorCode::Internal, "cannot prepare a table for " + quoted(name_));
    }

    void run(const char* doing) {
        if (dm_task_run(task_.get()) == 0)
            throw_errno(dm_task_get_errno(task_.get()), doing + (" the mapping " + quoted(name_)));
    }

    // For what changes devices: udev makes and removes their names, and is waited for.
    void run_with_udev(const char* doing, std::uint16_t flags) {
        std::uint32_t cookie = 0;
        if (dm_task_set_cookie(task_.get(), &cookie, flags | DM_UDEV_DISABLE_LIBRARY_FALLBACK) == 0)
            throw Failure(ErrorCode::Internal, "cannot agree with udev on the mapping " + quoted(name_));
        const int done = dm_task_run(task_.get());
        const int error = dm_task_get_errno(task_.get());
        dm_udev_wait(cookie);
        dm_task_update_nodes();
        if (done == 0)
            throw_errno(error, doing + (" the mapping " + quoted(name_)));
    }

  private:
    static void ignore(int, const char*, int, int, const char*, ...) {} // NOLINT(*-vararg): the type is libdevmapper's

    struct Release {
        void operator()(dm_task* task) const { dm_task_destroy(task); }
    };
    const std::string& name_;
    std::unique_ptr<dm_task, Release> task_;
};

} // namespace

std::optional<MapState> map_state(const std::string& name) {
    Request request(DM_DEVICE_INFO, name);
    request.run("look at");
    dm_info info{};
    if (dm_task_get_info(request.task(), &info) == 0 || info.exists == 0)
        return std::nullopt;
    return MapState{std::to_string(info.major) + ":" + std::to_string(info.minor), info.suspended != 0};
}

std::vector<MapTarget> map_table(const std::string& name) {
    Request request(DM_DEVICE_TABLE, name);
    request.run("read the table of");
    std::vector<MapTarget> table;
    void* next = nullptr;
    do {
        std::uint64_t start = 0;
        std::uint64_t length = 0;
        char* type = nullptr;
        char* parameters = nullptr;
        next = dm_get_next_target(request.task(), next, &start, &length, &type, &parameters);
        if (type != nullptr && parameters != nullptr)
            table.push_back({start, length, type, SecretBuffer::copy_of(parameters)});
    } while (next != nullptr);
    return table;
}

void load_map(const std::string& name, const std::vector<MapTarget>& table) {
    Request request(DM_DEVICE_RELOAD, name);
    for (const auto& target : table)
        request.add(target);
    request.run("load a table for");
}

void clear_loaded_map(const std::string& name) {
    Request(DM_DEVICE_CLEAR, name).run("clear the loaded table of");
}

void resume_map(const std::string& name) {
    Request request(DM_DEVICE_RESUME, name);
    // What is on it, like a file system, is not asked to come to rest first, and need not.
    dm_task_skip_lockfs(request.task());
    dm_task_no_flush(request.task());
    request.run_with_udev("resume", kPrivate);
}

void remove_map(const std::string& name) {
    Request request(DM_DEVICE_REMOVE, name);
    dm_task_retry_remove(request.task()); // udev may have it open for a moment
    request.run_with_udev("remove", 0);
}

PassThroughMap::PassThroughMap(std::string name, const std::string& number, std::uint64_t sectors)
    : name_(std::move(name)) {
    if (map_state(name_))
        remove_map(name_);
    Request request(DM_DEVICE_CREATE, name_);
    if (dm_task_set_uuid(request.task(), ("GUESTKEYD-" + name_).c_str()) == 0)
        throw Failure(ErrorCode::Internal, "cannot name the mapping " + quoted(name_));
    request.add({0, sectors, "linear", SecretBuffer::copy_of(number + " 0")});
    request.run_with_udev("make", kPrivate);
}

PassThroughMap::~PassThroughMap() {
    try {
        remove_map(name_);
    } catch (const Failure&) {
        // It does no harm, and the next one replaces it.
    }
}

std::string PassThroughMap::path() const {
    return std::string(dm_dir()) + "/" + name_;
}

} // namespace guestkeyd
