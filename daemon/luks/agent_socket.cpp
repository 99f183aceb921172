// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/agent_socket.h"

#include "base/error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace guestkeyd {

namespace {

namespace fs = std::filesystem;

constexpr int kWaitingAgents = 4;

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error); // with our umask, by which its mode does not depend
    fs::permissions(folder, fs::perms::owner_all, error);
    if (error)
        throw_errno(error.value(), "make the folder " + folder.string());
}

void write_file(const fs::path& file, const std::string& text) {
    const UniqueFd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw_errno(errno, "write " + file.string());
}

UniqueFd listen_at(const fs::path& file) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = file.string();
    if (path.size() >= sizeof address.sun_path)
        throw Failure(ErrorCode::Internal, "the socket path " + path + " is too long");
    std::memcpy(static_cast<char*>(address.sun_path), path.data(), path.size());
    unlink(path.c_str());
    UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd || bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 ||
        listen(fd.get(), kWaitingAgents) < 0)
        throw_errno(errno, "listen at " + path);
    return fd;
}

} // namespace

AgentSocket::AgentSocket(const fs::path& folder, const std::string& device, const OnlineJob& job)
    : job_file_(online_job_file(folder, device)), socket_file_(online_job_socket(folder, device)) {
    make_folder(folder);
    // The job is readable before there is somebody to ask about it.
    write_file(job_file_, encode_online_job(job));
    socket_ = listen_at(socket_file_);
}

AgentSocket::~AgentSocket() {
    unlink(job_file_.c_str());
    unlink(socket_file_.c_str());
}

UniqueFd AgentSocket::accept() const {
    return UniqueFd(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

} // namespace guestkeyd
