// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "base/journal.h"
#include "dbus/error_names.h"

#include <memory>
#include <sdbus-c++/sdbus-c++.h>

namespace guestkeyd {

inline sdbus::Error bus_error(const Failure& failure) {
    return {error_name(failure.code()), failure.message()};
}

// Runs a handler. Only sdbus::Error may leave one: anything else would end the loop.
template <typename Handler> auto answering(Handler handler) -> decltype(handler()) {
    try {
        return handler();
    } catch (const Failure& failure) {
        throw bus_error(failure);
    } catch (const sdbus::Error&) {
        throw;
    } catch (const std::exception& error) {
        journal(Priority::Error, std::string("internal error: ") + error.what());
        throw bus_error(Failure(ErrorCode::Internal, "guestkeyd failed; see its journal"));
    }
}

// The answer to a call that is given later: exactly one. A reply that is let go of unanswered answers Internal, so that
// no caller waits in vain.
template <typename... Results> class Reply {
  public:
    explicit Reply(sdbus::Result<Results...>&& result) : state_(std::make_shared<State>(std::move(result))) {}

    void ok(const Results&... results) const {
        if (!std::exchange(state_->answered, true))
            state_->result.returnResults(results...);
    }
    void fail(const Failure& failure) const {
        if (!std::exchange(state_->answered, true))
            state_->result.returnError(bus_error(failure));
    }
    // Runs one step towards the answer; what it throws is the answer.
    template <typename Step> void guard(Step step) const {
        try {
            answering(step);
        } catch (const sdbus::Error& error) {
            if (!std::exchange(state_->answered, true))
                state_->result.returnError(error);
        }
    }

  private:
    struct State {
        explicit State(sdbus::Result<Results...>&& taken) : result(std::move(taken)) {}
        State(const State&) = delete;
        State& operator=(const State&) = delete;
        ~State() {
            try {
                if (!answered)
                    result.returnError(bus_error(Failure(ErrorCode::Internal, "guestkeyd dropped the call")));
            } catch (const sdbus::Error& error) {
                journal(Priority::Error, "cannot answer a call: " + error.getMessage());
            }
        }
        sdbus::Result<Results...> result;
        bool answered = false;
    };
    std::shared_ptr<State> state_;
};

} // namespace guestkeyd
