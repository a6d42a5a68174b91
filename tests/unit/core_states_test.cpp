// The tables of states: a bot's and an intent's.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "core/bot_state.hpp"
#include "core/intent.hpp"

using namespace stratdock;

TEST_CASE("no pair of a bot's state and event is listed twice") {
  std::set<std::pair<BotState, BotEvent>> seen;
  for (const BotTransition& t : bot_transitions()) {
    INFO(text(t.from) << " + " << text(t.event));
    CHECK(seen.insert({t.from, t.event}).second);
  }
}

TEST_CASE("only a running bot enters, and whatever may enter may exit") {
  for (int i = 0; i <= static_cast<int>(BotState::orphaned); ++i) {
    auto state = static_cast<BotState>(i);
    INFO(text(state));
    CHECK(rights(state).enters == (state == BotState::running));
    if (rights(state).evaluates) CHECK(rights(state).exits);
    CHECK(parse_bot_state(text(state)) == state);
  }
}

TEST_CASE("a bot that nobody declares any more cannot be started") {
  CHECK(next_state(BotState::orphaned, BotEvent::start) == std::nullopt);
  CHECK(next_state(BotState::orphaned, BotEvent::declared) == BotState::stopped);
}

TEST_CASE("every living state can be closed, and closing ends stopped") {
  for (BotState state : {BotState::running, BotState::paused, BotState::stopped, BotState::quarantined, BotState::degraded, BotState::orphaned})
    CHECK(next_state(state, BotEvent::close) == BotState::closing);
  CHECK(next_state(BotState::closing, BotEvent::closed) == BotState::stopped);
}

TEST_CASE("an intent's terminal states absorb every event") {
  for (IntentState state : {IntentState::rejected, IntentState::never_existed, IntentState::canceled, IntentState::filled, IntentState::expired})
    for (int event = 0; event <= static_cast<int>(IntentEvent::end_expired); ++event)
      CHECK(next_state(state, static_cast<IntentEvent>(event)) == state);
}

TEST_CASE("an intent is sent from one state only, so never twice") {
  int sends = 0;
  for (const IntentTransition& t : intent_transitions())
    if (t.event == IntentEvent::send) {
      ++sends;
      CHECK(t.from == IntentState::journaled);
    }
  CHECK(sends == 1);
  CHECK(next_state(IntentState::unknown, IntentEvent::send) == std::nullopt);
}

TEST_CASE("client ids fit the exchange's rule and differ by installation, bot and intent") {
  std::set<std::string> ids;
  for (const char* key : {"a", "b"})
    for (int64_t bot = 1; bot <= 20; ++bot)
      for (int64_t intent = 1; intent <= 200; ++intent) {
        std::string id = make_client_id(key, bot, intent);
        CHECK(id.size() <= 28);
        CHECK(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567SD") == std::string::npos);
        CHECK(ids.insert(id).second);
      }
}

TEST_CASE("STATES.md shows both tables, row for row") {
  const char* source = std::getenv("STRATDOCK_SOURCE_DIR");
  std::ifstream in(std::string(source == nullptr ? "." : source) + "/core/STATES.md");
  std::stringstream text_of_file;
  text_of_file << in.rdbuf();
  const std::string document = text_of_file.str();
  size_t rows = 0;
  auto shown = [&](auto from, auto event, auto to) {
    std::string row = "\n| " + std::string(text(from)) + " | " + std::string(text(event)) + " | " + std::string(text(to)) + " |\n";
    INFO(row);
    CHECK(document.find(row) != std::string::npos);
    ++rows;
  };
  for (const BotTransition& t : bot_transitions()) shown(t.from, t.event, t.to);
  for (const IntentTransition& t : intent_transitions()) shown(t.from, t.event, t.to);
  size_t in_document = 0;
  std::string line;
  for (std::stringstream lines(document); std::getline(lines, line);)
    if (std::count(line.begin(), line.end(), '|') == 4 && line.front() == '|' && line.find("---") == std::string::npos && !line.starts_with("| state")) ++in_document;
  CHECK(in_document == rows);
}
