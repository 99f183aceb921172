// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/sealed_calls.h"

#include "support/agent_calls.h"
#include "support/openssl.h"

#include <ctime>
#include <gtest/gtest.h>
#include <sstream>

namespace guestkeyd::test {

namespace {

Call manager_call(const Connection& caller, const char* method) {
    return {caller, {kManagerPath, kManagerInterface, method}};
}

void append_texts(sd_bus_message* message, const char* option, const std::vector<std::string>& texts) {
    check_errno(sd_bus_message_open_container(message, 'e', "sv"), "make a message");
    check_errno(sd_bus_message_append(message, "s", option), "make a message");
    check_errno(sd_bus_message_open_container(message, 'v', "as"), "make a message");
    check_errno(sd_bus_message_open_container(message, 'a', "s"), "make a message");
    for (const auto& text : texts)
        check_errno(sd_bus_message_append(message, "s", text.c_str()), "make a message");
    for (int level = 0; level < 3; ++level)
        check_errno(sd_bus_message_close_container(message), "make a message");
}

std::string returned(const Call& call) {
    const auto answer = call.answer();
    EXPECT_TRUE(answer.ok()) << answer;
    return answer.ok() ? answer.text.substr(1, answer.text.size() - 2) : "";
}

} // namespace

std::string text_of(const EnvelopeText& content) {
    auto text = "guestkeyd-envelope 1\nguest " + content.guest + "\nexpires " +
                std::to_string(std::time(nullptr) + content.valid_for.count()) + "\n" + content.options;
    for (const auto& [volume, key] : content.keys)
        text.append("volume ").append(volume).append("\nkey ").append(key).append("\n");
    return text + "end\n";
}

std::string volume_envelope_text(const std::string& operation, const std::string& volume,
                                 const std::vector<std::string>& keys, std::chrono::seconds valid_for) {
    auto text = "guestkeyd-volume-envelope 1\noperation " + operation + "\nvolume " + volume + "\nexpires " +
                std::to_string(std::time(nullptr) + valid_for.count()) + "\n";
    for (const auto& key : keys)
        text.append("key ").append(key).append("\n");
    return text + "end\n";
}

std::string seal_to(const std::string& certificate_pem, std::string_view text) {
    const TempDir dir;
    write_file(dir / "certificate", certificate_pem);
    return seal_by_command(dir, dir / "certificate", text);
}

std::string seal_to(const std::string& certificate_pem, const EnvelopeText& content) {
    return seal_to(certificate_pem, text_of(content));
}

Call get_host_certificate(const Connection& caller) {
    return manager_call(caller, "GetHostCertificate");
}

Call attach_sealed(const Connection& caller, std::string_view envelope, const SealedClaim& claim) {
    auto call = manager_call(caller, "AttachSealed");
    check_errno(sd_bus_message_append_array(call.raw(), 'y', envelope.data(), envelope.size()), "make a message");
    check_errno(sd_bus_message_open_container(call.raw(), 'a', "{sv}"), "make a message");
    if (claim.guest)
        call.with("{sv}", "guest", "s", claim.guest->c_str());
    if (claim.volumes)
        append_texts(call.raw(), "volumes", *claim.volumes);
    check_errno(sd_bus_message_close_container(call.raw()), "make a message");
    return call;
}

Call export_sealed(const Connection& caller, const std::string& guest, const std::string& recipient,
                   const std::vector<std::string>& volumes, std::optional<std::uint64_t> valid_for) {
    auto call = manager_call(caller, "ExportSealed");
    call.with("ss", guest.c_str(), recipient.c_str());
    check_errno(sd_bus_message_open_container(call.raw(), 'a', "{sv}"), "make a message");
    if (!volumes.empty())
        append_texts(call.raw(), "volumes", volumes);
    if (valid_for)
        call.with("{sv}", "valid-for", "t", *valid_for);
    check_errno(sd_bus_message_close_container(call.raw()), "make a message");
    return call;
}

Call rotate_host_certificate(const Connection& caller) {
    auto call = manager_call(caller, "RotateHostCertificate");
    call.with("a{sv}", 0);
    return call;
}

std::string text_returned(const Call& call) {
    return returned(call);
}

std::string bytes_returned(const Call& call) {
    std::istringstream numbers(returned(call));
    std::string bytes;
    char comma = 0;
    for (int byte = 0; numbers >> byte; numbers >> comma)
        bytes += static_cast<char>(byte);
    return bytes;
}

} // namespace guestkeyd::test
