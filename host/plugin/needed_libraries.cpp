#include "host/plugin/needed_libraries.hpp"

#include <dlfcn.h>
#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace stratdock {
namespace {

class ElfFile {
public:
  explicit ElfFile(std::string bytes) : bytes_(std::move(bytes)) {}
  template <typename T> std::optional<T> at(uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  std::optional<std::string> text(uint64_t offset) const {
    if (offset >= bytes_.size()) return std::nullopt;
    const size_t end = bytes_.find('\0', offset);
    if (end == std::string::npos) return std::nullopt;
    return bytes_.substr(offset, end - offset);
  }
  // Where in the file the segment lies that is loaded at this address.
  std::optional<uint64_t> offset_of(uint64_t address) const {
    for (const Elf64_Phdr& segment : segments_)
      if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
        return segment.p_offset + (address - segment.p_vaddr);
    return std::nullopt;
  }
  bool read_segments() {
    const auto header = at<Elf64_Ehdr>(0);
    if (!header || header->e_phentsize != sizeof(Elf64_Phdr)) return false;
    for (uint64_t i = 0; i < header->e_phnum; ++i) {
      const auto segment = at<Elf64_Phdr>(header->e_phoff + i * sizeof(Elf64_Phdr));
      if (!segment) return false;
      segments_.push_back(*segment);
    }
    return true;
  }
  const std::vector<Elf64_Phdr>& segments() const { return segments_; }

private:
  std::string bytes_;
  std::vector<Elf64_Phdr> segments_;
};

bool names_a_library(int64_t tag) { return tag == DT_NEEDED || tag == DT_AUXILIARY || tag == DT_FILTER; }

bool is_allowed(std::string_view name) {
#ifdef STRATDOCK_SANITIZE
  if (name.starts_with("libasan.") || name.starts_with("libtsan.") || name.starts_with("libubsan.")) return true;
#endif
  return std::find(allowed_libraries.begin(), allowed_libraries.end(), name) != allowed_libraries.end();
}

}  // namespace

Result<std::vector<std::string>> needed_libraries(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  ElfFile elf(std::string(std::istreambuf_iterator<char>(stream), {}));
  const auto unreadable = [] { return failure("its dynamic section makes no sense"); };
  if (!elf.read_segments()) return unreadable();
  std::vector<std::string> names;
  for (const Elf64_Phdr& segment : elf.segments()) {
    if (segment.p_type != PT_DYNAMIC) continue;
    std::vector<uint64_t> offsets;
    uint64_t texts = 0;
    // The loader goes on to the end mark, whatever the header says of the section's size.
    const auto place = elf.offset_of(segment.p_vaddr);
    if (!place) return unreadable();
    for (uint64_t at = *place;; at += sizeof(Elf64_Dyn)) {
      const auto entry = elf.at<Elf64_Dyn>(at);
      if (!entry) return unreadable();
      if (entry->d_tag == DT_NULL) break;
      if (names_a_library(entry->d_tag)) offsets.push_back(entry->d_un.d_val);
      if (entry->d_tag == DT_STRTAB) texts = entry->d_un.d_ptr;
    }
    const auto texts_place = elf.offset_of(texts);
    for (const uint64_t offset : offsets) {
      const auto name = texts_place ? elf.text(*texts_place + offset) : std::nullopt;
      if (!name) return unreadable();
      names.push_back(*name);
    }
  }
  return names;
}

Status check_needed_libraries(const std::filesystem::path& file) {
  const auto names = needed_libraries(file);
  if (!names) return tl::unexpected(names.error());
  std::string refused;
  for (const auto& name : *names)
    if (!is_allowed(name)) refused += (refused.empty() ? "" : ", ") + name;
  if (refused.empty()) return {};
  std::string allowed;
  for (const char* name : allowed_libraries) allowed += (allowed.empty() ? "" : ", ") + std::string(name);
  return failure("it needs " + refused + ", and a plugin may need nothing but " + allowed, "link what else it uses into it, statically");
}

void load_allowed_libraries() {
  for (const char* name : allowed_libraries) dlopen(name, RTLD_NOW | RTLD_LOCAL);
}

}  // namespace stratdock
