// Start and recovery: one path. Nothing is traded before the books are restored and agree.
#include <algorithm>
#include <random>

#include <nlohmann/json.hpp>

#include "host/engine/codec.hpp"
#include "host/engine/engine_state.hpp"
#include "host/engine/plugin_trust.hpp"
#include "host/engine/remote_venue.hpp"

namespace stratdock {
namespace {

std::string random_key() {
  std::random_device device;
  constexpr char digits[] = "0123456789abcdef";
  std::string key;
  for (int i = 0; i < 32; ++i) key += digits[device() & 15];
  return key;
}

// What must not change under an existing paper account: another market would make nonsense of its positions.
std::string market_fingerprint(const Configuration& c) {
  std::string print = std::string(text(c.mode)) + " " + std::string(text(c.market.source)) + " " + interval_text(c.market.interval_ms);
  if (c.market.source == MarketSource::synthetic) {
    print += " seed " + std::to_string(c.market.seed) + " start " + std::to_string(c.market.start_ms);
    for (const SyntheticSymbol& s : c.market.symbols) print += " " + s.symbol;
  }
  if (!c.exchange.url.empty()) print += " " + c.exchange.url;
  for (const CandleFile& f : c.market.files) print += " " + f.symbol + "-" + interval_text(f.interval_ms);
  return print;
}

}  // namespace

int64_t JournalHistory::interval_of(std::string_view symbol) const {
  const auto found = intervals_.find(std::string(symbol));
  return found == intervals_.end() ? 0 : found->second;
}

Status JournalHistory::read_own(std::string_view symbol, int64_t from_ms, int64_t to_ms_exclusive, const std::function<void(const CandleSeries&)>& rows) {
  constexpr int64_t rows_at_once = 4'096;
  const int64_t interval_ms = interval_of(symbol);
  CandleSeries first = journal_.candles(std::string(symbol), interval_ms, from_ms, to_ms_exclusive, SIZE_MAX);
  if (first.empty()) return {};
  for (size_t at = 0; at < first.size(); at += rows_at_once) {
    CandleSeries chunk(interval_ms);
    chunk.append(first, at, std::min<size_t>(rows_at_once, first.size() - at));
    rows(chunk);
  }
  return {};
}

Engine::Engine(EngineOptions options, Configuration configuration)
    : options_(std::move(options)), configuration_(std::move(configuration)), started_wall_ms_(wall_clock_ms()) {}

Engine::~Engine() = default;

Status Engine::open() {
  if (Status done = open_store(); !done) return done;
  if (Status done = open_market(); !done) return done;
  PluginHostOptions plugin_options;
  plugin_options.plugin_folders = configuration_.plugins.folders;
  plugin_options.plugin_folders.push_back(configuration_.data_folder / "plugins");
  if (!options_.plugin_folder.empty()) plugin_options.plugin_folders.push_back(options_.plugin_folder);
  plugin_options.cache_folder = configuration_.data_folder / "plugin-cache";
  plugin_options.worker_executable = options_.worker_executable;
  plugin_options.trust = plugin_trust(configuration_, options_.plugin_folder);
  plugins_ = std::make_unique<PluginHost>(plugin_options, *history_);
  if (Status done = plugins_->start(); !done) return done;
  if (Status done = restore_or_begin(); !done) return done;
  remember_halts();
  if (Status done = make_missed_evaluation(written_["pending_evaluation"]); !done) return done;
  if (Status done = adopt_declared_bots(); !done) return done;
  on_plugin_events();
  return commit_batch();
}

Status Engine::open_store() {
  const std::string folder = configuration_.data_folder.string();
  std::error_code code;
  std::filesystem::create_directories(configuration_.data_folder, code);
  if (code) return failure("creating the data folder " + folder + ": " + code.message(), "name another folder with `data:` in the configuration");
  std::filesystem::permissions(configuration_.data_folder, std::filesystem::perms::owner_all, code);
  auto lock = store::EngineLock::take(folder);
  if (!lock) return tl::unexpected(lock.error());
  lock_ = std::move(*lock);
  auto journal = store::open_journal(folder);
  if (!journal) return tl::unexpected(journal.error());
  journal_ = std::move(*journal);
  history_ = std::make_unique<JournalHistory>(*journal_, interval_by_symbol_);
  auto commands = store::open_commands(folder);
  if (!commands) return tl::unexpected(commands.error());
  commands_ = std::move(*commands);
  auto live = store::open_live(folder);
  if (!live) return tl::unexpected(live.error());
  live_ = std::move(*live);
  auto doorbell = store::Doorbell::listen(folder, "engine");
  if (!doorbell) return tl::unexpected(doorbell.error());
  doorbell_ = std::move(*doorbell);
  BotLogOptions log_options;
  log_options.folder = configuration_.logs.folder;
  log_options.max_bytes = configuration_.logs.max_bytes;
  log_options.keep = configuration_.logs.keep;
  log_options.time_zone = configuration_.logs.time_zone;
  log_ = std::make_unique<BotLog>(log_options);
  return {};
}

Status Engine::open_market() {
  recorder_ = std::make_unique<JournalRecorder>(*journal_, *log_);
  if (configuration_.market.source == MarketSource::exchange) {
    if (Status connected = connect(); !connected) return connected;
  } else {
    auto source = make_candle_source(configuration_.market);
    if (!source) return tl::unexpected(source.error());
    own_source_ = std::move(*source);
    source_ = own_source_.get();
  }
  for (const MarketSymbol& symbol : source_->symbols()) interval_by_symbol_[symbol.rules.name] = symbol.interval_ms;
  if (!configuration_.trades_remotely()) venue_ = make_paper_venue(configuration_.paper, *source_, [this](std::string_view name) { return link_ ? link_->find_symbol(name) : nullptr; });
  return feeds_.load(configuration_.feeds.news, configuration_.feeds.assessment);
}

std::vector<FollowedSymbol> Engine::followed_symbols() {
  std::vector<FollowedSymbol> symbols;
  const auto follow = [&](const std::string& name, int64_t interval_ms, bool needed) {
    const auto same = std::find_if(symbols.begin(), symbols.end(), [&](const FollowedSymbol& one) { return one.name == name; });
    if (same != symbols.end()) same->needed = same->needed || needed;
    else if (!name.empty()) symbols.push_back({name, interval_ms, needed});
  };
  const auto follow_all = [&](const BotSettings& bot, bool needed) {
    follow(bot.symbol, bot.interval_ms, needed);
    for (const std::string& symbol : bot.recommended_symbols) follow(symbol, bot.interval_ms, needed);
  };
  // A bot that is there keeps its candles; a later one on the symbol with others is refused, as it is while running.
  for (const store::BotRow& row : journal_->bots()) {
    const DeclaredBot* declared = configuration_.find_bot(row.settings.name);
    if (declared != nullptr) follow_all(*declared, false);
    else follow_all(row.settings, false);
    follow(row.symbol, row.settings.interval_ms, false);
  }
  // What the user has just written is told at once where it is wrong; an engine that is started again goes on without.
  for (const DeclaredBot& bot : configuration_.bots) follow_all(bot, options_.first_start);
  return symbols;
}

Status Engine::connect() {
  const SecretsResult secrets = load_secrets(configuration_.mode, configuration_.file.parent_path() / ".env", process_environment());
  if (!secrets.errors.empty()) return failure(errors_text(secrets.errors));
  auto link = ExchangeLink::open(configuration_, secrets.secrets, followed_symbols(), !options_.first_start);
  if (!link) return tl::unexpected(link.error());
  link_ = std::move(*link);
  source_ = &link_->source();
  if (!configuration_.trades_remotely()) return {};
  RemoteVenueOptions options;
  options.make_durable = [this]() -> Status {
    if (Status committed = commit_batch(); !committed) return committed;
    return begin_batch();
  };
  options.tell = [this](const std::string& line) { recorder_->alarm(nullptr, "ACCOUNT_CHANGED", line); };
  options.disagree = [this](const std::string& line) { books_disagree(line); };
  options.agree = [this] { books_agree(); };
  venue_ = make_remote_venue(*link_, *source_, std::move(options));
  return {};
}

Status Engine::restore_or_begin() {
  const std::string print = market_fingerprint(configuration_);
  const std::string known = journal_->meta("market");
  if (!known.empty() && known != print)
    return failure("opening the data folder " + configuration_.data_folder.string() + ": it holds an account of another market (" + known + "), the configuration asks for (" + print + ")",
                   "name another folder with `data:` in the configuration, or move this one away");
  std::string key = journal_->meta("install_key");
  if (Status done = begin_batch(); !done) return done;
  if (key.empty()) {
    key = random_key();
    if (Status done = journal_->put_meta("install_key", key); !done) return done;
  }
  account_ = std::make_unique<Account>(venue_->port(), *recorder_, configuration_.risk, key);
  recorder_->set_account(*account_);
  Status done = known.empty() ? begin_account() : restore_account();
  if (!done) return done;
  if (known.empty())
    if (Status put = journal_->put_meta("market", print); !put) return put;
  if (Status put = journal_->put_meta("configuration", configuration_.file.string()); !put) return put;
  if (Status put = journal_->put_meta("taker_fee", configuration_.paper.settings.fees.taker.text()); !put) return put;
  account_->set_time(position_ms_);
  if (Status restored = recorder_->restore(); !restored) return restored;
  return check_books();
}

Status Engine::begin_account() {
  position_ms_ = source_->start_ms();
  account_->set_time(position_ms_);
  std::vector<MarketCandle> last_candles;
  // Candles before the start are history: strategies and charts begin with them.
  for (size_t i = 0; i < source_->symbols().size(); ++i) {
    const MarketSymbol& symbol = source_->symbols()[i];
    auto history = source_->candles(i, 0, position_ms_);
    if (!history) return tl::unexpected(history.error());
    for (size_t row = 0; row < history->size(); ++row)
      if (Status added = journal_->add_candle(symbol.rules.name, symbol.interval_ms, history->at(row)); !added) return added;
    if (!history->empty()) last_candles.push_back({i, history->back()});
  }
  return venue_->begin(*account_, last_candles, position_ms_);
}

Status Engine::restore_account() {
  position_ms_ = std::stoll(journal_->meta("position_ms"));
  last_command_id_ = std::stoll("0" + journal_->meta("last_command_id"));
  std::string venue_state;
  for (const auto& [key, value] : journal_->paper_values()) {
    if (key == "exchange") {
      venue_state = value;
    } else if (key == "account") {
      auto memory = decode_memory(value);
      if (!memory) return tl::unexpected(memory.error());
      account_->restore_next_intent_id(memory->next_intent_id);
      for (Intent& intent : memory->open_intents) account_->restore_intent(std::move(intent));
      account_->risk().restore(std::move(memory->risk));
    } else if (key == "pending_closes") {
      const nlohmann::json closes = nlohmann::json::parse(value);
      for (const auto& row : closes) pending_closes_[row.at(0)] = row.at(1);
    } else if (key == "pending_evaluation") {
      written_[key] = value;
    } else if (key == "deferred_commands") {
      written_[key] = value;
      auto commands = decode_commands(value);
      if (!commands) return tl::unexpected(commands.error());
      deferred_ = std::move(*commands);
    }
  }
  for (const auto& balance : journal_->account_balances()) account_->ledger().restore(balance.account, balance.asset, balance.amount);
  for (const store::BotRow& row : journal_->bots()) {
    Bot bot;
    bot.id = row.id;
    bot.settings = row.settings;
    bot.state = parse_bot_state(row.state).value_or(BotState::stopped);
    bot.reason = row.reason;
    bot.symbol = row.symbol;
    bot.anchor_ms = row.anchor_ms;
    if (Status decoded = decode_bot(row.core_state, bot); !decoded) return decoded;
    recorder_->facts()[row.id] = {row.origin, row.declared_at, row.wanted, row.created_ms, row.started_ms};
    account_->add_bot(std::move(bot));
  }
  if (Status restored = venue_->restore(*account_, venue_state); !restored) return restored;
  if (Status sought = source_->seek(position_ms_); !sought) return sought;
  return link_ ? write_missing_history() : Status();
}

// The ledger's view of the exchange against the exchange itself. A difference is never repaired by guessing.
Status Engine::check_books() {
  if (!venue_->knows_all()) return {};
  std::set<std::string> assets;
  const std::map<std::string, Balance> balances = venue_->balances();
  for (const auto& [asset, balance] : balances) assets.insert(asset);
  for (const auto& balance : journal_->account_balances()) assets.insert(balance.asset);
  for (const std::string& asset : assets) {
    const auto found = balances.find(asset);
    const Balance held = found == balances.end() ? Balance{} : found->second;
    Decimal expected = account_->ledger().expected_exchange_balance(asset);
    if (held.free + held.locked == expected) continue;
    std::string difference = "the exchange holds " + (held.free + held.locked).text() + " " + asset + ", the ledger says " + expected.text();
    books_disagree(difference);
  }
  return {};
}

void Engine::books_disagree(const std::string& difference) {
  recorder_->alarm(nullptr, "BOOKS_DISAGREE", difference);
  for (auto& [id, bot] : account_->bots())
    if (next_state(bot.state, BotEvent::books_disagree)) (void)account_->apply(id, BotEvent::books_disagree, difference, "engine");
}

void Engine::books_agree() {
  recorder_->clear_alarm(0, "BOOKS_DISAGREE");
  for (auto& [id, bot] : account_->bots()) {
    recorder_->clear_alarm(id, "BOOKS_DISAGREE");
    if (next_state(bot.state, BotEvent::books_agree)) (void)account_->apply(id, BotEvent::books_agree, "the books agree again", "engine");
  }
}

}  // namespace stratdock
