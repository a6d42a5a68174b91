// The dashboard's readers of the store: opened on demand, lent to one thread at a time, reopened when the engine has
// replaced a file (live.db is rebuilt at every start, a restore replaces the journal).
// Thread rule: StorePool may be used from any thread; a Lease belongs to the thread that took it.
// Invariant: the dashboard writes nothing but commands.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/store/store.hpp"

namespace stratdock::dashboard {

// How to get at a store; tests bring one in memory.
struct StoreOpeners {
  std::function<Result<std::unique_ptr<store::JournalReader>>()> journal;
  std::function<Result<std::unique_ptr<store::LiveReader>>()> live;
  std::function<Result<std::unique_ptr<store::CommandQueue>>()> commands;
  std::function<std::string()> identity;  // changes when a file was replaced
  std::function<void()> ring_engine;
};
StoreOpeners open_store_folder(const std::string& folder);

class StorePool {
public:
  explicit StorePool(StoreOpeners openers) : openers_(std::move(openers)) {}

  struct Readers {
    std::unique_ptr<store::JournalReader> journal;
    std::unique_ptr<store::LiveReader> live;  // null while there is no live view yet
    std::string identity;
  };
  // Gives the readers back when it ends.
  class Lease {
  public:
    Lease(StorePool* pool, std::unique_ptr<Readers> readers) : pool_(pool), readers_(std::move(readers)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    store::JournalReader& journal() { return *readers_->journal; }
    store::LiveReader* live() { return readers_->live.get(); }
    const std::string& identity() const { return readers_->identity; }

  private:
    StorePool* pool_;
    std::unique_ptr<Readers> readers_;
  };
  // The error says why the journal cannot be read (not there yet, newer schema, damaged).
  Result<Lease> take();

  // Adds a command and rings the engine. The id.
  Result<int64_t> add_command(const store::CommandRow& row, bool passing = false);
  // Tells the engine that somebody looks at the bot's chart, unless it was told so lately. `identity`: of the store as it is
  // read; after a start of the engine nothing was told yet.
  Status ask_for_chart(int64_t bot_id, const std::string& bot, int64_t rows, const std::string& identity, int64_t now_ms);
  // The same of the prices of symbols that nobody follows. Nothing is lost when the engine does not hear it.
  void ask_for_prices(int64_t now_ms);
  std::optional<store::CommandRow> find_command(int64_t id);
  std::vector<store::CommandRow> commands_after(int64_t id, int limit);

private:
  void give_back(std::unique_ptr<Readers> readers);
  Status open_commands();

  StoreOpeners openers_;
  std::mutex mutex_;  // guards free_
  std::vector<std::unique_ptr<Readers>> free_;
  std::mutex commands_mutex_;  // guards commands_: one connection, used for moments
  std::unique_ptr<store::CommandQueue> commands_;
  std::string commands_identity_;
  struct ChartAsked { int64_t at_ms = 0, rows = 0; };
  std::mutex charts_mutex_;  // guards the three below
  int64_t prices_asked_ms_ = 0;
  std::map<int64_t, ChartAsked> charts_asked_;  // by bot
  std::string charts_identity_;
};

}  // namespace stratdock::dashboard
