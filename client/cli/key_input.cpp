// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/key_input.h"

#include "base/error.h"
#include "base/unique_fd.h"
#include "cli/exit_status.h"
#include "cli/key_lines.h"
#include "cli/terminal.h"

#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace guestkeyd::cli {

namespace {

constexpr mode_t kReadableByOthers = S_IRGRP | S_IROTH;

// The key on a line that was typed; Ctrl-D ends it as well as the newline does.
std::string_view require_typed_key(const SecretBuffer& line, const std::string& title) {
    if (line.size() >= kLongestLine)
        throw Failure(ErrorCode::InvalidArgs,
                      "the " + title + " may have been cut, a terminal takes no longer lines; use --key-file");
    auto key = line.view();
    if (key.ends_with('\n'))
        key.remove_suffix(1);
    if (key.empty())
        throw Failure(ErrorCode::InvalidArgs, "the " + title + " was not typed; nothing was done");
    return key;
}

std::string prompt_for(std::string title) {
    title.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(title.front())));
    return title + ": ";
}

SecretBuffer ask_for_keys(const std::vector<std::string>& titles) {
    SecretBuffer lines(titles.size() * kLongestLine);
    for (const auto& title : titles) {
        const auto line = read_hidden_line(STDIN_FILENO, prompt_for(title));
        lines.append(require_typed_key(line, title));
        lines.append("\n");
    }
    return lines;
}

// A key that opens nothing yet is lost with its first use if it was mistyped.
void ask_again(const SecretBuffer& lines, const std::string& title) {
    const auto again = ask_for_keys({title + " again"});
    if (!lines.view().ends_with(again.view()) ||
        (lines.size() > again.size() && lines.view()[lines.size() - again.size() - 1] != '\n'))
        throw Failure(ErrorCode::InvalidArgs, "the " + title + " was typed in two ways; nothing was done");
}

bool asks_a_human(const std::optional<std::string>& key_file) {
    return (!key_file || *key_file == "-") && isatty(STDIN_FILENO) != 0;
}

UniqueFd open_key_file(const std::string& path) {
    UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd)
        throw Failure(ErrorCode::InvalidArgs, "cannot open key file " + quoted(path) + ": " +
                                                  std::generic_category().message(errno) +
                                                  "; give the name of a file with one key a line");
    return fd;
}

void warn_if_others_can_read(const UniqueFd& fd, const std::string& path) {
    struct stat status {};
    if (fstat(fd.get(), &status) < 0 || !S_ISREG(status.st_mode) || (status.st_mode & kReadableByOthers) == 0)
        return;
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", status.st_mode & 07777U);
    warn("key file " + quoted(path) + " can be read by other users (mode " + mode.data() + "); run: chmod 600 " +
         quoted(path));
}

SecretBuffer read_key_file(const std::string& path, std::size_t keys) {
    const auto source = "key file " + quoted(path);
    const auto fd = open_key_file(path);
    warn_if_others_can_read(fd, path);
    return as_key_lines(read_to_end(fd.get(), source), keys, source);
}

} // namespace

SecretBuffer read_keys(const std::optional<std::string>& key_file, const std::vector<std::string>& titles) {
    if (key_file && *key_file != "-")
        return read_key_file(*key_file, titles.size());
    if (asks_a_human(key_file))
        return ask_for_keys(titles);
    const std::string source = "standard input";
    return as_key_lines(read_to_end(STDIN_FILENO, source), titles.size(), source);
}

SecretBuffer read_new_key(const std::optional<std::string>& key_file, const std::vector<std::string>& titles) {
    auto lines = read_keys(key_file, titles);
    if (asks_a_human(key_file))
        ask_again(lines, titles.back());
    return lines;
}

SecretBuffer read_keys(const std::optional<std::string>& key_file, const std::vector<Volume>& volumes) {
    std::vector<std::string> titles;
    for (const auto& volume : volumes)
        titles.push_back("key of volume " + volume.id.str());
    return read_keys(key_file, titles);
}

} // namespace guestkeyd::cli
