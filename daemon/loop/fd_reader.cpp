// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loop/fd_reader.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <systemd/sd-event.h>
#include <unistd.h>

namespace guestkeyd {

namespace {

#ifndef SECRETMEM_MAGIC
constexpr auto SECRETMEM_MAGIC = 0x5345434d;
#endif

Failure too_long(std::size_t bytes) {
    return {ErrorCode::LimitsExceeded,
            "the descriptor holds more than the " + std::to_string(bytes) + " bytes allowed"};
}

struct stat stat_of(int fd) {
    struct stat status {};
    if (fstat(fd, &status) < 0)
        throw_errno(errno, "look at the caller's descriptor");
    return status;
}

std::size_t checked_size(int fd, std::size_t most) {
    const auto size = stat_of(fd).st_size;
    if (size < 0 || static_cast<std::size_t>(size) > most)
        throw too_long(most);
    return static_cast<std::size_t>(size);
}

bool can_be_read(int fd) {
    const int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_WRONLY;
}

bool is_secret_memfd(int fd) {
    struct statfs filesystem {};
    return fstatfs(fd, &filesystem) == 0 && filesystem.f_type == SECRETMEM_MAGIC;
}

bool is_sealed_memfd(int fd) {
    constexpr int kNeeded = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
    const int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & kNeeded) == kNeeded;
}

SecretBuffer read_sealed_memfd(int fd, std::size_t most) {
    SecretBuffer bytes(checked_size(fd, most));
    while (!bytes.room().empty()) {
        const auto n = pread(fd, bytes.room().data(), bytes.room().size(), static_cast<off_t>(bytes.size()));
        if (n < 0)
            throw_errno(errno, "read the caller's memfd");
        if (n == 0)
            break;
        bytes.grow(static_cast<std::size_t>(n));
    }
    return bytes;
}

// read(2) fails on secret memory, so it is mapped. It cannot shrink under us: memfd_secret(2) sizes it only once.
SecretBuffer read_secret_memfd(int fd, std::size_t most) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    SecretBuffer bytes(checked_size(fd, (most + page - 1) / page * page));
    if (bytes.capacity() == 0)
        return bytes;
    void* memory = mmap(nullptr, bytes.capacity(), PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        throw_errno(errno, "map the caller's secret memory");
    bytes.append({static_cast<const char*>(memory), bytes.capacity()});
    munmap(memory, bytes.capacity());
    return bytes;
}

// Secret memory is padded to whole pages with NUL, which no key contains.
SecretBuffer without_padding(const SecretBuffer& bytes, std::size_t most) {
    const auto end = bytes.view().find_last_not_of('\0');
    if (end != std::string_view::npos && end >= most)
        throw too_long(most);
    return SecretBuffer::copy_of(bytes.view().substr(0, end + 1));
}

} // namespace

FdReader::FdReader(EventLoop& loop, UniqueFd fd, FdLimits limits, Done done)
    : loop_(loop), fd_(std::move(fd)), limits_(limits), done_(std::move(done)) {}

void FdReader::start() {
    try {
        if (!can_be_read(fd_.get()))
            throw Failure(ErrorCode::InvalidArgs, "the descriptor cannot be read; pass the reading end of the pipe");
        if (S_ISFIFO(stat_of(fd_.get()).st_mode))
            return read_pipe();
        if (is_sealed_memfd(fd_.get()))
            bytes_ = read_sealed_memfd(fd_.get(), limits_.bytes);
        else if (is_secret_memfd(fd_.get()))
            bytes_ = without_padding(read_secret_memfd(fd_.get(), limits_.bytes), limits_.bytes);
        else
            throw Failure(ErrorCode::InvalidArgs, "the descriptor is neither a pipe nor a memfd sealed against "
                                                  "writing, growing and shrinking, nor a memfd_secret; pass one");
    } catch (const Failure& failure) {
        return finish(failure);
    }
    finish(std::nullopt);
}

void FdReader::read_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        throw_errno(errno, "make a pipe");
    own_read_end_ = UniqueFd(ends[0]);
    own_write_end_ = UniqueFd(ends[1]);
    // One byte more than allowed, to notice that there is more.
    bytes_ = SecretBuffer(limits_.bytes + 1);
    sd_event_source* source = nullptr;
    check_errno(sd_event_add_io(loop_.raw(), &source, fd_.get(), EPOLLIN, &FdReader::on_readable, this),
                "watch the caller's pipe");
    source_.reset(source);
    deadline_ = std::make_unique<Timer>(loop_, [this] {
        finish(Failure(ErrorCode::InvalidArgs, "the pipe was not closed in time; close its writing end after the last "
                                               "byte"));
    });
    deadline_->arm(limits_.deadline);
}

int FdReader::on_readable(sd_event_source*, int, unsigned, void* self) {
    run_guarded([self] { static_cast<FdReader*>(self)->drain_pipe(); });
    return 0;
}

// The sender shares the open file description and could clear O_NONBLOCK on it at any moment, and a read(2) would then
// wait; so the bytes are spliced, which can be told not to block, into a pipe that is ours alone, and read from there.
void FdReader::drain_pipe() {
    for (;;) {
        const auto moved =
            splice(fd_.get(), nullptr, own_write_end_.get(), nullptr, bytes_.room().size(), SPLICE_F_NONBLOCK);
        if (moved < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (moved < 0)
            return finish(Failure(ErrorCode::InvalidArgs, "cannot read the caller's pipe; pass its reading end"));
        if (moved == 0)
            return finish(std::nullopt);
        const auto n = read(own_read_end_.get(), bytes_.room().data(), bytes_.room().size());
        if (n > 0)
            bytes_.grow(static_cast<std::size_t>(n));
        if (bytes_.size() > limits_.bytes)
            return finish(too_long(limits_.bytes));
    }
}

void FdReader::finish(std::optional<Failure> failure) {
    source_.reset();
    if (deadline_)
        deadline_->disarm();
    fd_.reset();
    if (failure)
        bytes_ = SecretBuffer();
    const auto done = std::move(done_);
    done(this, {std::move(bytes_), std::move(failure)});
}

} // namespace guestkeyd
