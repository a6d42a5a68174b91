// Asks Binance for past candles, one request at a time, and waits for each answer: for a command that does nothing else.
// Public data only: no key is known here. All requests go through one budget and by the exchange's clock; where the exchange
// asks us to wait we do, and where it wants us to stay away for long we end. What failed on its way is asked for again.
// Owns: the session and its transports. Thread rule: one thread, which every call blocks. Invariant: no request is sent
// before the time that the exchange named is over; no request but GET.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "host/binance/rest_client.hpp"
#include "host/history/kline_rows.hpp"

namespace stratdock::history {

struct DownloadSettings {
  int attempts = 6;                    // of each request
  int64_t first_pause_ms = 1'000;      // after one that failed on its way; doubles
  int64_t longest_wait_ms = 10 * 60'000;  // that the exchange may ask for before we give up
  int64_t rest_timeout_ms = 15'000, file_timeout_ms = 60'000;
};

class Downloads {
public:
  static constexpr int rows_at_once = 1'000;

  // `notice` is told what is waited for.
  Downloads(const binance::Endpoints& endpoints, std::function<void(const std::string&)> notice, DownloadSettings settings = {});

  // Learns the exchange's clock. To be called first.
  Status connect();
  // The exchange's clock; the machine's own where nobody connected.
  int64_t server_ms() const { return session_.now().server_ms; }
  // The first candles that open in [from_ms, to_ms): rows_at_once of them or all there are. A symbol that is not known is an
  // error with the code -1121.
  Result<KlineRows> klines(const std::string& symbol, int64_t interval_ms, int64_t from_ms, int64_t to_ms, int limit = rows_at_once);
  // A file of the archives; nothing where it is not there.
  Result<std::optional<std::string>> file(const std::string& path);

private:
  struct Answer {
    binance::Verdict verdict;
    std::string text;
    bool is_missing = false;
  };
  // Sends by `send` until it has an answer that is no matter of the connection or of patience.
  Result<Answer> persist(const std::string& doing, const std::function<Result<Answer>()>& send);
  // Waits until `start` may send; it fails as long as the budget has nothing for it.
  Status start_when_allowed(const std::string& doing, const std::function<Status()>& start);
  Result<Answer> send_call(const binance::Call& call, const std::string& doing);
  Result<Answer> send_file(const std::string& path, const std::string& doing);
  Answer judge_file(const binance::HttpOutcome& outcome, uint64_t ticket);
  void pause(int64_t span_ms);

  const DownloadSettings settings_;
  const std::function<void(const std::string&)> notice_;
  binance::Session session_;
  binance::RestClient rest_;
  binance::HttpTransport archives_;
};

}  // namespace stratdock::history
