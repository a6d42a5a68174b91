#include "host/plugin/protocol.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace stratdock {
namespace {

template <typename T> void put_column(MessageWriter& writer, std::span<const T> column, size_t first, size_t count) {
  writer.put_array(column.subspan(first, count));
}

constexpr uint8_t has_stop_loss = 1, has_take_profit = 2;

}  // namespace

void put_rows(MessageWriter& writer, const CandleSeries& rows, size_t first, size_t count) {
  put_column(writer, rows.open_time_ms(), first, count);
  for (const auto& column : {rows.open(), rows.high(), rows.low(), rows.close(), rows.volume(), rows.quote_volume(), rows.taker_buy_volume()})
    put_column(writer, column, first, count);
  put_column(writer, rows.trade_count(), first, count);
}

bool get_rows(MessageReader& reader, CandleSeries& rows) {
  const auto open_time_ms = reader.get_array<int64_t>();
  std::vector<double> columns[7];
  for (auto& column : columns) column = reader.get_array<double>();
  const auto trade_count = reader.get_array<int64_t>();
  if (!reader.ok() || trade_count.size() != open_time_ms.size()) return false;
  for (const auto& column : columns)
    if (column.size() != open_time_ms.size()) return false;
  for (size_t i = 0; i < open_time_ms.size(); ++i) {
    if (!rows.empty() && open_time_ms[i] <= rows.open_time_ms().back()) return false;
    rows.append({open_time_ms[i], columns[0][i], columns[1][i], columns[2][i], columns[3][i], columns[4][i], columns[5][i],
                 columns[6][i], trade_count[i]});
  }
  return true;
}

void put_answer(MessageWriter& writer, const WireAnswer& answer) {
  const Decision& decision = answer.decision;
  writer.put(answer.handle);
  writer.put(static_cast<uint8_t>(answer.lines.size()));
  for (const StrategyLine& line : answer.lines) {
    writer.put(line.level);
    writer.put_text(line.text);
  }
  writer.put(static_cast<uint8_t>(answer.ok));
  if (!answer.ok) return writer.put_text(answer.error);
  writer.put(static_cast<uint8_t>(decision.action));
  writer.put(static_cast<uint8_t>((decision.stop_loss ? has_stop_loss : 0) | (decision.take_profit ? has_take_profit : 0)));
  writer.put(decision.confidence);
  writer.put(decision.size_fraction);
  writer.put(decision.stop_loss.value_or(0));
  writer.put(decision.take_profit.value_or(0));
  writer.put_text(decision.recommended_symbol);
  writer.put_text(decision.reasons);
}

bool get_answer(MessageReader& reader, WireAnswer& answer) {
  answer = {};
  answer.handle = reader.get<uint32_t>();
  const auto lines = reader.get<uint8_t>();
  if (lines > strategy_line_limit + 1) return false;
  for (uint8_t i = 0; i < lines; ++i) {
    const auto level = std::min<uint8_t>(reader.get<uint8_t>(), static_cast<uint8_t>(StrategyLine::Level::error));
    answer.lines.push_back({static_cast<StrategyLine::Level>(level), reader.get_text()});
  }
  answer.ok = reader.get<uint8_t>() != 0;
  if (!answer.ok) {
    answer.error = reader.get_text();
    return reader.ok();
  }
  const auto action = reader.get<uint8_t>();
  const auto set = reader.get<uint8_t>();
  if (action > static_cast<uint8_t>(Action::sell)) return false;
  Decision& decision = answer.decision;
  decision.action = static_cast<Action>(action);
  decision.confidence = reader.get<double>();
  decision.size_fraction = reader.get<double>();
  const auto stop_loss = reader.get<double>();
  const auto take_profit = reader.get<double>();
  if (set & has_stop_loss) decision.stop_loss = stop_loss;
  if (set & has_take_profit) decision.take_profit = take_profit;
  decision.recommended_symbol = reader.get_text();
  decision.reasons = reader.get_text();
  return reader.ok();
}

TransferResult send_message(int socket_fd, MessageType type, std::span<const std::byte> bytes) {
  do {
    const auto part = bytes.first(std::min(bytes.size(), message_part_bytes));
    bytes = bytes.subspan(part.size());
    PartHeader header{protocol_version, static_cast<uint8_t>(type), static_cast<uint8_t>(!bytes.empty()), 0};
    iovec pieces[2] = {{&header, sizeof header}, {const_cast<std::byte*>(part.data()), part.size()}};
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = 2;
    ssize_t sent = -1;
    do sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? TransferResult::would_block : TransferResult::ended;
  } while (!bytes.empty());
  return TransferResult::done;
}

TransferResult MessageReceiver::receive(int socket_fd, Message& message, bool wait) {
  // Not in `message`: growing that to a part's size would clear 60 kB for an answer of 60 bytes.
  static thread_local std::byte part[message_part_bytes];
  constexpr int parts_at_once = 16;  // then the caller may look at its deadline
  for (int count = 0; wait || count < parts_at_once; ++count) {
    PartHeader header{};
    iovec pieces[2] = {{&header, sizeof header}, {part, message_part_bytes}};
    msghdr received{};
    received.msg_iov = pieces;
    received.msg_iovlen = 2;
    ssize_t size = -1;
    do size = recvmsg(socket_fd, &received, wait ? 0 : MSG_DONTWAIT);
    while (size < 0 && errno == EINTR);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return TransferResult::would_block;
    if (size <= 0) return TransferResult::ended;
    const size_t bytes = static_cast<size_t>(size) - std::min(static_cast<size_t>(size), sizeof header);
    if (static_cast<size_t>(size) < sizeof header || header.version != protocol_version || (received.msg_flags & MSG_TRUNC) ||
        (header.more && bytes != message_part_bytes) || gathered_.size() + bytes > limit_bytes_)
      return TransferResult::broken;
    gathered_.insert(gathered_.end(), part, part + bytes);
    message.type = static_cast<MessageType>(header.type);
    if (header.more) continue;
    // Swapped, so that both keep their room for the next one.
    message.bytes.clear();
    std::swap(message.bytes, gathered_);
    return TransferResult::done;
  }
  return TransferResult::would_block;
}

}  // namespace stratdock
