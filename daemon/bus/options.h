// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "base/id.h"

#include <map>
#include <optional>
#include <sdbus-c++/sdbus-c++.h>
#include <string>

namespace guestkeyd {

using OptionMap = std::map<std::string, sdbus::Variant>;

// The a{sv} at the end of a call. Each option is taken once, by name and type; what nobody took is refused.
class Options {
  public:
    explicit Options(OptionMap options) : options_(std::move(options)) {}

    // InvalidArgs for a value of another type.
    template <typename Value> std::optional<Value> take(const std::string& name) {
        const auto node = options_.extract(name);
        if (node.empty())
            return std::nullopt;
        if (!node.mapped().template containsValueOfType<Value>())
            throw Failure(ErrorCode::InvalidArgs, "option " + name + " has the wrong type, " +
                                                      quoted(node.mapped().peekValueType()) +
                                                      "; see org.guestkeyd1(5)");
        return node.mapped().template get<Value>();
    }

    template <typename Value> [[nodiscard]] bool has(const std::string& name) const {
        const auto found = options_.find(name);
        return found != options_.end() && found->second.template containsValueOfType<Value>();
    }

    // InvalidArgs if an option is left.
    void refuse_rest() const {
        if (!options_.empty())
            throw Failure(ErrorCode::InvalidArgs,
                          "there is no option " + quoted(options_.begin()->first) + " here; see org.guestkeyd1(5)");
    }

  private:
    OptionMap options_;
};

} // namespace guestkeyd
