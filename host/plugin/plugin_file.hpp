// Plugin files on disk: is one complete, what is its hash, and a private copy of exactly the hashed bytes.
// Thread rule: pure but for the file system. Invariant: a file named <sha256>.so in the cache holds those bytes, always.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.hpp"

namespace stratdock {

enum class FileShape : uint8_t { complete, incomplete, not_a_library };

// By the headers of the ELF format: incomplete where they speak of bytes beyond the file's end. Source: elf(5).
FileShape file_shape(const std::filesystem::path& file);

struct CachedFile {
  std::string sha256;            // lower-case hex
  std::filesystem::path copy;    // <cache>/<sha256>.so
};
// Copies and hashes in one pass (what is hashed is what will be loaded); the copy appears whole or not at all.
Result<CachedFile> copy_into_cache(const std::filesystem::path& file, const std::filesystem::path& cache_folder);

// The hash of a file's bytes as they are now.
Result<std::string> hash_of_file(const std::filesystem::path& file);

}  // namespace stratdock
