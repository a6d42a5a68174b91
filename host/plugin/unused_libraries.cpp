#include "host/plugin/unused_libraries.hpp"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "host/plugin/needed_libraries.hpp"

namespace stratdock {
namespace {

bool is_used(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.empty() || name.starts_with("libseccomp.") || name.starts_with("linux-vdso") ||
         std::find(allowed_libraries.begin(), allowed_libraries.end(), name) != allowed_libraries.end();
}

// Relocated constants, the tables of virtual functions above all, lie between the start of the part that is read-only after
// relocation and the dynamic section. Dropped, they would be read from the file again, with the addresses of no process.
int forget(dl_phdr_info* info, size_t, void*) {
  if (is_used(info->dlpi_name)) return 0;
  uintptr_t begin = 0, end = 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type == PT_GNU_RELRO) begin = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_DYNAMIC) end = info->dlpi_addr + segment.p_vaddr;
  }
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  begin = (begin + page - 1) / page * page;
  end = end / page * page;
  if (begin != 0 && begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  return 0;
}

}  // namespace

void forget_unused_libraries() {
  on_exit([](int status, void*) { _exit(status); }, nullptr);
  dl_iterate_phdr(forget, nullptr);
}

}  // namespace stratdock
