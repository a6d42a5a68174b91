#include "host/plugin/plugin_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace stratdock {
namespace {

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

bool write_all(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

std::string hex(const unsigned char* bytes, unsigned size) {
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += "0123456789abcdef"[bytes[i] >> 4], text += "0123456789abcdef"[bytes[i] & 15];
  return text;
}

// Copies from one descriptor to another (-1: only reads); the hash of what was copied, or empty.
std::string copy_and_hash(int from, int to) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return {};
  std::vector<char> buffer(1 << 16);
  for (;;) {
    const ssize_t size = read(from, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return {};
    if (size == 0) break;
    if (EVP_DigestUpdate(context.get(), buffer.data(), static_cast<size_t>(size)) != 1 ||
        (to >= 0 && !write_all(to, buffer.data(), static_cast<size_t>(size))))
      return {};
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) return {};
  return hex(digest.data(), size);
}

}  // namespace

FileShape file_shape(const std::filesystem::path& file) {
  const Descriptor source{open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat status {};
  if (source.fd < 0 || fstat(source.fd, &status) != 0 || !S_ISREG(status.st_mode)) return FileShape::not_a_library;
  const auto size = static_cast<uint64_t>(status.st_size);
  Elf64_Ehdr header{};
  const ssize_t got = pread(source.fd, &header, sizeof header, 0);
  if (got < static_cast<ssize_t>(sizeof header))
    return got < SELFMAG || std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 ? FileShape::incomplete : FileShape::not_a_library;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_type != ET_DYN)
    return FileShape::not_a_library;
  const auto ends_inside = [&](uint64_t offset, uint64_t length) { return offset <= size && length <= size - offset; };
  if (!ends_inside(header.e_shoff, uint64_t{header.e_shnum} * header.e_shentsize) ||
      !ends_inside(header.e_phoff, uint64_t{header.e_phnum} * sizeof(Elf64_Phdr)))
    return FileShape::incomplete;
  for (uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    if (pread(source.fd, &segment, sizeof segment, static_cast<off_t>(header.e_phoff + i * sizeof segment)) != sizeof segment ||
        !ends_inside(segment.p_offset, segment.p_filesz))
      return FileShape::incomplete;
  }
  return FileShape::complete;
}

Result<CachedFile> copy_into_cache(const std::filesystem::path& file, const std::filesystem::path& cache_folder) {
  const auto fail = [&](const char* what) { return failure("copying " + file.string() + " into " + cache_folder.string() + ": " + what + ": " + std::strerror(errno)); };
  const Descriptor source{open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (source.fd < 0) return fail("it cannot be read");
  std::string temporary = (cache_folder / "incoming-XXXXXX").string();
  const Descriptor target{mkostemp(temporary.data(), O_CLOEXEC)};
  if (target.fd < 0) return fail("no file can be made there");
  CachedFile result;
  result.sha256 = copy_and_hash(source.fd, target.fd);
  result.copy = cache_folder / (result.sha256 + ".so");
  if (result.sha256.empty() || fchmod(target.fd, 0500) != 0 || rename(temporary.c_str(), result.copy.c_str()) != 0) {
    const int error = errno;
    unlink(temporary.c_str());
    errno = error;
    return fail("it cannot be written");
  }
  return result;
}

Result<std::string> hash_of_file(const std::filesystem::path& file) {
  const Descriptor source{open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  std::string sha256 = source.fd < 0 ? std::string() : copy_and_hash(source.fd, -1);
  if (sha256.empty()) return failure("reading " + file.string() + ": " + std::strerror(errno));
  return sha256;
}

}  // namespace stratdock
