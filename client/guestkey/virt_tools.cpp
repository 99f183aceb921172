// SPDX-License-Identifier: LGPL-2.1-or-later
// Other tools, which we extend, and which call us again for what is to be done.
#include "guestkey/virt_tools.h"

#include "base/error.h"
#include "guestkey/store.h"
#include "guestkeyd/key_fd.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace guestkeyd::guestkey {

namespace {

bool asks_for_help(const std::vector<std::string>& arguments) {
    return std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
        return argument == "-h" || argument == "--help" || argument == "--version";
    });
}

// For our calls of each other: inherited, and readable by its owner alone, as files with passphrases are to be.
UniqueFd passed_on(const SecretBuffer& secret) {
    auto fd = key_fd(secret);
    if (fchmod(fd.get(), S_IRUSR | S_IWUSR) < 0 || fcntl(fd.get(), F_SETFD, 0) < 0)
        throw_errno(errno, "hand the passphrase on");
    return fd;
}

// How the tool calls us.
struct OurCommand {
    std::vector<std::string> words;
    UniqueFd passphrase{}; // named by a word, if the database has one
};

OurCommand our_command(const Invocation& invocation) {
    OurCommand command{{std::filesystem::read_symlink("/proc/self/exe")}};
    if (invocation.has("database"))
        command.words.push_back("--database=" + database_file(invocation).string());
    if (asks_for_help(invocation.operands))
        return command;
    keydb::KeyDatabase database(database_file(invocation));
    const auto protection = database.protection();
    const auto secret = unlocking_secret(invocation, protection);
    database.unlock(secret);
    if (protection.by != keydb::ProtectedBy::KeyFile) {
        command.passphrase = passed_on(secret);
        command.words.insert(command.words.begin(), "--unlock-fd=" + std::to_string(command.passphrase.get()));
    } else if (const auto file = invocation.maybe_text("unlock")) {
        command.words.push_back("--unlock=" + std::filesystem::absolute(*file).string());
    }
    return command;
}

} // namespace

int run_virt_tool(const Invocation& invocation) {
    const std::filesystem::path extensions = invocation.maybe_text("extensions").value_or(GUESTKEY_EXTENSIONS);
    std::vector<std::string> words{GUESTKEY_PYTHON, "-B", extensions / "start.py", invocation.verb};
    const auto command = our_command(invocation);
    words.insert(words.end(), command.words.begin(), command.words.end());
    words.emplace_back("--");
    words.insert(words.end(), invocation.operands.begin(), invocation.operands.end());
    std::vector<char*> argv;
    for (auto& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    execv(GUESTKEY_PYTHON, argv.data());
    throw_errno(errno, "run " GUESTKEY_PYTHON " (which comes with the package virtinst)");
}

} // namespace guestkeyd::guestkey
