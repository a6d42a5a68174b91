// What a bot's strategy draws. The engine works it out while somebody looks; asking here is what tells it that somebody does.
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/candle.hpp"
#include "dashboard/read_helpers.hpp"
#include "dashboard/routes.hpp"
#include "dashboard/secret_text.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

namespace {

constexpr int64_t default_indicator_rows = 1'000, most_indicator_rows = 5'000;

// The newest `limit` lines that begin at `from_ms` or later, as the elements of an array. The numbers are passed on unread.
std::string newest_rows(std::string_view lines, int64_t limit, int64_t from_ms) {
  size_t first = lines.size();
  for (int64_t taken = 0; first > 0 && taken < limit; ++taken) {
    const size_t before = lines.rfind('\n', first - 2);
    const size_t start = before == std::string_view::npos || first < 2 ? 0 : before + 1;
    int64_t open_ms = 0;
    std::from_chars(lines.data() + start + 1, lines.data() + first, open_ms);
    if (open_ms < from_ms) break;
    first = start;
  }
  std::string rows(lines.substr(first));
  if (!rows.empty()) rows.pop_back();
  for (char& c : rows)
    if (c == '\n') c = ',';
  return rows;
}

bool is_of(const store::IndicatorRow& row, const store::BotRow& bot) {
  return row.symbol == bot.symbol && row.interval_ms == bot.settings.interval_ms && (bot.anchor_ms == 0 || row.anchor_ms == bot.anchor_ms);
}

}  // namespace

Response read_indicators(App& app, const Request& request) {
  const std::optional<BotHandle> bot = find_bot(app, request.path_parts[0]);
  if (!bot) return bot_not_found(request.path_parts[0]);
  const auto limit = number_in(request, "limit", default_indicator_rows, 1, most_indicator_rows), from = number_in(request, "from", 0, 0, INT64_MAX);
  if (!limit || !from) return error_response(400, "BAD_REQUEST", "limit must be 1 to 5000, from a time in milliseconds.");
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  const Status asked = app.pool.ask_for_chart(bot->row.id, bot->row.settings.name, *limit, lease->identity(), wall_clock_ms());
  auto row = lease->live() ? lease->live()->indicators(bot->row.id) : std::nullopt;
  // Of another symbol or beginning: the new ones are on their way.
  if (row && !is_of(*row, bot->row)) row.reset();
  if (!row && !asked) return store_away(asked.error().text());
  json answer = {{"bot_id", bot->row.id}, {"state", "computing"}, {"reason", json()}, {"symbol", bot->row.symbol}, {"interval", interval_text(bot->row.settings.interval_ms)},
                 {"interval_ms", bot->row.settings.interval_ms}, {"anchor_ms", time_json(bot->row.anchor_ms)}, {"as_of_ms", json()}, {"panes", json::array()},
                 {"series", json::array()}, {"levels", json::array()}, {"columns", {"open_ms"}}};
  if (row) {
    const json chart = json::parse(row->chart, nullptr, false);
    if (chart.is_object()) answer.update(chart);
    for (const auto& series : answer["series"]) answer["columns"].push_back(series["key"]);
    answer["state"] = row->mark.state;
    answer["reason"] = text_json(row->mark.reason);
    answer["as_of_ms"] = time_json(row->mark.as_of_ms);
    answer["anchor_ms"] = time_json(row->anchor_ms);
  } else {
    app.board.with_world([&](const World& world) {
      if (world.engine.state == "away") answer["reason"] = "The engine does not answer.";
    });
  }
  std::string text = dump(answer);
  text.pop_back();
  return json_response(200, text + ",\"rows\":[" + (row ? newest_rows(row->rows, *limit, *from) : "") + "]}");
}

}  // namespace stratdock::dashboard
