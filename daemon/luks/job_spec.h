// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace guestkeyd {

// What a worker (guestkeyd-volume-worker) is to do; one worker does one job. Agent and worker share one stream, which
// is the worker's standard input and output. Down it go, in this order:
//   encode_job_spec(spec)      up to and with its empty line
//   the keys                   key_count(spec.operation) of them, one a line: of reencrypt the old one, then the new
//   kCancelRequest             or nothing; at any time, as is closing the stream, which asks for the same
// and up come reports (job_report.h). Cancelled, the worker stops at the next safe point, and reports what that leaves.
// SIGTERM asks for it too. SIGKILL loses nothing either: the same job with the same keys goes on where it was.
//
// An online job is another matter. Killed, it leaves who uses the volume hanging, until the same job has run again. So
// it is never killed on purpose, and the end of its stream is no request to stop: see online_job.h.

enum class VolumeOperation {
    Create,
    Test,
    Reencrypt,
    Open,    // maps it, for QEMU to read its plain content
    Close,   // ends that; done as well if there is no such mapping
    Suspend, // wipes the volume key from the kernel: who uses the mapping hangs until it is opened again
};
enum class VolumeFormat { Luks2, Luks1, Qcow2 }; // qcow2: with LUKS inside
enum class Pbkdf { Minimal, Argon2id };          // minimal: for keys of 256 random bits, see decisions.md
enum class Resilience { Checksum, Journal };     // of re-encryption against a crash in the middle of a write

std::string_view operation_name(VolumeOperation operation); // "create", "test", "reencrypt", "open", ...
std::optional<VolumeOperation> parse_operation(std::string_view name);
std::string_view format_name(VolumeFormat format); // "luks2", "luks1", "qcow2"
std::optional<VolumeFormat> parse_format(std::string_view name);
std::string_view pbkdf_name(Pbkdf pbkdf); // "minimal", "argon2id"
std::optional<Pbkdf> parse_pbkdf(std::string_view name);

struct JobSpec {
    VolumeOperation operation = VolumeOperation::Test;
    std::string path = {};                   // absolute; a regular file, or a block device
    std::optional<VolumeFormat> format = {}; // create needs it; the others find it out, and refuse another than that

    // Of create. Zero or empty: the default.
    std::uint64_t capacity = 0;    // bytes that the guest sees; default: what the device, or the existing file, has
    std::string cipher = {};       // as dm-crypt spells it; default aes-xts-plain64
    std::uint32_t key_size = 0;    // of the volume key, in bits; default 512, as XTS halves it
    std::uint32_t sector_size = 0; // of encryption, in bytes; default 512, luks1 and qcow2 know no other
    std::string label = {};        // luks2 only
    bool overwrite = false;        // destroys what is on the volume

    // Of create and reencrypt.
    Pbkdf pbkdf = Pbkdf::Minimal; // argon2id: luks2 only

    // Of reencrypt.
    std::uint64_t hotzone = 0;                    // bytes re-encrypted between two writes of the header; default 8 MiB
    Resilience resilience = Resilience::Checksum; // both of luks2 only
    std::string target = {};                      // luks1 and qcow2 on a block device: another one, for the copy
    bool online = false; // luks2 only: while it is open through dm-crypt, and stays so; default hotzone then 4 MiB

    // Of online, which outlives the agent that asks for it (online_job.h): where later agents look for it, an absolute
    // folder, and what they are to know.
    std::string folder = {};
    std::string name = {};    // of the volume, for people; default: the path
    std::uint32_t caller = 0; // uid

    // Of open, close and suspend, which are for block devices.
    std::string mapping = {}; // its name, which is_mapping_name accepts
    bool may_be_open = false; // of open: a mapping of that name, on this volume, is ours; else nobody's may be there

    bool operator==(const JobSpec&) const = default;
};

inline constexpr std::size_t kMaxPath = 4095;
inline constexpr std::size_t kMaxLabel = 47;
inline constexpr std::size_t kMaxKey = 4096;
inline constexpr std::size_t kMaxMappingName = 127;   // DM_NAME_LEN of linux/dm-ioctl.h, with its NUL
inline constexpr std::size_t kMaxJobSpec = 16 * 1024; // bytes of its encoded form
inline constexpr std::string_view kCancelRequest = "cancel\n";

// How many keys follow the spec: 2 for reencrypt, none for close and suspend, else 1.
std::size_t key_count(VolumeOperation operation);

// Whether a worker needs the right to use device-mapper for it: one of guestkeyd-mapping-worker.socket.
bool maps_devices(const JobSpec& spec);

// 1 to kMaxMappingName bytes of those that libdevmapper leaves as they are: letters, digits and #+-.:=@_ ; not "." or
// ".." or what stands in /dev/mapper beside mappings.
bool is_mapping_name(std::string_view name);

// InvalidArgs when the spec can be no job, with a sentence for whoever asked for it. Looks at no file.
void check_job_spec(const JobSpec& spec);

// Of a spec that check_job_spec accepts. Lines "NAME VALUE", those with a default left out, and an empty line.
std::string encode_job_spec(const JobSpec& spec);

// Internal on anything that encode_job_spec would not have written; and as check_job_spec.
JobSpec decode_job_spec(std::string_view text);

} // namespace guestkeyd
