// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vm/memory_image.h"

#include "base/error.h"

#include <elf.h>
#include <sstream>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>

namespace guestkeyd::test {

namespace {

// A file as it lies in memory while this object lives.
class Mapped {
  public:
    explicit Mapped(int fd) {
        struct stat status {};
        check_errno(fstat(fd, &status) < 0 ? -errno : 0, "look at a memory image");
        size_ = static_cast<std::size_t>(status.st_size);
        data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data_ == MAP_FAILED)
            throw_errno(errno, "map a memory image");
    }
    ~Mapped() { munmap(data_, size_); }
    Mapped(const Mapped&) = delete;
    Mapped& operator=(const Mapped&) = delete;

    [[nodiscard]] std::string_view view() const { return {static_cast<const char*>(data_), size_}; }

  private:
    void* data_ = nullptr;
    std::size_t size_ = 0;
};

template <typename Header> const Header& header_at(std::string_view image, std::size_t offset) {
    return *reinterpret_cast<const Header*>(image.substr(offset, sizeof(Header)).data());
}

// The page frames of the text, in hexadecimal. QEMU writes ELF, a segment for each range of physical memory.
std::string frames_with(std::string_view image, const std::string& text) {
    constexpr unsigned kPageBits = 12;
    const auto& elf = header_at<Elf64_Ehdr>(image, 0);
    std::ostringstream frames;
    for (std::size_t i = 0; i < elf.e_phnum; ++i) {
        const auto& segment = header_at<Elf64_Phdr>(image, elf.e_phoff + i * sizeof(Elf64_Phdr));
        if (segment.p_type != PT_LOAD)
            continue;
        const auto memory = image.substr(segment.p_offset, segment.p_filesz);
        for (auto at = memory.find(text); at != std::string_view::npos; at = memory.find(text, at + 1))
            frames << std::hex << ((segment.p_paddr + at) >> kPageBits) << ' ';
    }
    return frames.str();
}

// See Documentation/admin-guide/mm/pagemap.rst of the kernel.
constexpr auto kFindOwners = R"PY(
import os, struct, sys
wanted = [int(frame, 16) for frame in sys.argv[1:]]
owners = {frame: set() for frame in wanted}
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        name = open(f"/proc/{pid}/comm").read().strip()
        maps = open(f"/proc/{pid}/maps").read().splitlines()
        pages = open(f"/proc/{pid}/pagemap", "rb", 0)
        for line in maps:
            start, end = (int(each, 16) // 4096 for each in line.split()[0].split("-"))
            if end >= 1 << 47:
                continue
            pages.seek(start * 8)
            data = pages.read((end - start) * 8)
            for (entry,) in struct.iter_unpack("Q", data[:len(data) // 8 * 8]):
                if entry >> 63 and entry & (1 << 55) - 1 in owners:
                    owners[entry & (1 << 55) - 1].add(name)
    except OSError:
        pass
flags = open("/proc/kpageflags", "rb", 0)
for frame in wanted:
    flags.seek(frame * 8)
    bits = struct.unpack("Q", flags.read(8))[0]
    kernel = "free memory" if bits >> 10 & 1 else "slab" if bits >> 7 & 1 else "files" if bits >> 5 & 1 else "kernel"
    print("+".join(sorted(owners[frame])) or kernel)
)PY";

} // namespace

std::vector<std::string> owners_of(Host& host, const std::string& text) {
    const Nameless image;
    host.dump_memory(image);
    const auto frames = frames_with(Mapped(image.fd()).view(), text);
    host.put("/root/owners.py", kFindOwners);
    std::istringstream lines(host.run("python3 /root/owners.py " + frames));
    std::vector<std::string> owners;
    for (std::string line; std::getline(lines, line);)
        owners.push_back(line);
    return owners;
}

} // namespace guestkeyd::test
