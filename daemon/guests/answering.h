// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "guests/call_thread.h"
#include "loop/event_loop.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace guestkeyd {

// Runs work, which may throw, with the connection, and posts its outcome to the loop. What then holds, the answer to a
// D-Bus call at times, belongs to the loop's thread and may end there only, so it is moved, never copied.
template <typename Answer, typename Work>
CallThread::Call answering(EventLoop& loop, std::function<void(Answer, std::optional<Failure>)> then, Work work) {
    // std::function wants to be copied, what work holds (a key) must not be.
    auto shared = std::make_shared<Work>(std::move(work));
    return [&loop, then = std::move(then), shared = std::move(shared)](virConnectPtr connection) mutable {
        Answer answer{};
        std::optional<Failure> failure;
        try {
            if (!connection)
                throw Failure(ErrorCode::LibvirtUnavailable,
                              "libvirt does not answer; start libvirtd, or wait until it is up");
            answer = (*shared)(connection);
        } catch (const Failure& caught) {
            failure = caught;
        }
        loop.post([then = std::move(then), answer = std::move(answer), failure = std::move(failure)] {
            then(answer, failure);
        });
    };
}

} // namespace guestkeyd
