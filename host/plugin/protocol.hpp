// The messages between engine and worker, over a SOCK_SEQPACKET pair. Both ends are the same executable, so layouts are
// the machine's own; the version byte catches a replaced executable under a running engine.
// Thread rule: none shared. Invariant: MessageReader never reads past its bytes; the engine's end treats all of them as hostile.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/candle.hpp"
#include "core/decision.hpp"
#include "host/plugin/strategy_types.hpp"

namespace stratdock {

constexpr uint8_t protocol_version = 2;
constexpr size_t message_part_bytes = 60'000;          // fits a socket's default send buffer (208 KiB) twice
constexpr size_t message_limit_bytes = 64u << 20;      // longer ones are refused
constexpr size_t answer_limit_bytes = 8u << 20;        // of what a worker may say to the engine, but for a backtest's result
constexpr size_t description_limit_bytes = 1u << 20;   // of what a plugin says about itself
constexpr size_t feed_chunk_rows = 512;                // rows of one append message
constexpr size_t evaluate_batch_limit = 256;           // requests of one evaluate message

enum class MessageType : uint8_t {
  load = 1,         // engine: path, limits, what the sandbox must have -> loaded
  loaded,           // worker: ok, refusal or description (JSON), sandbox report
  open_series,      // engine: series, symbol, interval, rows to keep
  append_rows,      // engine: series, columns
  merge_series,     // engine: from, into: `into` keeps the longer history, `from` ends, its instances follow
  close_series,
  create_instance,  // engine: handle, strategy, values ...        -> created
  created,          // worker: ok or refusal, requirements
  bind_instance,    // engine: handle, series
  destroy_instance, // engine: handle                              -> destroyed
  destroyed,
  evaluate,         // engine: a batch of requests                 -> answers
  answers,          // worker: any number of answers, in the order asked; as many messages as it likes
  run_backtest,     // engine: handle, series, settings (JSON)     -> backtest_done
  backtest_done,
  run_explain,      // engine: series, strategy, values, rows ...   -> explain_done
  explain_done,     // worker: refusal, or an Explanation
  change_instance,  // engine: handle, values                      -> changed
  changed,          // worker: 1 changed, 0 and why not, 2 the strategy takes no changes
  validate_test,    // validator: one test (host/validate)         -> notes, then validated
  validate_note,    // worker: what it is about to do
  validated,
  crash_note        // worker: its last word, see crash_note.hpp
};

// Before each part of a message.
struct PartHeader {
  uint8_t version;
  uint8_t type;
  uint8_t more;  // 1: the message goes on in the next part, and this one is full
  uint8_t reserved;
};

struct Message {
  MessageType type{};
  std::vector<std::byte> bytes;
};

class MessageWriter {
public:
  template <typename T> void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    put_bytes(&value, sizeof value);
  }
  void put_text(std::string_view text) {
    put(static_cast<uint32_t>(text.size()));
    put_bytes(text.data(), text.size());
  }
  template <typename T> void put_array(std::span<const T> values) {
    put(static_cast<uint32_t>(values.size()));
    put_bytes(values.data(), values.size_bytes());
  }
  std::span<const std::byte> bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

private:
  void put_bytes(const void* data, size_t size) {
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  std::vector<std::byte> bytes_;
};

// After a read past the end every value is zero or empty and ok() is false: check once, at the end.
class MessageReader {
public:
  explicit MessageReader(std::span<const std::byte> bytes) : rest_(bytes) {}
  template <typename T> T get() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    if (const std::byte* data = take(sizeof value)) std::memcpy(&value, data, sizeof value);
    return value;
  }
  std::string get_text() {
    const auto size = get<uint32_t>();
    const std::byte* data = take(size);
    return data ? std::string(reinterpret_cast<const char*>(data), size) : std::string();
  }
  template <typename T> std::vector<T> get_array() {
    const size_t count = get<uint32_t>();
    const std::byte* data = take(count * sizeof(T));
    std::vector<T> values(data ? count : 0);
    if (!values.empty()) std::memcpy(values.data(), data, count * sizeof(T));
    return values;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

private:
  const std::byte* take(size_t size) {
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return nullptr;
    }
    const std::byte* data = rest_.data();
    rest_ = rest_.subspan(size);
    return data;
  }
  std::span<const std::byte> rest_;
  bool ok_ = true;
};

// Rows [first, first + count) of a series as columns, and back. The reader refuses rows that do not ascend.
void put_rows(MessageWriter& writer, const CandleSeries& rows, size_t first, size_t count);
bool get_rows(MessageReader& reader, CandleSeries& rows);

// What the worker found out about one request.
struct WireAnswer {
  uint32_t handle = 0;
  bool ok = false;
  Decision decision;
  std::string error;
  std::vector<StrategyLine> lines;  // the last says how many were dropped, if any were
};
void put_answer(MessageWriter& writer, const WireAnswer& answer);
// False when the bytes make no sense. The decision's ranges are not checked here (see decision_check.hpp).
bool get_answer(MessageReader& reader, WireAnswer& answer);

enum class TransferResult : uint8_t { done, would_block, ended, broken };

// Sends one message, in parts where it is long. `would_block` means the socket's send time limit passed.
TransferResult send_message(int socket_fd, MessageType type, std::span<const std::byte> bytes);
// Gathers the parts of messages. A sender that stops in the middle of one holds up nobody who does not wait.
class MessageReceiver {
public:
  explicit MessageReceiver(size_t limit_bytes) : limit_bytes_(limit_bytes) {}
  void set_limit(size_t limit_bytes) { limit_bytes_ = limit_bytes; }
  // One whole message. `would_block`, where `wait` is false: it is not complete yet, or takes a while. `ended`: the other side is gone.
  TransferResult receive(int socket_fd, Message& message, bool wait);

private:
  size_t limit_bytes_;
  std::vector<std::byte> gathered_;
};

}  // namespace stratdock
