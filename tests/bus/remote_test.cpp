// SPDX-License-Identifier: LGPL-2.1-or-later
// The client library to hosts that it reaches by ssh.
#include "volume_bus_test.h"

#include "guestkeyd/remote.h"
#include "guestkeyd/unreachable.h"
#include "support/memory.h"
#include "support/ssh_server.h"

#include <cstdlib>

namespace guestkeyd::test {

namespace {

using namespace std::chrono_literals;

// A host with an agent, "virt1", and what hosts can be besides.
class Remote : public VolumeBusTest {
  protected:
    Remote()
        : ssh({{"virt1", SshServer::bridge_to(bus.address())},
               {"agentless", SshServer::bridge_to(empty_bus.address())},
               {"busless", SshServer::bridge_to("unix:path=/nonexistent/socket")},
               {"bridgeless", "/nonexistent/systemd-stdio-bridge"},
               {"hanging", "cat >/dev/null"}}),
          path_before_(std::getenv("PATH")) {
        setenv("PATH", ssh.path().c_str(), 1);
    }
    ~Remote() override { setenv("PATH", path_before_.c_str(), 1); }

    [[nodiscard]] AttachRequest request() const {
        return {GuestId::parse(guest), {guestkeyd::Volume{VolumeId::parse(volume)}}};
    }
    static std::string complaint_of(const std::exception_ptr& thrown, ErrorCode code) {
        try {
            if (thrown)
                std::rethrow_exception(thrown);
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.code(), code) << failure.message();
            return failure.message();
        }
        return "nothing was thrown";
    }
    // With time enough for a busy machine.
    static RemoteHost host(const std::string& address, std::vector<std::string> fingerprints = {}) {
        return {address, 100s, std::move(fingerprints)};
    }
    static std::string complaint(const RemoteHost& where, ErrorCode code) {
        return complaint_of(
            at_each_host({where}, Interaction::Forbidden, [](std::size_t, Client& there) { (void)there.status(); })
                .front(),
            code);
    }
    static void expect_says(const std::string& text, const std::string& words) {
        EXPECT_NE(text.find(words), std::string::npos) << text;
    }

    PrivateBus empty_bus;
    SshServer ssh;

  private:
    std::string path_before_;
};

TEST_F(Remote, AgentIsAskedAsThatOfThisHost) {
    attach(guest, {volume});
    Client there(host("root@virt1"));
    there.ping();
    EXPECT_EQ(there.status().keys, 1U);
    ASSERT_EQ(there.guests().size(), 1U);
    EXPECT_EQ(there.guests().front().id.str(), guest);
    EXPECT_EQ(there.host_certificate(),
              Client(host("root@virt1:" + std::to_string(ssh.port_of("virt1")))).host_certificate());
}

TEST_F(Remote, KeysAreAttachedInEnvelopes) {
    const TempDir dir;
    write_file(dir / "pcap", "");
    Process monitor({{"dbus-monitor", "--address", bus.address(), "--pcap"}, {}, dir / "pcap", {}});
    const auto holds = [&](const std::string& text) { return read_file(dir / "pcap").find(text) != std::string::npos; };
    Client there(host("virt1"));
    ASSERT_TRUE(wait_until([&] {
        there.ping();
        return holds("GetHostCertificate");
    }));
    there.attach(request(), SecretBuffer::copy_of("a key from afar\n"));
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"a key from afar"});
    there.attach(request(), pipe_with("another key from afar\n"));
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"another key from afar"});
    EXPECT_EQ(there.purge(GuestId::parse(guest)), 1U);
    ASSERT_TRUE(wait_until([&] { return holds("PurgeGuest"); }));
    EXPECT_TRUE(holds("AttachSealed"));
    EXPECT_FALSE(holds("from afar"));
}

TEST_F(Remote, VolumesAreMadeTestedAndEncryptedAnewWithKeysInEnvelopes) {
    wait_for_libvirt();
    Client there(host("virt1"));
    const VolumePlace place{at("volume"), {}, {}};
    const auto old_key = SecretBuffer::copy_of(kOldKey + "\n");
    const auto both = SecretBuffer::copy_of(kOldKey + "\n" + kNewKey + "\n");
    NewVolume wanted{place};
    wanted.format = "luks1";
    wanted.capacity = 8 * kMiB;
    EXPECT_EQ(there.wait_for_job(there.create_volume(wanted, old_key)).state, JobState::Done);
    EXPECT_TRUE(there.test_key(place, old_key));
    EXPECT_EQ(there.wait_for_job(there.reencrypt_volume({place}, both)).state, JobState::Done);
    EXPECT_FALSE(there.test_key(place, old_key));
}

