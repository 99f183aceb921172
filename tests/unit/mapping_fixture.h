// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/mapping_rules.h"
#include "agent/mappings.h"
#include "guest_fixture.h"
#include "support/temp_dir.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

namespace guestkeyd {

using namespace std::chrono_literals;

inline const auto kSecond = VolumeId::parse("bbbbbbbb-2222-4333-8444-555555555555");
inline const auto kOtherGuest = GuestId::parse("22222222-2222-4333-8444-555555555555");

// Writes what it is to do into "log", does not open anything as long as somebody has the file "hold" locked, and
// answers with the first line of "answers.OPERATION.NAME", which it uses up, or with success.
inline constexpr const char* kWorker = R"(#!/bin/bash
cd "${0%/*}" || exit
read -r _
while read -r name value && [[ $name ]]; do declare "${name//-/_}=$value"; done
[[ $operation == open ]] && read -r key
echo "$operation $mapping${may_be_open:+ again}${key:+ with $key}" >>log
echo "started $$"
[[ $operation == open && -e hold ]] && flock --shared hold true
answers=()
[[ -e answers.$operation.$mapping ]] && mapfile -t answers <answers.$operation.$mapping
((${#answers[@]} == 0)) || printf '%s\n' "${answers[@]:1}" >"answers.$operation.$mapping"
echo "${answers[0]:-done none yes}"
)";
inline const std::string kBusy = "failed org.guestkeyd1.Error.Busy unknown it is in use\n";
inline const std::string kWrongKey = "failed org.guestkeyd1.Error.WrongKey unknown it does not open\n";

class AMappedGuest : public AGuest {
  protected:
    AMappedGuest() {
        test::write_file(dir_ / "worker", kWorker);
        chmod((dir_ / "worker").c_str(), 0700);
        test::write_file(dir_ / "log", "");
        start_agent();
    }
    AMappedGuest(const AMappedGuest&) = delete;
    AMappedGuest& operator=(const AMappedGuest&) = delete;
    ~AMappedGuest() override {
        mappings_.reset();
        while (wait(nullptr) > 0) // workers that nobody waits for any more
            continue;
    }

    void start_agent() {
        mappings_.reset();
        mappings_ = std::make_unique<Mappings>(loop_, keyring_, store_, log_,
                                               MappingSettings{(dir_ / "worker").string(), 5s, 3600s},
                                               [this](GuestId) { return libvirt_says_; });
    }
    static VolumeAttributes mapped(const std::string& name) {
        return {Delivery::DmCrypt, {}, MappedDevice{"/dev/vg/" + name, name}};
    }
    static AttachRequest push(GuestId guest = kGuest) {
        return {guest, {kVolume, kSecond}, {mapped("one"), mapped("two")}, false, {}, {}, {}, {}, {}};
    }
    void attach() { store_.attach(push(), {"first", "second"}); }
    void answers(const std::string& operation_and_name, const std::string& lines) {
        test::write_file(dir_ / ("answers." + operation_and_name), lines);
    }
    // Runs the loop until it is so; a turn at a time, since a loop that has ended does not run again.
    bool comes_true(const std::function<bool()>& condition) {
        constexpr std::uint64_t kTurn = 5000; // microseconds
        const auto deadline = std::chrono::steady_clock::now() + 60s;
        while (!condition() && std::chrono::steady_clock::now() < deadline)
            sd_event_run(loop_.raw(), kTurn);
        return condition();
    }
    std::optional<Failure> open() {
        bool answered = false;
        std::optional<Failure> result;
        mappings_->open(kGuest, [&](const auto& failure) {
            answered = true;
            result = failure;
        });
        EXPECT_TRUE(comes_true([&] { return answered; }));
        return result;
    }
    std::string log() { return test::read_file(dir_ / "log"); }
    [[nodiscard]] bool done(const std::string& line, std::size_t times = 1) {
        const auto text = log();
        std::size_t found = 0;
        for (auto at = text.find(line + "\n"); at != std::string::npos; at = text.find(line + "\n", at + 1))
            ++found;
        return found >= times;
    }
    std::vector<MappingRecord> kept() {
        std::vector<MappingRecord> records;
        keyring_.for_each([&](const FoundKey& found) {
            if (is_mapping_description(found.description))
                records.push_back(*decode_mapping(found.description, keyring_.read(found.key).view()));
        });
        return records;
    }
    // As if it had been opened long ago by an agent that is gone.
    void leave_over(const std::string& name) {
        keyring_.add(mapping_description(name),
                     encode_mapping({name, kGuest, kVolume, "/dev/vg/" + name, 1000, false}));
    }

    test::TempDir dir_;
    GuestState libvirt_says_ = GuestState::Unknown;
    std::unique_ptr<Mappings> mappings_;
};

} // namespace guestkeyd
