// Market streams, raw and combined.
#include "expect.hpp"
#include "host/binance/stream_messages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto message = stratdock::binance::parse_stream_message(fuzz::view(data, size));
  fuzz::check(message);
  if (!message) return 0;
  for (const auto& event : message->events)
    if (const auto* answer = std::get_if<stratdock::binance::StreamAnswer>(&event))
      if (answer->error) fuzz::check_error(*answer->error);
  return 0;
}