TEST_F(Remote, KeyOfAVolumeThatIsSlowToOpenIsTestedAllTheSame) {
    const auto path = at("volume");
    write_file(path, std::string(8 * kMiB, '\0'));
    write_file(at("key"), kOldKey);
    const auto made = run({"cryptsetup", "luksFormat", "--batch-mode", "--type=luks1", "--iter-time=10000",
                           "--key-file=" + at("key"), path});
    ASSERT_EQ(made.status, 0) << made.error;
    EXPECT_TRUE(Client({"virt1", 8s}).test_key({path, {}, {}}, SecretBuffer::copy_of(kOldKey + "\n")));
}

TEST_F(Remote, GuestIsCheckedByAnXmlThatIsSentThere) {
    attach(guest, {volume});
    const auto xml = "<domain><name>web</name><uuid>" + guest +
                     "</uuid><devices><disk><source><encryption format='luks'><secret type='passphrase' uuid='" +
                     volume + "'/></encryption></source></disk></devices></domain>";
    Client there(host("virt1"));
    EXPECT_TRUE(there.check(GuestId::parse(guest), xml).ready);
}

TEST_F(Remote, KeysAreSealedOnlyToTheCertificateThatIsExpected) {
    const auto own = certificate_fingerprint(Client(host("virt1")).host_certificate());

    Client(host("virt1", {own})).attach(request(), SecretBuffer::copy_of("a key\n"));
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"a key"});
    Client there(host("virt1", {std::string(64, 'a')}));
    try {
        there.attach(request(), SecretBuffer::copy_of("another key\n"));
        ADD_FAILURE() << "attached";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::NotTrusted);
        expect_says(failure.message(), "virt1: its certificate is not the one that is expected of it");
        expect_says(failure.message(), own);
    }
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"a key"});
}

TEST_F(Remote, HostsThatCannotBeUsedSayWhatToDo) {
    expect_says(complaint(host("down"), ErrorCode::Internal),
                "down: nothing answers ssh there; start sshd on that host");
    expect_says(complaint(host("changed"), ErrorCode::NotTrusted), "forget the old one with: ssh-keygen -R changed");
    expect_says(complaint(host("stranger"), ErrorCode::NotTrusted),
                "compare it and accept it once, with: ssh stranger");
    expect_says(complaint(host("root@shut"), ErrorCode::Internal), "root@shut: ssh was not let in");
    expect_says(complaint(host("bridgeless"), ErrorCode::Internal), "there is no systemd-stdio-bridge");
    expect_says(complaint(host("busless"), ErrorCode::Internal), "busless: there is no way to its system bus");
    expect_says(complaint(host("agentless"), ErrorCode::Internal),
                "agentless: guestkeyd is not running; start it with");
    expect_says(complaint({"hanging", 3s}, ErrorCode::Internal), "hanging: it did not answer within 3 s");
    expect_says(complaint({"-oProxyCommand=evil"}, ErrorCode::InvalidArgs), "is no host");
}

TEST_F(Remote, HostWhoseAgentHangsIsGivenUp) {
    kill(agent.pid(), SIGSTOP);
    expect_says(complaint({"virt1", 3s}, ErrorCode::Internal), "virt1: guestkeyd did not answer");
    kill(agent.pid(), SIGCONT);
}

TEST_F(Remote, HostsAreAskedAtOnceAndAnswerEachForItself) {
    const std::vector<RemoteHost> hosts{{"hanging", 3s}, host("virt1"), host("down"), host("root@virt1")};
    std::vector<std::string> versions(hosts.size());
    const auto thrown = at_each_host(hosts, Interaction::Forbidden,
                                     [&](std::size_t host, Client& there) { versions[host] = there.status().version; });
    EXPECT_NE(thrown[0], nullptr);
    EXPECT_EQ(thrown[1], nullptr);
    EXPECT_NE(thrown[2], nullptr);
    EXPECT_EQ(thrown[3], nullptr);
    const auto version = Client(host("virt1")).status().version;
    EXPECT_EQ(versions, (std::vector<std::string>{"", version, "", version}));
}

TEST_F(Remote, ConnectionThatIsCutSaysSo) {
    Client there(host("virt1"));
    there.ping();
    EXPECT_EQ(run({"pkill", "-P", std::to_string(getpid()), "-x", "ssh"}).status, 0);
    try {
        there.ping();
        ADD_FAILURE() << "answered";
    } catch (const Unreachable& failure) {
        expect_says(failure.message(), "virt1: ");
    }
}

} // namespace

} // namespace guestkeyd::test
