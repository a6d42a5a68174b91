// The place where one struct of the ABI lies during a test, so shaped that writing or reading beyond it is noticed.
// Thread rule: one thread at a time. Invariant: in every shape the struct starts zeroed and carries the size it is said to have.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>

#include <stratdock/strategy_abi.h>

#include "host/validate/trial.hpp"

namespace stratdock::validate {

// Whether a text of a plugin is there and not empty.
inline bool has_words(const char* text) { return text && *text; }

// Sizes of the structs in 1.0, which is for ever; a struct that grows in a later minor keeps its figure here.
template <typename T> constexpr uint32_t size_in_1_0 = 0;
template <> inline constexpr uint32_t size_in_1_0<dock_host> = 40;
template <> inline constexpr uint32_t size_in_1_0<dock_config> = 24;
template <> inline constexpr uint32_t size_in_1_0<dock_requirements> = 24;
template <> inline constexpr uint32_t size_in_1_0<dock_input> = 64;
template <> inline constexpr uint32_t size_in_1_0<dock_candles> = 96;
template <> inline constexpr uint32_t size_in_1_0<dock_decision> = 96;
template <> inline constexpr uint32_t size_in_1_0<dock_feed_data> = 72;
template <> inline constexpr uint32_t size_in_1_0<dock_writer> = 24;
template <> inline constexpr uint32_t size_in_1_0<dock_reader> = 24;

template <typename T> class StructSlot {
public:
  // `written`: by the strategy, so that a newer host's tail must stay zero; else it is filled with what nobody knows yet.
  StructSlot(Shape shape, bool written) : shape_(shape), written_(written) {
    static_assert(size_in_1_0<T> > 0 && size_in_1_0<T> <= sizeof(T));
    if (shape_ == Shape::oldest) {
      page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
      void* pages = mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (pages == MAP_FAILED) throw std::bad_alloc();
      base_ = static_cast<char*>(pages);
      mprotect(base_ + page_, page_, PROT_NONE);
      at_ = base_ + page_ - size_in_1_0<T>;
    } else {
      at_ = room_;
    }
    clear();
  }
  ~StructSlot() {
    if (base_) munmap(base_, 2 * page_);
  }
  StructSlot(const StructSlot&) = delete;
  StructSlot& operator=(const StructSlot&) = delete;

  // For a struct the strategy reads: sets every field that its place has room for.
  T& set(const T& value) {
    clear();
    const uint32_t said = value_size();
    std::memcpy(at_, &value, std::min<size_t>(sizeof(T), shape_ == Shape::oldest ? size_in_1_0<T> : sizeof(T)));
    std::memcpy(at_, &said, sizeof said);
    return *get();
  }
  T* get() { return reinterpret_cast<T*>(at_); }
  // A copy of what the strategy wrote.
  T value() const {
    T copy{};
    std::memcpy(&copy, at_, shape_ == Shape::oldest ? size_in_1_0<T> : sizeof(T));
    return copy;
  }
  bool tail_touched() const {
    return shape_ == Shape::newer && std::any_of(at_ + sizeof(T), at_ + sizeof(T) + tail, [&](char c) { return c != filler(); });
  }

private:
  static constexpr size_t tail = 64;
  char filler() const { return written_ ? '\0' : '\x5a'; }
  uint32_t value_size() const {
    return shape_ == Shape::oldest ? size_in_1_0<T> : static_cast<uint32_t>(sizeof(T) + (shape_ == Shape::newer ? tail : 0));
  }
  void clear() {
    std::memset(at_, 0, shape_ == Shape::oldest ? size_in_1_0<T> : sizeof(T) + tail);
    if (shape_ == Shape::newer) std::memset(at_ + sizeof(T), filler(), tail);
    const uint32_t said = value_size();
    std::memcpy(at_, &said, sizeof said);
  }

  Shape shape_;
  bool written_;
  char* base_ = nullptr;
  size_t page_ = 0;
  char* at_ = nullptr;
  alignas(16) char room_[sizeof(T) + tail];
};

}  // namespace stratdock::validate
