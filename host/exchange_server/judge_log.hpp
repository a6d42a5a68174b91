// What really happened, for who judges a client: one JSON line for each call received, carried out and answered, for each
// change of an order, and for each fault that acted. Signatures and secrets are left out.
// Owns: the file. Thread rule: one thread. Invariant: lines are in the order of what they tell; "call" joins them.
#pragma once

#include <cstdio>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>

#include "host/exchange_server/account.hpp"
#include "host/exchange_server/api.hpp"
#include "host/exchange_server/web.hpp"

namespace stratdock::exchange_server {

class JudgeLog : public AccountListener {
public:
  static constexpr size_t kept_lines = 20'000; // for the control port

  // An empty path: kept in memory alone.
  static Result<std::unique_ptr<JudgeLog>> open(const std::filesystem::path& file, const ServerClock& clock);

  void received(const Call& call);
  void executed(const Call& call, const Reply& reply);
  void answered(const Call& call, const HttpAnswer& answer, const std::string& fault);
  // Anything else: "stream_subscribed", "fault", "control" with JSON text of an object's inside, such as "\"x\":1".
  void note(std::string_view event, const std::string& fields);
  // The call that what follows belongs to; 0: none.
  void set_call(uint64_t number) { call_ = number; }

  // Lines from number `first` on (they count from 1), newest last, as JSON lines.
  std::string lines(uint64_t first) const;
  uint64_t line_count() const { return written_; }

  void on_execution(Account& account, const ExecutionReport& report) override;
  void on_list(Account& account, const ListRecord& list) override;
  void on_position(Account& account, const std::vector<AssetBalance>& changed, int64_t now_ms) override;
  void on_deposit(Account& account, const std::string& asset, Decimal amount, int64_t now_ms) override;
  int64_t on_trade(const Fill&) override { return 0; }

private:
  explicit JudgeLog(const ServerClock& clock) : clock_(clock) {}
  void write(std::string_view event, const std::string& fields);

  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const ServerClock& clock_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::deque<std::string> recent_;
  uint64_t written_ = 0, call_ = 0;
};

} // namespace stratdock::exchange_server
