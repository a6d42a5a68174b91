// Which shared libraries a plugin asks the loader for, read from the file before anything of it runs.
// Thread rule: pure but for the file system. Invariant: whatever the file holds, only bytes inside it are read.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace stratdock {

// The only ones a plugin may need. A worker has them loaded before its walls stand.
#if defined(__x86_64__)
#define STRATDOCK_LOADER "ld-linux-x86-64.so.2"
#else
#define STRATDOCK_LOADER "ld-linux-aarch64.so.1"
#endif
inline constexpr std::array allowed_libraries = {"libc.so.6",       "libm.so.6",  "libstdc++.so.6", "libgcc_s.so.1",
                                                 "libpthread.so.0", "libdl.so.2", "librt.so.1",     STRATDOCK_LOADER};
#undef STRATDOCK_LOADER

// The names in the file's dynamic section (DT_NEEDED; filters too, which the loader also follows). Source: elf(5).
Result<std::vector<std::string>> needed_libraries(const std::filesystem::path& file);
// Which of them are not allowed, in words that say what to do; nothing to say: all are.
Status check_needed_libraries(const std::filesystem::path& file);

// Into this process, for what it is about to load: behind a worker's walls there is no file but the plugin's own.
void load_allowed_libraries();

}  // namespace stratdock
