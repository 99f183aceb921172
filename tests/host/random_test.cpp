// SPDX-License-Identifier: LGPL-2.1-or-later
// Random sequences of what guests, callers and faults do to each other. Each has a number, which is its seed; those of
// another run are had by setting RANDOM_SEED in the environment, and one is repeated with --gtest_filter='*/NUMBER'.
#include "host/random_host.h"

#include <cstdlib>
#include <iostream>

namespace guestkeyd::test {

namespace {

constexpr unsigned kSequences = 200;
constexpr unsigned kSteps = 10;

unsigned first_seed() {
    const char* const given = std::getenv("RANDOM_SEED"); // NOLINT(concurrency-mt-unsafe): there is one thread yet
    return given ? static_cast<unsigned>(std::stoul(given)) : 1000;
}

class RandomSequence : public RandomHost, public testing::WithParamInterface<unsigned> {
  protected:
    RandomSequence() : RandomHost(first_seed() + GetParam()) {}
};

TEST_P(RandomSequence, LeavesTheKeysOfGuestsThatStayAndNoOthers) {
    for (unsigned i = 0; i < kSteps && !HasFailure(); ++i)
        step();
    if (!HasFailure())
        come_to_rest();
    if (!HasFailure())
        expect_invariants();
    std::cout << "RANDOM_SEED=" << first_seed() << ", sequence " << GetParam() << ":\n" << story();
}

INSTANTIATE_TEST_SUITE_P(Of, RandomSequence, testing::Range(0U, kSequences));

} // namespace

} // namespace guestkeyd::test
