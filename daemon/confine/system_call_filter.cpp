// SPDX-License-Identifier: LGPL-2.1-or-later
#include "confine/system_call_filter.h"

#include "base/error.h"

#include <cerrno>
#include <seccomp.h>
#include <string>

namespace guestkeyd {

namespace {

int number_of(std::string_view call) {
    const int number = seccomp_syscall_resolve_name(std::string(call).c_str());
    if (number == __NR_SCMP_ERROR)
        throw Failure(ErrorCode::Internal, "there is no system call " + std::string(call) + " to filter");
    return number;
}

scmp_arg_cmp comparison(ArgumentIs condition) {
    switch (condition.relation) {
    case ArgumentIs::Equal:
        return {condition.index, SCMP_CMP_EQ, condition.value, 0};
    case ArgumentIs::AtMost:
        return {condition.index, SCMP_CMP_LE, condition.value, 0};
    case ArgumentIs::WithBits:
        return {condition.index, SCMP_CMP_MASKED_EQ, condition.value, condition.value};
    case ArgumentIs::WithoutBits:
        return {condition.index, SCMP_CMP_MASKED_EQ, condition.value, 0};
    }
    throw Failure(ErrorCode::Internal, "unknown condition of a system call");
}

constexpr const char* kDoing = "filter system calls";

} // namespace

void SystemCallFilter::Release::operator()(void* filter) const {
    seccomp_release(filter);
}

SystemCallFilter::SystemCallFilter() : filter_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
    constexpr std::uint32_t kSearchTree = 2; // instead of a row of comparisons
    check_errno(seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_OPTIMIZE, kSearchTree), kDoing);
}

void SystemCallFilter::allow(std::initializer_list<std::string_view> calls) {
    for (const auto call : calls)
        check_errno(seccomp_rule_add_array(filter_.get(), SCMP_ACT_ALLOW, number_of(call), 0, nullptr), kDoing);
}

void SystemCallFilter::allow(std::string_view call, ArgumentIs condition) {
    const auto argument = comparison(condition);
    check_errno(seccomp_rule_add_array(filter_.get(), SCMP_ACT_ALLOW, number_of(call), 1, &argument), kDoing);
}

void SystemCallFilter::pretend_absent(std::string_view call) {
    check_errno(seccomp_rule_add_array(filter_.get(), SCMP_ACT_ERRNO(ENOSYS), number_of(call), 0, nullptr), kDoing);
}

void SystemCallFilter::load() {
    check_errno(seccomp_load(filter_.get()), kDoing);
}

} // namespace guestkeyd
