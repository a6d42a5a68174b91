// The counting itself, apart from what is counted: a compiler that sees both would see through it and complain.
#include "binance_allocated.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#if defined(STRATDOCK_SANITIZE)
// A sanitizer has replaced the operators already, and counts. Not every compiler ships the header of this function.
extern "C" size_t __sanitizer_get_current_allocated_bytes();

int64_t allocated_bytes() { return static_cast<int64_t>(__sanitizer_get_current_allocated_bytes()); }
#else
namespace {
std::atomic<int64_t> allocated{0};
constexpr size_t head_size = alignof(std::max_align_t);
}  // namespace

int64_t allocated_bytes() { return allocated; }

// The size in front of each block, since not every delete is told it.
void* operator new(size_t size) {
  auto* head = static_cast<char*>(std::malloc(size + head_size));
  if (head == nullptr) throw std::bad_alloc();
  *reinterpret_cast<size_t*>(head) = size;
  allocated += static_cast<int64_t>(size);
  return head + head_size;
}
void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  char* head = static_cast<char*>(memory) - head_size;
  allocated -= static_cast<int64_t>(*reinterpret_cast<size_t*>(head));
  std::free(head);
}
void operator delete(void* memory, size_t) noexcept { operator delete(memory); }
#endif

TEST_CASE("allocated bytes are counted") {
  const int64_t before = allocated_bytes();
  auto block = std::make_unique<char[]>(100'000);
  CHECK(allocated_bytes() == before + 100'000);
  block.reset();
  CHECK(allocated_bytes() == before);
}
