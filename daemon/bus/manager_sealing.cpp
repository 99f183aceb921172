// SPDX-License-Identifier: LGPL-2.1-or-later
// The members of the Manager for sealed delivery.
#include "base/journal.h"
#include "bus/caller_journal.h"
#include "bus/manager_object.h"
#include "bus/sealed_args.h"
#include "loop/alarm.h"

namespace guestkeyd {

namespace {

constexpr std::uint64_t kExportValidFor = 300; // seconds

ExportRequest parse_export(const std::string& guest, const std::string& recipient, OptionMap map) {
    Options options(std::move(map));
    const auto volumes = options.take<std::vector<std::string>>("volumes");
    const auto valid_for = options.take<std::uint64_t>("valid-for").value_or(kExportValidFor);
    options.refuse_rest();
    return {GuestId::parse(guest), volumes ? parse_volumes(*volumes) : std::vector<VolumeId>(), recipient,
            checked_seconds(valid_for, "valid-for")};
}

} // namespace

std::string ManagerObject::GetHostCertificate() {
    return answering([&] { return agent_.sealed().certificate(); });
}

void ManagerObject::AttachSealed(const std::vector<std::uint8_t>& envelope, const OptionMap& options) {
    answering([&] {
        const auto claim = parse_claim(options);
        const auto from = sender();
        // polkit has decided by what the caller claims.
        if (!claim.complete() && gate_.uid_of(from) != 0)
            throw Failure(ErrorCode::InvalidArgs, "whoever is not root has to say what is inside the envelope; use the "
                                                  "options guest and volumes");
        try {
            const auto text = agent_.sealed().open(envelope);
            const auto content = parse_envelope_content(text, now_in_seconds());
            const auto push = parse_sealed(content, claim, settings_.keys_per_guest, settings_.key_bytes);
            agent_.attach(push.request, push.keys);
            agent_.log().note(done_by(gate_, from, KeyAction::Attach, push.request.guest, push.request.volumes));
        } catch (const Failure& failure) {
            agent_.log().note(refused_to(gate_, from, KeyAction::Attach, claim.guest, failure));
            throw;
        }
    });
}

std::vector<std::uint8_t> ManagerObject::ExportSealed(const std::string& guest, const std::string& recipient,
                                                      const OptionMap& options) {
    return answering([&] {
        const auto request = parse_export(guest, recipient, options);
        try {
            auto exported = agent_.sealed().export_keys(request);
            auto use = done_by(gate_, sender(), KeyAction::Export, request.guest, std::move(exported.volumes));
            use.message += " to the host with certificate " + exported.recipient;
            agent_.log().note(use);
            return std::move(exported.envelope);
        } catch (const Failure& failure) {
            agent_.log().note(refused_to(gate_, sender(), KeyAction::Export, request.guest, failure));
            throw;
        }
    });
}

std::string ManagerObject::RotateHostCertificate(const OptionMap& options) {
    return answering([&] {
        Options(options).refuse_rest();
        auto certificate = agent_.sealed().rotate();
        const auto uid = std::to_string(gate_.uid_of(sender()));
        journal(Priority::Notice, "the certificate of this host was replaced by uid " + uid,
                {{"ACTION", "rotate"}, {"CALLER_UID", uid}, {"RESULT", "done"}});
        return certificate;
    });
}

} // namespace guestkeyd
