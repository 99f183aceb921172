// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/storage.h"

#include "base/journal.h"
#include "guests/answering.h"
#include "guests/call_thread.h"
#include "guests/storage_calls.h"

#include <chrono>
#include <unistd.h>

namespace guestkeyd {

namespace {

using namespace std::chrono_literals;

// For work that has no answer.
Storage::Then<bool> ignoring_answer(Storage::Done done) {
    return [done = std::move(done)](bool, std::optional<Failure> failure) { done(std::move(failure)); };
}

} // namespace

Storage::Storage(EventLoop& loop, std::string uri) : loop_(loop), uri_(std::move(uri)) {}

Storage::~Storage() {
    constexpr auto kPatience = 2s;
    if (!thread_ || thread_->stop(kPatience))
        return;
    journal(Priority::Notice, "libvirt's storage holds a call; leaving without its answer");
    _exit(0);
}

CallThread& Storage::thread() {
    if (!thread_)
        thread_ = std::make_unique<CallThread>(uri_, CallThread::Hooks{[](virConnectPtr) {}, [](virConnectPtr) {}});
    return *thread_;
}

void Storage::path_of(PoolVolume volume, Then<std::string> then) {
    thread().call(
        answering<std::string>(loop_, std::move(then), [volume = std::move(volume)](virConnectPtr connection) {
            return guestkeyd::path_of(connection, volume);
        }));
}

void Storage::existing_path_of(PoolVolume volume, Then<std::optional<std::string>> then) {
    thread().call(answering<std::optional<std::string>>(loop_, std::move(then),
                                                        [volume = std::move(volume)](virConnectPtr connection) {
                                                            return guestkeyd::existing_path_of(connection, volume);
                                                        }));
}

void Storage::create(PoolVolume volume, std::uint64_t bytes, Then<std::string> then) {
    thread().call(
        answering<std::string>(loop_, std::move(then), [volume = std::move(volume), bytes](virConnectPtr connection) {
            return create_in_pool(connection, volume, bytes);
        }));
}

void Storage::remove(PoolVolume volume, Done done) {
    thread().call(answering<bool>(loop_, ignoring_answer(std::move(done)),
                                  [volume = std::move(volume)](virConnectPtr connection) {
                                      delete_from_pool(connection, volume);
                                      return true;
                                  }));
}

void Storage::refresh(std::string pool, Done done) {
    thread().call(
        answering<bool>(loop_, ignoring_answer(std::move(done)), [pool = std::move(pool)](virConnectPtr connection) {
            refresh_pool(connection, pool);
            return true;
        }));
}

void Storage::guests_using(std::string path, Then<std::vector<std::string>> then) {
    thread().call(
        answering<std::vector<std::string>>(loop_, std::move(then), [path = std::move(path)](virConnectPtr connection) {
            return guestkeyd::guests_using(connection, path);
        }));
}

} // namespace guestkeyd
