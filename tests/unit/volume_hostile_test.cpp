// SPDX-License-Identifier: LGPL-2.1-or-later
// Volumes whose headers are cut, damaged or forged, given to every operation: each ends in a report, soon.
#include "volume_fixture.h"

#include "support/luks2_header.h"
#include "support/luks_content.h"

#include <filesystem>
#include <random>

namespace guestkeyd::test {
namespace {

namespace fs = std::filesystem;

class HostileVolume : public Volumes {
  protected:
    static void overwrite(const std::string& path, std::uint64_t at, const std::string& bytes) {
        std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(static_cast<std::streamoff>(at)).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        ASSERT_TRUE(stream.flush());
    }

    // With a clear error or, where the damage does no harm, a result.
    static void expect_report(const JobSpec& spec, const Keys& keys, const std::string& damage) {
        VolumeWorker worker(spec, keys);
        const auto report = worker.finish();
        ASSERT_TRUE(report.has_value()) << "died of " << damage;
        if (const auto* failed = std::get_if<JobFailed>(&*report)) {
            EXPECT_FALSE(failed->message.empty());
        }
    }

    void expect_reports(const std::string& path, const std::string& damage) {
        expect_report({.path = path}, {kOldKey}, damage);
        expect_report(reencrypt_spec(path), {kOldKey, kNewKey}, damage);
    }

    static void expect_unsupported(const std::string& path, const std::string& why) {
        for (const auto& report : {test_key(path, kOldKey), reencrypt(path)}) {
            ASSERT_TRUE(std::holds_alternative<JobFailed>(report)) << encode_job_report(report);
            const auto& failed = std::get<JobFailed>(report);
            EXPECT_EQ(failed.code, ErrorCode::Unsupported) << failed.message;
            EXPECT_NE(failed.message.find(why), std::string::npos) << failed.message;
        }
    }

    // The first part of the data area: what would be overwritten first.
    static std::string data_of(const std::string& path) { return read_file(path).substr(16 * kMiB); }

