// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/domain_xml_reader.h"

#include "domainxml/summary_format.h"

#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>

namespace guestkeyd {

namespace {

using namespace std::chrono_literals;

constexpr auto kDeadline = 4s;

DomainXmlAnswer answer_of(const ChildResult& result) {
    try {
        if (result.succeeded)
            return {decode_summary(result.output), std::nullopt};
        if (!result.complaint.empty())
            return {std::nullopt, Failure(ErrorCode::InvalidArgs, result.complaint)};
        return {std::nullopt, Failure(ErrorCode::InvalidArgs, "the domain XML could not be read in the time, or with "
                                                              "the memory, that is given to it")};
    } catch (const Failure& failure) {
        return {std::nullopt, failure};
    }
}

UniqueFd memfd_of(const std::string& text) {
    UniqueFd fd(memfd_create("domain-xml", MFD_CLOEXEC));
    if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        lseek(fd.get(), 0, SEEK_SET) != 0)
        throw_errno(errno, "hand over the domain XML");
    return fd;
}

} // namespace

void DomainXmlReader::read(const UniqueFd& xml, Done done) {
    children_.keep(std::make_unique<Child>(
        loop_, parser_, xml, kDeadline, [this, done = std::move(done)](const Child* child, const ChildResult& result) {
            children_.drop(child);
            done(answer_of(result));
        }));
}

void DomainXmlReader::read(const std::string& xml, Done done) {
    read(memfd_of(xml), std::move(done));
}

} // namespace guestkeyd
