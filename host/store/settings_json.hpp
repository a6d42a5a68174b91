// A bot's settings as JSON text, as the journal keeps them and as commands carry them.
// Thread rule: pure functions. Invariant: what settings_json wrote, settings_from_json reads back equal; money is text.
#pragma once

#include <string>
#include <string_view>

#include "core/bot_settings.hpp"
#include "core/result.hpp"

namespace stratdock::store {

// {"name":"a","symbol":"BTCUSDT","trade_amount":"100",...}; unset fractions are absent.
std::string settings_json(const BotSettings& settings);
// Fields that are missing keep their defaults, unknown ones are passed over; a wrong type or no JSON at all is an error.
// The values are not validated here: whoever read them from a user does that.
Result<BotSettings> settings_from_json(std::string_view text);

}  // namespace stratdock::store
