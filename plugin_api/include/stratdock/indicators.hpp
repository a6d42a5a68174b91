// Every streaming indicator of the SDK; see the three headers for definitions and sources. Use:
//
//   Rsi rsi(14);  rsi.update(candle.close);  if (rsi.value() < 30) ...
//
// A value that is not known yet is NaN, and every comparison with NaN is false.
#pragma once

#include "indicators/averages.hpp"
#include "indicators/oscillators.hpp"
#include "indicators/window.hpp"
