// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/guarded_file.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace guestkeyd {

namespace {

constexpr off_t kMaxBytes = 256 * 1024;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
    throw Failure(ErrorCode::InvalidArgs, file.string() + " " + why);
}

void require_guarded(const std::filesystem::path& file, const struct stat& status, Readers readers) {
    if (!S_ISREG(status.st_mode))
        refuse(file, "is not a file; name one in PEM");
    if (status.st_uid != geteuid())
        refuse(file, "belongs to another user; have it belong to root with chown");
    if (readers == Readers::Owner && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        refuse(file, "can be read by others than its owner; if others had access, replace it, and set its mode with "
                     "chmod 600");
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        refuse(file, "can be written by others than its owner; check it, and set its mode with chmod 644");
    if (status.st_size > kMaxBytes)
        refuse(file, "is too large to be a key or certificate; name one in PEM");
}

SecretBuffer read_all(int fd, std::size_t bytes, const std::filesystem::path& file) {
    SecretBuffer content(bytes);
    while (content.size() < bytes) {
        const auto n = read(fd, content.room().data(), content.room().size());
        if (n < 0)
            throw_errno(errno, "read " + file.string());
        if (n == 0)
            break;
        content.grow(static_cast<std::size_t>(n));
    }
    return content;
}

void write_all(int fd, std::string_view content, const std::filesystem::path& file) {
    while (!content.empty()) {
        const auto n = write(fd, content.data(), content.size());
        if (n < 0)
            throw_errno(errno, "write " + file.string());
        content.remove_prefix(static_cast<std::size_t>(n));
    }
}

void sync_folder_of(const std::filesystem::path& file) {
    const UniqueFd folder(open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || fsync(folder.get()) < 0)
        throw_errno(errno, "write the folder " + file.parent_path().string());
}

} // namespace

std::optional<SecretBuffer> read_guarded(const std::filesystem::path& file, Readers readers) {
    const UniqueFd fd(open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!fd && errno == ENOENT)
        return std::nullopt;
    struct stat status {};
    if (!fd || fstat(fd.get(), &status) < 0)
        throw_errno(errno, "read " + file.string());
    require_guarded(file, status, readers);
    return read_all(fd.get(), static_cast<std::size_t>(status.st_size), file);
}

void prepare_folder(const std::filesystem::path& folder) {
    struct stat status {};
    if ((mkdir(folder.c_str(), S_IRWXU) < 0 && errno != EEXIST) || stat(folder.c_str(), &status) < 0)
        throw_errno(errno, "make the folder " + folder.string());
    if (!S_ISDIR(status.st_mode))
        refuse(folder, "is not a folder; remove it");
    if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        refuse(folder, "can be written by others; have it belong to root, with mode 700");
}

void replace_file(const std::filesystem::path& file, std::string_view content) {
    auto fresh = file;
    fresh += ".new";
    if (unlink(fresh.c_str()) < 0 && errno != ENOENT)
        throw_errno(errno, "remove " + fresh.string());
    const UniqueFd fd(open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!fd)
        throw_errno(errno, "make " + fresh.string());
    write_all(fd.get(), content, fresh);
    if (fchmod(fd.get(), S_IRUSR | S_IWUSR) < 0 || fsync(fd.get()) < 0)
        throw_errno(errno, "write " + fresh.string());
    if (std::rename(fresh.c_str(), file.c_str()) < 0)
        throw_errno(errno, "replace " + file.string());
    sync_folder_of(file);
}

} // namespace guestkeyd
