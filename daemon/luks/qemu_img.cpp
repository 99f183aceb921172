// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/qemu_img.h"

#include "base/error.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace guestkeyd {

namespace {

constexpr const char* kQemuImg = "/usr/bin/qemu-img";
constexpr int kFirstFd = STDERR_FILENO + 1;
constexpr int kAboveAllFds = 32; // where no descriptor of the child's will be
constexpr int kCancelLook = 100; // ms
constexpr int kAttempts = 20;
constexpr std::string_view kMeasuringFailed = "Unable to get accurate CPU usage";

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) < 0)
        throw_errno(errno, "make a pipe");
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// A pipe holds 64 KiB, so it takes the key at once.
UniqueFd pipe_with(std::string_view key) {
    auto pipe = make_pipe();
    if (write(pipe.write_end.get(), key.data(), key.size()) != static_cast<ssize_t>(key.size()))
        throw_errno(errno, "hand over a key");
    return std::move(pipe.read_end);
}

std::vector<std::string> arguments_of(const QemuImgRun& run) {
    std::vector<std::string> all{kQemuImg};
    all.insert(all.end(), run.arguments.begin(), run.arguments.end());
    auto fd = kFirstFd + static_cast<int>(run.images.size());
    for (std::size_t i = 0; i < run.keys.size(); ++i) {
        // After the name of the command; other arguments end with what is no option.
        const auto secret = "secret,id=key" + std::to_string(i) + ",file=/dev/fd/" + std::to_string(fd++);
        all.insert(all.begin() + 2, {"--object", secret});
    }
    return all;
}

class QemuImg {
  public:
    explicit QemuImg(const QemuImgRun& run) {
        std::vector<UniqueFd> keys;
        keys.reserve(run.keys.size());
        for (const auto key : run.keys)
            keys.push_back(pipe_with(key));
        auto descriptors = run.images;
        for (const auto& key : keys)
            descriptors.push_back(key.get());
        start(arguments_of(run), descriptors);
    }
    QemuImg(const QemuImg&) = delete;
    QemuImg& operator=(const QemuImg&) = delete;
    ~QemuImg() {
        if (pid_ <= 0)
            return;
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }

    [[nodiscard]] int output() const { return output_.get(); }
    [[nodiscard]] int errors() const { return errors_.get(); }

    bool succeeded() {
        int status = 0;
        waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }

  private:
    void start(std::vector<std::string> arguments, const std::vector<int>& descriptors) {
        auto output = make_pipe();
        auto errors = make_pipe();
        std::vector<int> from{-1, output.write_end.get(), errors.write_end.get()};
        from.insert(from.end(), descriptors.begin(), descriptors.end());
        std::vector<char*> argv;
        argv.reserve(arguments.size() + 1);
        for (auto& argument : arguments)
            argv.push_back(argument.data());
        argv.push_back(nullptr);
        pid_ = fork();
        if (pid_ < 0)
            throw_errno(errno, "start qemu-img");
        if (pid_ == 0)
            become(argv.data(), from);
        output_ = std::move(output.read_end);
        errors_ = std::move(errors.read_end);
    }

    // In the child: only what is safe in a signal handler.
    [[noreturn]] static void become(char** argv, std::vector<int>& from) {
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        from[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        for (auto& fd : from)
            fd = fcntl(fd, F_DUPFD_CLOEXEC, kAboveAllFds);
        for (std::size_t i = 0; i < from.size(); ++i)
            dup2(from[i], static_cast<int>(i));
        close_range(static_cast<unsigned>(from.size()), ~0U, 0);
        std::array<char*, 1> environment{nullptr};
        execve(kQemuImg, argv, environment.data());
        constexpr int kNotFound = 127;
        _exit(kNotFound);
    }

    pid_t pid_ = -1;
    UniqueFd output_;
    UniqueFd errors_;
};

// False at its end.
bool read_some(int fd, std::string& text) {
    constexpr std::size_t kMaxText = 64 * 1024;
    std::array<char, 4096> chunk;
    const auto n = read(fd, chunk.data(), chunk.size());
    if (n > 0)
        text.append(chunk.data(), static_cast<std::size_t>(n)).resize(std::min(text.size(), kMaxText));
    return n > 0;
}

// qemu-img tells "    (12.34/100%)\r" again and again.
void tell_progress(std::string& output, std::uint64_t bytes, JobStream& stream) {
    const auto begin = output.rfind('(');
    double percent = 0;
    if (begin == std::string::npos || output.find('/', begin) == std::string::npos)
        return;
    std::from_chars(output.data() + begin + 1, output.data() + output.size(), percent);
    output.clear();
    stream.progress(static_cast<std::uint64_t>(percent / 100 * static_cast<double>(bytes)), bytes);
}

// What it complained of; none if it did what it should.
std::optional<std::string> attempt(const QemuImgRun& run, JobStream& stream) {
    QemuImg child(run);
    std::string output;
    std::string errors;
    std::array<pollfd, 2> fds{pollfd{child.output(), POLLIN, 0}, pollfd{child.errors(), POLLIN, 0}};
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        throw_if_cancelled(stream, "what was there is as it was");
        if (poll(fds.data(), fds.size(), kCancelLook) <= 0)
            continue;
        if (fds[0].revents != 0 && !read_some(child.output(), output))
            fds[0].fd = -1;
        if (fds[1].revents != 0 && !read_some(child.errors(), errors))
            fds[1].fd = -1;
        tell_progress(output, run.bytes, stream);
    }
    if (child.succeeded())
        return std::nullopt;
    return errors.empty() ? "qemu-img ended early; is " + std::string(kQemuImg) + " installed?" : errors;
}

// Before what went wrong, it may complain of what it could not clean up.
std::string last_line(std::string text) {
    while (text.ends_with('\n'))
        text.pop_back();
    return text.substr(text.rfind('\n') + 1);
}

} // namespace

void run_qemu_img(const QemuImgRun& run, JobStream& stream, const std::string& doing) {
    for (int i = 1;; ++i) {
        const auto complaint = attempt(run, stream);
        if (!complaint)
            return;
        if (complaint->find(kMeasuringFailed) == std::string::npos || i == kAttempts)
            throw Failure(ErrorCode::Internal, "cannot " + doing + ": " + last_line(*complaint));
        stream.report(JobNotice{"qemu-img could not measure the processor, which happens at random; trying again (" +
                                std::to_string(i + 1) + " of " + std::to_string(kAttempts) + ")"});
    }
}

} // namespace guestkeyd
