// The test kit for strategies: a small host in a header. No test framework is needed, and any will do.
//
//   #include "my_strategy.cpp"                     // the class; or declare the library's entry
//   #include <stratdock/testing.hpp>
//   using namespace stratdock::testing;
//
//   Candles market = Candles(100).flat(50).trend(200, 0.002).gap(12).random_walk(300, 7);
//   Bot bot(strategy<EmaCross>(), {{"fast", 5}, {"slow", 30}});
//   std::vector<Answer> answers = bot.run(market);              // one decision per candle, position flat
//   assert(answers.back().action == DOCK_BUY);
//   std::string difference = compare_with_golden("golden/ema_cross.csv", market, answers);
//   if (!difference.empty()) { puts(difference.c_str()); return 1; }
//
// Then let `stratdock strategy validate my_strategy.so` look for what such tests do not: leaks, look-ahead, snapshots, threads.
//
// Owns: nothing; see the three headers. Thread rule: a Bot is of one thread. Invariant: the same candles, parameters and
// seeds give the same decisions on every machine.
#pragma once

#include <stratdock/testing/bot.hpp>
#include <stratdock/testing/candles.hpp>
#include <stratdock/testing/golden.hpp>
