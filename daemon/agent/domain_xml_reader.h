// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"
#include "domainxml/domain_summary.h"
#include "loop/child.h"
#include "loop/ongoing.h"

#include <functional>
#include <string>

namespace guestkeyd {

// What a domain XML says of its guest, or why it cannot be told.
struct DomainXmlAnswer {
    std::optional<DomainSummary> summary;
    std::optional<Failure> failure;
};

// Reads domain XML, which may be hostile, in a child process that has no keys: guestkeyd-domain-xml.
class DomainXmlReader {
  public:
    using Done = std::function<void(DomainXmlAnswer)>;

    DomainXmlReader(EventLoop& loop, std::string parser) : loop_(loop), parser_(std::move(parser)) {}

    // xml is read to its end by the child, which is given some seconds.
    void read(const UniqueFd& xml, Done done);
    void read(const std::string& xml, Done done);

  private:
    EventLoop& loop_;
    const std::string parser_;
    Ongoing<Child> children_;
};

} // namespace guestkeyd
