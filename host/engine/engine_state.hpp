// The engine's inside, shared by its source files: open.cpp (start = recovery), step.cpp (a candle step), bots.cpp
// (declared and made bots, their strategy instances), commands.cpp, live_view.cpp, engine.cpp (the loop).
// Thread rule: one thread. Invariant: between steps no transaction is open unless `in_batch_` says so, and everything
// that happened since the last commit is inside it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/account.hpp"
#include "core/backtest.hpp"
#include "host/config/config.hpp"
#include "host/engine/bot_log.hpp"
#include "host/engine/engine.hpp"
#include "host/engine/explain_desk.hpp"
#include "host/engine/recorder.hpp"
#include "host/engine/venue.hpp"
#include "host/feeds/feed_book.hpp"
#include "host/market/candle_source.hpp"
#include "host/plugin/feed_history.hpp"
#include "host/plugin/plugin_host.hpp"
#include "host/store/store.hpp"

namespace stratdock {

// Candles of the past for workers: what the journal keeps.
class JournalHistory final : public FeedHistory {
public:
  // Both must outlive it; the intervals are those of the market's symbols.
  JournalHistory(store::Journal& journal, const std::map<std::string, int64_t>& intervals) : journal_(journal), intervals_(intervals) {}

private:
  int64_t interval_of(std::string_view symbol) const override;
  Status read_own(std::string_view symbol, int64_t from_ms, int64_t to_ms_exclusive, const std::function<void(const CandleSeries&)>& rows) override;
  store::Journal& journal_;
  const std::map<std::string, int64_t>& intervals_;
};

// Somebody looks at a bot's chart.
struct ExplainWish {
  int64_t until_ms = 0, not_before_ms = 0, checked_ms = 0;  // steady clock
  int64_t turn = 0;         // when it was looked at last, in the order of looks
  int64_t newest = -1;      // the candle that the last chart was made for
  uint32_t rows = 0;
  std::string made_from, state;  // of the last one
};

class Engine {
public:
  Engine(EngineOptions options, Configuration configuration);
  ~Engine();

  // Start and recovery. The text of every error when it fails.
  Status open();
  // Until stopped. An exit code of engine.hpp.
  int run();

private:
  // open.cpp
  Status open_store();
  Status open_market();
  Status restore_or_begin();
  Status begin_account();
  Status restore_account();
  Status check_books();

  // bots.cpp
  Status adopt_declared_bots();
  Result<Bot*> make_bot(const BotSettings& settings, const BotFacts& facts);
  void reload_configuration();
  void apply_difference(const Configuration& next, const ConfigurationDifference& difference);
  // What new settings mean for a bot's strategy instance.
  enum class Change { goes_on, takes_parameters, begins_anew };
  Change change_of(const BotSettings& before, const BotSettings& after) const;
  // Settings, money and instance together; a refusal changes nothing.
  Status change_bot(Bot& bot, const BotSettings& settings);
  // Why the strategy would not take these parameters; empty: it does. Asked of an instance that is made for the question.
  std::string refusal_of(const BotSettings& settings, const StrategyInfo& strategy);
  // Creates the instance of a bot that is evaluated, or says why that cannot be; false then.
  bool ensure_instance(Bot& bot);
  std::string missing_feed(const Bot& bot, const InstanceRequirements& needs);
  void drop_instance(const Bot& bot);
  void new_anchor(Bot& bot);
  void set_wanted(Bot& bot, const std::string& wanted);
  void on_plugin_events();
  // Which version of each plugin file is in force and which was before, for `strategy rollback`.
  void note_versions();
  void release_repaired_bots();
  std::optional<std::vector<ParameterValue>> parameter_values(const BotSettings& settings, const StrategyInfo& strategy, std::string* errors) const;

  // step.cpp
  Status step();  // one market step
  void evaluate_due(int64_t close_ms);
  void evaluate(const std::vector<int64_t>& bot_ids);
  void follow_recommendation(Bot& bot, const std::string& symbol);
  Status settle();
  Status begin_batch();
  Status commit_batch();

  // commands.cpp
  Status handle_commands();
  friend class CommandRunner;

  // live_view.cpp
  void publish_catalog();
  void publish_live(bool force);
  void publish_health(const std::string& state);

  // explain.cpp
  void want_explanation(const store::CommandRow& command);
  void tend_explanations();
  void begin_explanation(int64_t bot_id, ExplainWish& wish);
  Result<ExplainAsk> explain_ask(const Bot& bot, uint32_t rows) const;
  void publish_explanation(int64_t bot_id, ExplainAnswer answer, const std::string& symbol, int64_t interval_ms, int64_t anchor_ms);

  // engine.cpp
  int64_t next_due_ms() const;
  Status book_news();
  void say_ready(const std::string& text);

  EngineOptions options_;
  Configuration configuration_;
  std::optional<store::EngineLock> lock_;
  std::optional<store::Doorbell> doorbell_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<store::CommandQueue> commands_;
  std::unique_ptr<store::Live> live_;
  std::unique_ptr<JournalHistory> history_;
  std::unique_ptr<CandleSource> source_;
  std::unique_ptr<BotLog> log_;
  std::unique_ptr<Venue> venue_;
  std::unique_ptr<JournalRecorder> recorder_;
  std::unique_ptr<Account> account_;
  std::unique_ptr<PluginHost> plugins_;

  std::set<int64_t> instances_;                   // bots with a strategy instance
  std::map<int64_t, InstanceRequirements> needs_; // of each instance
  std::map<std::string, int64_t> window_candles_;  // what a strategy with its parameters asks for
  FeedBook feeds_;
  std::map<int64_t, int64_t> last_evaluation_ms_; // market time
  std::map<std::string, int64_t> interval_by_symbol_;
  std::map<int64_t, int64_t> pending_closes_;     // bot -> command that asked for it
  std::optional<MarketStep> next_step_;           // read ahead, so that its time is known
  bool market_ended_ = false;
  bool in_batch_ = false;
  int64_t batch_began_ms_ = 0;
  int64_t position_ms_ = 0;       // close time of the last step traded
  int64_t pace_clock_ms_ = 0, pace_position_ms_ = 0;  // where the market's clock was tied to the steady one
  int64_t last_command_id_ = 0;
  int64_t last_live_ms_ = 0;
  int64_t started_wall_ms_ = 0;
  bool catalog_dirty_ = true;
  ExplainDesk explain_desk_;
  std::map<int64_t, ExplainWish> explain_wishes_;  // by bot
  struct { int64_t bot_id = 0, start_ms = 0; std::string symbol; int64_t interval_ms = 0, anchor_ms = 0; } explaining_;
  std::vector<int64_t> explained_;                 // bots with a chart in live.db, the longest untouched first
  int64_t explain_revision_ = 0, explain_turn_ = 0, explain_look_ms_ = 0;
  std::map<std::string, int> worker_pids_;      // by plugin file, as published
  std::map<std::string, int> worker_restarts_;  // other workers since the first one, swaps included
};

// The time of day: for what people read. It may jump.
int64_t wall_clock_ms();
// Counts on while the machine sleeps and is set by nobody: for every pace and pause.
int64_t steady_clock_ms();

}  // namespace stratdock