    std::string interrupted() {
        const auto path = make(VolumeFormat::Luks2, 24 * kMiB);
        LuksContent(path, kOldKey).fill();
        auto spec = reencrypt_spec(path);
        spec.hotzone = 64 * 1024;
        VolumeWorker worker(spec, {kOldKey, kNewKey});
        EXPECT_TRUE(worker.next_of<JobProgress>());
        worker.say(kCancelRequest);
        EXPECT_EQ(error_of(worker.finish().value()), ErrorCode::Cancelled);
        return path;
    }
};

TEST_F(HostileVolume, CutAnywhereIsAnError) {
    for (const auto format : kFormats) {
        const auto path = make(format, kMiB, format_name(format));
        const auto whole = read_file(path);
        for (const std::size_t size :
             {0U, 1U, 6U, 511U, 512U, 592U, 1024U, 4095U, 4096U, 20'000U, 65'536U, 1'000'000U}) {
            write_file(path, whole.substr(0, size));
            expect_reports(path, std::string(format_name(format)) + " cut to " + std::to_string(size));
            EXPECT_FALSE(opens(path, kNewKey));
        }
    }
}

// Before the counts of iterations, which are a matter of their own.
constexpr std::uint64_t damaged_bytes(VolumeFormat format) {
    return format == VolumeFormat::Luks2 ? 8192 : 160;
}

TEST_F(HostileVolume, DamagedAtRandomIsNoHarm) {
    const auto seed = std::random_device{}();
    std::mt19937 random(seed);
    for (const auto format : kFormats) {
        const auto path = make(format, kMiB, format_name(format));
        const auto whole = read_file(path);
        for (int i = 0; i < 12; ++i) {
            write_file(path, whole);
            for (int k = 0; k < 4; ++k)
                overwrite(path, random() % damaged_bytes(format),
                          std::string(1 + random() % 4, static_cast<char>(random())));
            expect_report({.path = path}, {kOldKey}, "seed " + std::to_string(seed));
            if (format != VolumeFormat::Qcow2)
                expect_report(reencrypt_spec(path), {kOldKey, kNewKey}, "seed " + std::to_string(seed));
        }
    }
}

TEST_F(HostileVolume, Luks1ThatAsksForEndlessWorkIsRefused) {
    constexpr std::uint64_t kDigestIterations = 164;
    constexpr std::uint64_t kFirstSlotIterations = 212;
    for (const auto at_byte : {kDigestIterations, kFirstSlotIterations}) {
        const auto path = make(VolumeFormat::Luks1, kMiB, std::to_string(at_byte));
        overwrite(path, at_byte, std::string(4, '\xff'));
        expect_unsupported(path, "4294967295 iterations");
    }
}

TEST_F(HostileVolume, Luks2ThatAsksForEndlessWorkOrMemoryIsRefused) {
    const auto path = make(VolumeFormat::Luks2, kMiB);
    forge_luks2_header(path, R"("type":"pbkdf2","hash":"sha512","iterations":1000)",
                       R"("type":"argon2id","time":4,"memory":4000000,"cpus":4)");
    expect_unsupported(path, "3906 MiB of memory");
    const auto digest = make(VolumeFormat::Luks2, kMiB, "digest");
    forge_luks2_header(digest, R"("segments":["0"],"hash":"sha512","iterations":1000)",
                       R"("segments":["0"],"hash":"sha512","iterations":4000000000)");
    expect_unsupported(digest, "4000000000 iterations");
}

TEST_F(HostileVolume, Qcow2ThatPointsAnywhereIsRefused) {
    const auto whole = read_file(make(VolumeFormat::Qcow2, kMiB));
    const auto pointer = whole.find(std::string("\x05\x37\xbe\x77\0\0\0\x10", 8));
    ASSERT_NE(pointer, std::string::npos);
    const auto path = at("volume");
    const std::string far(8, '\x7f');
    const std::string none(8, '\0');
    for (const auto& bytes : {far, none, std::string("\0\0\0\0\0\0\0\1", 8)})
        for (const std::uint64_t field : {pointer + 8, pointer + 16, pointer + 4, std::uint64_t{100}}) {
            write_file(path, whole);
            overwrite(path, field, bytes);
            EXPECT_FALSE(opens(path, kOldKey)) << field;
        }
    write_file(path, whole);
    overwrite(path, 32, std::string("\0\0\0\1", 4)); // the cipher that QEMU gave up for its weakness
    EXPECT_EQ(error_of(test_key(path, kOldKey)), ErrorCode::NotLuks);
}

TEST_F(HostileVolume, ThatIsBeingDecryptedIsReportedAndNeverGoneOnWith) {
    const auto path = interrupted();
    forge_luks2_header(path, R"("mode":"reencrypt")", R"("mode":"decrypt")");
    const auto before = data_of(path);
    VolumeWorker look({.path = path}, {kNewKey});
    look.finish();
    ASSERT_EQ(look.notices().size(), 1U);
    EXPECT_NE(look.notices()[0].message.find("forged"), std::string::npos) << look.notices()[0].message;
    EXPECT_EQ(error_of(reencrypt(path)), ErrorCode::Unsupported);
    EXPECT_TRUE(data_of(path) == before);
}

TEST_F(HostileVolume, WhoseReencryptionIsForgedIsNotGoneOnWith) {
    const auto path = interrupted();
    const auto whole = read_file(path);
    const std::array<std::pair<const char*, const char*>, 3> forgeries{{
        {R"("online-reencrypt-v2")", R"("online-reencrypt")"}, // as before there was a digest over it
        {R"("direction":"forward")", R"("direction":"backward")"},
        {R"("encryption":"aes-xts-plain64")", R"("encryption":"cipher_null-ecb")"},
    }};
    for (const auto& [text, replacement] : forgeries) {
        write_file(path, whole);
        forge_luks2_header(path, text, replacement);
        const auto before = data_of(path);
        EXPECT_TRUE(std::holds_alternative<JobFailed>(reencrypt(path))) << replacement;
        EXPECT_TRUE(data_of(path) == before) << replacement;
    }
    write_file(path, whole);
    EXPECT_EQ(reencrypt(path), (JobReport{JobDone{VolumeFormat::Luks2, true}}));
    EXPECT_EQ(LuksContent(path, kNewKey).bad_sectors(), 0U);
}

} // namespace
} // namespace guestkeyd::test
