// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "loop/worker.h"

#include "support/temp_dir.h"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace guestkeyd {
namespace {

using test::TempDir;

// A worker that is a shell script, and what is heard of it.
class AWorker : public testing::Test {
  protected:
    std::string script(const std::string& text) {
        const auto path = dir_ / "worker";
        test::write_file(path, "#!/bin/bash\n" + text + "\n");
        chmod(path.c_str(), 0700);
        return path;
    }
    // Until it has ended; on_line may answer.
    void run(const std::string& where, const std::string& input, std::function<void(Worker&)> on_line = nullptr) {
        EventLoop loop;
        Worker worker(loop, where,
                      {[&](std::string_view line) {
                           lines_.emplace_back(line);
                           if (on_line)
                               on_line(worker);
                       },
                       [&](std::optional<std::string> died) {
                           died_ = std::move(died);
                           loop.exit(0);
                       }});
        worker.send(input);
        loop.run();
    }

    TempDir dir_;
    std::vector<std::string> lines_;
    std::optional<std::string> died_;
};

TEST_F(AWorker, IsTalkedWithInLines) {
    run(script("read word; echo you said $word; read word; echo then $word"), "one\n", [this](Worker& worker) {
        if (lines_.size() == 1)
            worker.send("two\n");
    });
    EXPECT_EQ(lines_, (std::vector<std::string>{"you said one", "then two"}));
    EXPECT_EQ(died_, std::nullopt);
}

TEST_F(AWorker, IsHeardToItsLastLine) {
    run(script("for i in {1..1000}; do echo line $i; done"), "");
    ASSERT_EQ(lines_.size(), 1000U);
    EXPECT_EQ(lines_.back(), "line 1000");
}

TEST_F(AWorker, SeesTheEndOfItsInput) {
    run(script("echo ready; cat; echo end"), "", [](Worker& worker) { worker.end_input(); });
    EXPECT_EQ(lines_, (std::vector<std::string>{"ready", "end"}));
}

TEST_F(AWorker, IsKilledBySignals) {
    run(script("echo ready; read word"), "", [](Worker& worker) { worker.signal(SIGKILL); });
    EXPECT_EQ(died_, "signal 9");
}

TEST_F(AWorker, HasNeitherEnvironmentNorDescriptorsOfOurs) {
    setenv("GUESTKEYD_TEST_CANARY", "1", 1);
    run(script("env | grep CANARY; ls /proc/$$/fd | tr '\\n' ' '; echo"), "");
    EXPECT_EQ(lines_, std::vector<std::string>{"0 1 2 255 "}); // 255: the script itself
}

TEST_F(AWorker, ThatIsNotThereIsNamed) {
    try {
        run("/nonexistent/worker", "");
        FAIL() << "was started";
    } catch (const Failure& failure) {
        EXPECT_NE(failure.message().find("/nonexistent/worker"), std::string::npos);
    }
}

// What a service manager does with Accept=yes, once.
class AListeningService {
  public:
    explicit AListeningService(const std::string& path) : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        path.copy(name.sun_path, sizeof name.sun_path - 1);
        if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) < 0 ||
            listen(socket_.get(), 1) < 0)
            throw_errno(errno, "listen on " + path);
    }
    void start_one(const std::string& program) {
        const UniqueFd connection(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        const int child = fork();
        if (child == 0) {
            dup2(connection.get(), STDIN_FILENO);
            dup2(connection.get(), STDOUT_FILENO);
            execl(program.c_str(), program.c_str(), nullptr);
            _exit(1);
        }
    }

  private:
    UniqueFd socket_;
};

TEST_F(AWorker, IsReachedAtTheSocketOfAService) {
    AListeningService service(dir_ / "socket");
    std::thread accepting([&] { service.start_one(script("read word; echo you said $word")); });
    run(dir_ / "socket", "one\n");
    accepting.join();
    EXPECT_EQ(lines_, std::vector<std::string>{"you said one"});
    EXPECT_GT(wait(nullptr), 0);
}

TEST_F(AWorker, OfAServiceIsKilledByTheNumberThatTheKernelTells) {
    AListeningService service(dir_ / "socket");
    std::thread accepting([&] { service.start_one(script("echo started 1; read word")); });
    run(dir_ / "socket", "", [](Worker& worker) { worker.signal(SIGKILL); });
    accepting.join();
    int status = 0;
    EXPECT_GT(wait(&status), 0);
    EXPECT_TRUE(WIFSIGNALED(status));
}

} // namespace
} // namespace guestkeyd
