// The engine's inside, shared by its source files: open.cpp (start = recovery), step.cpp (a candle step), bots.cpp
// (declared and made bots, their strategy instances), evaluation.cpp (a round of decisions), commands.cpp, live_view.cpp,
// market.cpp (symbols that join or stand still), engine.cpp (the loop).
// Thread rule: one thread. Invariant: between steps no transaction is open unless `in_batch_` says so, and everything
// that happened since the last commit is inside it; while `round_` is set the market stands still, and the journal names it.
#pragma once

#include <deque>
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
#include "host/engine/clocks.hpp"
#include "host/engine/engine.hpp"
#include "host/engine/exchange_link.hpp"
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

// Bots that were asked for their decisions and have not answered yet. What of it is journaled (codec.hpp) is enough to ask again.
struct PendingRound {
  std::vector<int64_t> asked;              // bots, in the order of the requests
  std::set<int64_t> wanted;                // of them, those whose decision will be applied
  int64_t command_id = 0;                  // that asked for it; 0: the market did
  bool is_begun = false;                   // with the plugin host
  std::deque<std::vector<FeedData>> feed_rows;  // live as long as the requests that point into them
  std::map<int64_t, std::string> missing_feeds; // why a bot's new instance cannot be asked
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
  // Every symbol that a bot trades or may follow to.
  std::vector<FollowedSymbol> followed_symbols();
  Status connect();  // open_market() where the candles are an exchange's
  Status restore_or_begin();
  Status begin_account();
  Status restore_account();
  Status check_books();
  // Tells it, and lets no bot enter until somebody has looked.
  void books_disagree(const std::string& difference);
  void books_agree();

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
  // Declares the instance of a bot that is evaluated, or says why that cannot be; false then.
  bool ensure_instance(Bot& bot);
  // What an instance's requirements depend on.
  static std::string instance_made_from(const Bot& bot, const StrategyInfo& strategy);
  bool refuse_instance(Bot& bot, const char* code, const std::string& why);
  // The strategy has taken the bot's new instance.
  void confirm_instance(Bot& bot);
  std::string missing_feed(const Bot& bot, const InstanceRequirements& needs);
  // Why a decision that is under way is not wanted any more.
  void drop_instance(const Bot& bot, const std::string& why);
  void new_anchor(Bot& bot);
  void set_wanted(Bot& bot, const std::string& wanted);
  void on_plugin_events();
  // Which version of each plugin file is in force and which was before, for `strategy rollback`.
  void note_versions();
  void release_repaired_bots();
  std::optional<std::vector<ParameterValue>> parameter_values(const BotSettings& settings, const StrategyInfo& strategy, std::string* errors) const;

  // step.cpp
  Status step();  // one market step, or its first half
  Status answer_closes();
  Status settle();
  Status begin_batch();
  Status commit_batch();

  // market.cpp
  // The rules of a symbol, followed or not; null where there is none.
  const Symbol* rules_of(const std::string& symbol) const;
  // Whether candles of a symbol can be had, or come already.
  Status can_follow(const std::string& symbol, int64_t interval_ms) const;
  // From now on the market gives the candles of all symbols that a bot with these settings may trade; their history comes later.
  Status follow(const BotSettings& settings);
  // Why a bot has no candles to decide on; empty: it has.
  std::string lacks_candles(const Bot& bot) const;
  // What closed before the symbol's first step, into the journal; of those followed before the last start and not seen since.
  Status write_history(size_t symbol);
  Status write_missing_history();
  // Takes in what has happened to symbols: those that have joined, those that were halted or trade again. Commits it.
  // The account is not heard, or is again.
  Status tell_silence();
  Status tend_market();
  void tell_halt(size_t symbol);  // that it began, or is over
  bool trades_again(size_t symbol) const;
  void remember_halts();
  static std::string halt_text(const Symbol& rules);
  // How old a candle may be for a decision.
  int64_t freshness_ms() const;
  // Those to ask at a close. Where one is not asked although it is time, the journal says why.
  std::vector<int64_t> due_bots(int64_t close_ms);

  // evaluation.cpp
  enum class Verify { protection, nothing };
  Status begin_evaluation(const std::vector<int64_t>& bot_ids, int64_t command_id, Verify verify);
  // Waits for at most patience_ms. True: finish_evaluation() may come.
  bool evaluation_over(int64_t patience_ms);
  // Applies the answers in the order of bots; answers the command.
  Status finish_evaluation();
  void take_answer(Bot& bot, const EvaluateAnswer& answer, const PendingRound& round);
  // The second half of a step, or of a command: once its answers are there.
  Status end_round();
  // What the market's last step, or a command, had begun before the engine ended.
  Status make_missed_evaluation(const std::string& mark);
  std::string evaluation_mark() const;
  // The bot's decision is not wanted any more; journaled as missing.
  void withdraw(const Bot& bot, const std::string& why);
  Result<std::vector<const FeedData*>> feeds_of(int64_t bot_id, const InstanceRequirements& needs);
  void follow_recommendation(Bot& bot, const std::string& symbol);

  // commands.cpp
  Status handle_commands();
  Status answer_command(const store::CommandRow& command);
  // Those that waited for plugins that were busy.
  Status handle_deferred();
  Status serve_plugins();
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
  std::unique_ptr<ExchangeLink> link_;             // where candles or orders are an exchange's
  std::unique_ptr<CandleSource> own_source_;       // elsewhere
  CandleSource* source_ = nullptr;                 // the one of the two that is there
  std::unique_ptr<BotLog> log_;
  std::unique_ptr<Venue> venue_;
  std::unique_ptr<JournalRecorder> recorder_;
  std::unique_ptr<Account> account_;
  std::unique_ptr<PluginHost> plugins_;

  std::set<int64_t> instances_;                   // bots with a strategy instance
  std::map<int64_t, InstanceRequirements> needs_; // of each instance that was created
  std::set<int64_t> unconfirmed_;                 // bots whose instance was declared and not heard of
  struct Lack { std::string made_from; InstanceRequirements needs; };
  std::map<int64_t, Lack> lacks_;                 // bots without a feed that their instance, made from this, would need
  std::optional<PendingRound> round_;
  std::vector<store::CommandRow> deferred_;       // commands that wait for a busy plugin, or behind one that does; journaled
  bool reload_wanted_ = false;                    // the configuration was changed while a round ran
  std::map<std::string, std::string> written_;    // paper values as journaled last
  std::map<std::string, int64_t> window_candles_;  // what a strategy with its parameters asks for
  FeedBook feeds_;
  std::map<int64_t, int64_t> last_evaluation_ms_; // market time
  std::map<std::string, int64_t> interval_by_symbol_;
  std::set<size_t> joining_, still_;              // symbols of the source
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

}  // namespace stratdock
