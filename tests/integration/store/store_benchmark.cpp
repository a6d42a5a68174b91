// How long the store takes for what the engine does at the close of a candle: one candle, four decisions that grow, and
// their bots. Usage: store_benchmark [FOLDER [TRANSACTIONS]]; the folder's disk is what is measured.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "host/store/store.hpp"

using namespace stratdock;
using namespace stratdock::store;

namespace {

constexpr int bots = 4;
using Clock = std::chrono::steady_clock;

void end_with(const Error& error) {
  std::fprintf(stderr, "store_benchmark: %s\n", error.text().c_str());
  std::exit(1);
}

void print(const char* what, std::vector<double>& times_us) {
  std::sort(times_us.begin(), times_us.end());
  double sum = 0;
  for (const double time : times_us) sum += time;
  const auto part = [&](double fraction) { return times_us[static_cast<size_t>(fraction * static_cast<double>(times_us.size() - 1))]; };
  std::printf("%-28s p50 %8.1f us  p99 %8.1f us  max %9.1f us  %9.0f a second\n", what, part(0.5), part(0.99), times_us.back(),
              1e6 * static_cast<double>(times_us.size()) / sum);
}

// One close of a candle with many bots, all in one transaction. Milliseconds.
void measure_many_bots(Journal& journal, int count) {
  std::vector<DecisionRow> decisions(count);
  std::vector<BotRow> rows(count);
  (void)journal.begin();
  for (int number = 0; number < count; ++number) {
    rows[number].settings.name = "many" + std::to_string(number);
    rows[number].core_state = std::string(300, 's');
    rows[number].id = decisions[number].bot_id = journal.put_bot(rows[number]).value_or(0);
    decisions[number].id = journal.put_decision(decisions[number]).value_or(0);
  }
  if (const Status done = journal.commit(); !done) end_with(done.error());
  std::vector<double> times_us;
  for (int round = 0; round < 5; ++round) {
    const Clock::time_point start = Clock::now();
    (void)journal.begin();
    for (int number = 0; number < count; ++number) {
      decisions[number].count += 1;
      (void)journal.put_decision(decisions[number]);
      (void)journal.put_bot(rows[number]);
    }
    if (const Status done = journal.commit(); !done) end_with(done.error());
    times_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  print("step of 10,000 bots", times_us);
}

}  // namespace

int main(int argument_count, char** arguments) {
  const std::string folder = argument_count > 1 ? arguments[1] : "/tmp/stratdock-store-benchmark";
  const int transactions = argument_count > 2 ? std::atoi(arguments[2]) : 5'000;
  if (std::filesystem::exists(folder + "/journal.db")) end_with({folder + " has a journal already", "name an empty folder", 0});
  auto journal = open_journal(folder);
  if (!journal) end_with(journal.error());
  std::vector<BotRow> rows(bots);
  std::vector<DecisionRow> decisions(bots);
  if (const Status begun = (*journal)->begin(); !begun) end_with(begun.error());
  for (int number = 0; number < bots; ++number) {
    rows[number].settings.name = "bot" + std::to_string(number);
    rows[number].settings.symbol = rows[number].symbol = "BTCUSDT";
    rows[number].core_state = std::string(300, 's');
    rows[number].id = (*journal)->put_bot(rows[number]).value_or(0);
    decisions[number].bot_id = rows[number].id;
    decisions[number].action = "HOLD";
    decisions[number].reasons = "no crossing of the averages; waiting";
  }
  if (const Status done = (*journal)->commit(); !done) end_with(done.error());

  std::vector<double> all_us, commit_us;
  for (int64_t number = 0; number < transactions; ++number) {
    const Clock::time_point start = Clock::now();
    (void)(*journal)->begin();
    (void)(*journal)->add_candle("BTCUSDT", 300'000, {number * 300'000, 20'000.5, 20'100.25, 19'900, 20'050.75, 12.5, 250'000, 6, 1'200});
    for (int bot = 0; bot < bots; ++bot) {
      decisions[bot].last_ms = number * 300'000;
      decisions[bot].count += 1;
      decisions[bot].id = (*journal)->put_decision(decisions[bot]).value_or(0);
      (void)(*journal)->put_bot(rows[bot]);
    }
    const Clock::time_point filled = Clock::now();
    if (const Status done = (*journal)->commit(); !done) end_with(done.error());
    const Clock::time_point end = Clock::now();
    all_us.push_back(std::chrono::duration<double, std::micro>(end - start).count());
    commit_us.push_back(std::chrono::duration<double, std::micro>(end - filled).count());
  }
  print("candle transaction", all_us);
  print("  of which its commit", commit_us);

  auto reader = open_journal_reader(folder);
  if (!reader) end_with(reader.error());
  std::vector<double> read_us;
  const int64_t rev = (*reader)->last_rev() - 8;
  for (int look = 0; look < 2'000; ++look) {
    const Clock::time_point start = Clock::now();
    (void)(*reader)->last_rev();
    (void)(*reader)->bots(rev, true);
    (void)(*reader)->decisions(0, {.after_rev = rev});
    read_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  print("a page's look at what changed", read_us);
  measure_many_bots(**journal, 10'000);
  Clock::time_point start = Clock::now();
  journal->reset();
  if (auto again = open_journal(folder); !again) end_with(again.error());
  std::printf("opened again in %.1f ms\n", std::chrono::duration<double, std::milli>(Clock::now() - start).count());
}
