#include "host/plugin/progress_page.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace stratdock {
namespace {

constexpr size_t page_bytes = 4096;

}  // namespace

Result<ProgressPage> ProgressPage::make() {
  const int fd = memfd_create("stratdock-progress", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  const bool sized = fd >= 0 && ftruncate(fd, page_bytes) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
  void* page = sized ? mmap(nullptr, page_bytes, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (page != MAP_FAILED) return ProgressPage(fd, page);
  const int error = errno;
  if (fd >= 0) close(fd);
  return failure(std::string("starting a worker: no shared page: ") + std::strerror(error));
}

ProgressPage ProgressPage::join(int fd) {
  void* page = mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) page = mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  close(fd);
  return ProgressPage(-1, page);
}

ProgressPage::~ProgressPage() {
  if (answered_) munmap(static_cast<void*>(answered_), page_bytes);
  if (fd_ >= 0) close(fd_);
}

}  // namespace stratdock
