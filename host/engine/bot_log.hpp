// The bots' log files: a file a bot, lines as the users of the old system know them,
//   2025-10-24 10:30:15 - INFO - 📊 Position: LONG @ $50000.00 | Current: $50500.00 | P&L: +1.00%
// The first line of a file names its time zone; a full file rotates.
// Owns: the open files (a bounded number). Thread rule: one thread. Invariant: a line is in the file when write() returns,
// or disk_error() says why not; line breaks in foreign text never start a line of their own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace stratdock {

struct BotLogOptions {
  std::filesystem::path folder;
  int64_t max_bytes = 10 * 1024 * 1024;
  int keep = 5;
  std::string time_zone = "UTC";  // "UTC", "local" or an IANA name
  size_t open_files = 256;
};

class BotLog {
public:
  explicit BotLog(BotLogOptions options);
  ~BotLog();
  BotLog(const BotLog&) = delete;
  BotLog& operator=(const BotLog&) = delete;

  // level: INFO, WARNING or ERROR.
  void write(const std::string& bot_name, int64_t at_ms, std::string_view level, std::string_view text);
  std::string take_disk_error();
  std::filesystem::path file_of(const std::string& bot_name) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stratdock
