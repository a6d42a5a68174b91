#include "host/engine/bot_log.hpp"

#include <cstdlib>
#include <ctime>
#include <list>
#include <unordered_map>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>

namespace stratdock {
namespace {

// spdlog prints "info"; the old logs say "INFO".
class UpperLevel final : public spdlog::custom_flag_formatter {
public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    std::string_view name = message.level == spdlog::level::err    ? "ERROR"
                            : message.level == spdlog::level::warn ? "WARNING"
                                                                   : "INFO";
    out.append(name.data(), name.data() + name.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return spdlog::details::make_unique<UpperLevel>(); }
};

spdlog::level::level_enum level_of(std::string_view level) {
  if (level == "ERROR") return spdlog::level::err;
  return level == "WARNING" ? spdlog::level::warn : spdlog::level::info;
}

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line)
    if (c == '\n' || c == '\r') c = ' ';
  return line;
}

}  // namespace

struct BotLog::Impl {
  BotLogOptions options;
  std::string disk_error;
  using Entry = std::pair<std::string, std::shared_ptr<spdlog::logger>>;
  std::list<Entry> recent;  // most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> open;

  std::shared_ptr<spdlog::logger> open_logger(const std::string& name);
  spdlog::logger& logger_of(const std::string& name);
};

std::shared_ptr<spdlog::logger> BotLog::Impl::open_logger(const std::string& name) {
  std::filesystem::path file = options.folder / (name + ".log");
  spdlog::file_event_handlers handlers;
  const std::string zone = options.time_zone;
  handlers.after_open = [zone](const spdlog::filename_t&, std::FILE* opened) {
    std::fseek(opened, 0, SEEK_END);
    if (std::ftell(opened) == 0) std::fprintf(opened, "# Times are %s.\n", zone == "local" ? "in the machine's local time zone" : zone.c_str());
  };
  auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_st>(file.string(), static_cast<size_t>(options.max_bytes),
                                                                     static_cast<size_t>(options.keep), false, handlers);
  auto logger = std::make_shared<spdlog::logger>(name, std::move(sink));
  auto formatter = std::make_unique<spdlog::pattern_formatter>(options.time_zone == "UTC" ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local);
  formatter->add_flag<UpperLevel>('*').set_pattern("%Y-%m-%d %H:%M:%S - %* - %v");
  logger->set_formatter(std::move(formatter));
  // Synchronous and flushed: after a crash the last line is the last that happened.
  logger->flush_on(spdlog::level::info);
  logger->set_error_handler([this](const std::string& text) { disk_error = text; });
  return logger;
}

spdlog::logger& BotLog::Impl::logger_of(const std::string& name) {
  auto found = open.find(name);
  if (found != open.end()) {
    recent.splice(recent.begin(), recent, found->second);
    return *recent.front().second;
  }
  if (recent.size() >= options.open_files) {
    open.erase(recent.back().first);
    recent.pop_back();
  }
  recent.emplace_front(name, open_logger(name));
  open[name] = recent.begin();
  return *recent.front().second;
}

BotLog::BotLog(BotLogOptions options) : impl_(std::make_unique<Impl>()) {
  if (options.time_zone != "UTC" && options.time_zone != "local") {
    ::setenv("TZ", options.time_zone.c_str(), 1);
    ::tzset();
  }
  impl_->options = std::move(options);
  std::error_code ignored;  // a folder that cannot be made shows as a disk error at the first line
  std::filesystem::create_directories(impl_->options.folder, ignored);
}

BotLog::~BotLog() = default;

void BotLog::write(const std::string& bot_name, int64_t at_ms, std::string_view level, std::string_view text) {
  try {
    std::chrono::system_clock::time_point at{std::chrono::milliseconds(at_ms)};
    impl_->logger_of(bot_name).log(at, spdlog::source_loc{}, level_of(level), one_line(text));
  } catch (const std::exception& error) {
    impl_->disk_error = error.what();
  }
}

std::string BotLog::take_disk_error() { return std::exchange(impl_->disk_error, {}); }

std::filesystem::path BotLog::file_of(const std::string& bot_name) const { return impl_->options.folder / (bot_name + ".log"); }

}  // namespace stratdock
