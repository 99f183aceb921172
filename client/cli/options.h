// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace guestkeyd::cli {

enum class Json { Off, Short, Pretty };

// What the options of a command line say.
struct Options {
    bool help = false;
    bool version = false;
    std::vector<std::string> hosts{}; // none: this one
    Json json = Json::Off;
    bool legend = true;
    bool pager = true;
    bool ask_password = true;
    bool quiet = false;
    bool force = false;
    bool all = false;
    bool exclusive = false;
    std::optional<std::string> key_file{};
    std::optional<std::string> name{};
    std::optional<std::uint64_t> generation{};
    std::optional<std::string> wipe_on{};
    std::optional<std::chrono::seconds> lease{};
    std::optional<std::chrono::seconds> expected_within{};
    std::optional<std::chrono::seconds> lend_for{};
    std::optional<std::string> domain_xml{};
    std::optional<std::string> recipient{};
    std::optional<std::chrono::seconds> valid_for{};
    bool rotate = false;
    std::optional<std::string> new_key_file{};
    std::optional<std::string> format{};
    std::optional<std::uint64_t> size{};
    std::optional<std::string> cipher{};
    std::optional<std::uint32_t> key_size{};
    std::optional<std::uint32_t> sector_size{};
    std::optional<std::string> label{};
    std::optional<std::string> pbkdf{};
    std::optional<std::uint64_t> hotzone{};
    std::optional<std::string> resilience{};
    std::optional<std::string> target{};
    bool overwrite = false;
    bool online = false;
    bool no_wait = false;
};

// A command line, taken apart.
struct Invocation {
    std::string verb{}; // empty: none given
    std::vector<std::string> operands{};
    Options options{};
    std::vector<std::string> own_options{}; // given, and not for every verb
};

} // namespace guestkeyd::cli
