// Trading on an exchange over the wire. What it tells may come twice, late, or not at all: here it becomes the same stream of
// events that the paper exchange gives, each once.
//
// Thread rule: the engine's thread. Invariant: a trade is told once, whichever way and however often the exchange shows it
// (keyed by symbol and trade id); a finished order never comes back to life; an order is sent only after `make_durable` has
// returned, and never again. What could not be asked is asked again by itself, first after a second, then at growing pauses
// of at most half a minute: has_news() says when.
#pragma once

#include <functional>
#include <memory>

#include "host/engine/exchange_session.hpp"
#include "host/engine/venue.hpp"

namespace stratdock {

struct RemoteVenueOptions {
  // Commits everything booked so far, the intent about to be sent included. An error keeps the order from leaving.
  std::function<Status()> make_durable;
  // A line for people: what changed at the exchange that no bot asked for.
  std::function<void(const std::string&)> tell;
  // The same where the books cannot follow: it took what belongs to bots.
  std::function<void(const std::string&)> disagree;
  // Milliseconds of a clock that only goes forwards; null: the machine's.
  std::function<int64_t()> steady_ms;
  // Books and exchange hold the same, which they perhaps did not before. May be left out.
  std::function<void()> agree = {};
};

// Both must outlive it.
std::unique_ptr<Venue> make_remote_venue(ExchangeSession& session, const CandleSource& source, RemoteVenueOptions options);

}  // namespace stratdock
