// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/key_fd.h"

#include "base/error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace guestkeyd::test {

Pipe make_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        throw_errno(errno, "make a pipe");
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void write_all(const UniqueFd& fd, std::string_view content) {
    while (!content.empty()) {
        const auto written = write(fd.get(), content.data(), content.size());
        if (written < 0)
            throw_errno(errno, "write keys to a descriptor");
        content.remove_prefix(static_cast<std::size_t>(written));
    }
}

UniqueFd pipe_with(std::string_view content) {
    auto pipe = make_pipe();
    if (fcntl(pipe.writing.get(), F_SETPIPE_SZ, 1 << 20) < 0)
        throw_errno(errno, "enlarge a pipe");
    write_all(pipe.writing, content);
    return std::move(pipe.reading);
}

UniqueFd unsealed_memfd(std::string_view content) {
    UniqueFd fd(memfd_create("keys", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd)
        throw_errno(errno, "make a memfd");
    write_all(fd, content);
    return fd;
}

UniqueFd sealed_memfd(std::string_view content) {
    auto fd = unsealed_memfd(content);
    if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
        throw_errno(errno, "seal a memfd");
    return fd;
}

namespace {

UniqueFd new_secret_memfd() {
    return UniqueFd(static_cast<int>(syscall(SYS_memfd_secret, O_CLOEXEC)));
}

} // namespace

bool has_secret_memory() {
    return static_cast<bool>(new_secret_memfd());
}

UniqueFd secret_memfd(std::string_view content) {
    auto fd = new_secret_memfd();
    constexpr std::size_t kPage = 4096;
    const std::size_t size = (content.size() + kPage - 1) / kPage * kPage;
    if (!fd || ftruncate(fd.get(), static_cast<off_t>(size)) < 0)
        throw_errno(errno, "make a secret memfd");
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (memory == MAP_FAILED)
        throw_errno(errno, "map a secret memfd");
    std::memcpy(memory, content.data(), content.size());
    munmap(memory, size);
    return fd;
}

} // namespace guestkeyd::test
