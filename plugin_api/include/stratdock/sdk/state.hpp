// Snapshots of a strategy: one function names its state, for saving and for loading alike.
//
//   template <class State> void state(State& s) { s(fast_, slow_, seen_candles_); }
//
// A strategy with such a member gets save_state and load_state. Name everything that update() changes, nothing that the
// settings give; numbers, bool, vectors of a length the settings give, and whatever has a state() of its own (every indicator).
// Owns: nothing; streams of the host. Thread rule: the ABI's [instance]. Invariant: what is loaded gives the same bits as
// feeding every candle since the first; a blob that cannot be loaded is refused, never believed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include <stratdock/strategy_abi.h>

namespace stratdock::sdk {

// The blob is not a state of this strategy with these settings.
struct BadState : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What saving and loading share; Stream moves bytes one way or the other.
template <class Stream>
class State {
 public:
  explicit State(Stream stream) : stream_(stream) {}

  template <class... Items>
  void operator()(Items&... items) {
    (item(items), ...);
  }
  // For a type's own invariant: whatever a blob says, this holds after loading.
  void require(bool holds) const {
    if (!holds) throw BadState("the snapshot is damaged or was made with other parameters");
  }

 private:
  template <class Item>
  void item(Item& value) {
    if constexpr (std::is_same_v<Item, bool>) {
      std::uint8_t byte = value ? 1 : 0;
      stream_.move(&byte, 1);
      require(byte <= 1);
      value = byte == 1;
    } else if constexpr (std::is_arithmetic_v<Item>) {
      stream_.move(&value, sizeof value);
    } else {
      value.state(*this);
    }
  }
  template <class Item>
  void item(std::vector<Item>& values) {
    std::uint64_t size = values.size();
    (*this)(size);
    require(size == values.size());
    for (Item& value : values) (*this)(value);
  }
  Stream stream_;
};

namespace detail {

// Short writes and reads are normal: go on with the rest.
struct SavingStream {
  const dock_writer* writer;
  void move(void* bytes, std::uint64_t size) {
    const char* at = static_cast<const char*>(bytes);
    while (size > 0) {
      const std::int64_t taken = writer->write(writer, at, size);
      if (taken <= 0 || static_cast<std::uint64_t>(taken) > size) throw std::runtime_error("the host stopped taking the snapshot");
      at += taken;
      size -= static_cast<std::uint64_t>(taken);
    }
  }
};
struct LoadingStream {
  const dock_reader* reader;
  void move(void* bytes, std::uint64_t size) {
    char* at = static_cast<char*>(bytes);
    while (size > 0) {
      const std::int64_t given = reader->read(reader, at, size);
      if (given <= 0 || static_cast<std::uint64_t>(given) > size) throw BadState("the snapshot ends early");
      at += given;
      size -= static_cast<std::uint64_t>(given);
    }
  }
  bool at_end() const {
    char byte = 0;
    return reader->read(reader, &byte, 1) == 0;
  }
};

template <class Strategy>
constexpr bool has_state = requires(Strategy& strategy, State<SavingStream>& saving) { strategy.state(saving); };

}  // namespace detail
}  // namespace stratdock::sdk
