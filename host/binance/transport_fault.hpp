// How a connection failed, and whether a request may have reached the exchange before it did.
// Thread rule: plain values. Invariant: `may_have_arrived` is false only where no byte of the request can have left.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace stratdock::binance {

enum class FaultKind {
  refused,    // no connection came about
  address,    // the host's name has no address
  timeout,    // no (whole) answer in time
  cut,        // the peer closed or reset the connection
  tls,        // the certificate or the handshake was not accepted
  malformed,  // what came is not the protocol
  overflow,   // more came than the queue may hold
  silent,     // nothing came for too long although we asked
  declined,   // a WebSocket handshake was answered with another status
  closed,     // closed by us
};
std::string_view text(FaultKind kind);

struct TransportFault {
  FaultKind kind = FaultKind::cut;
  bool may_have_arrived = true;
  int http_status = 0;  // of a handshake that was declined
  Error error;          // what was being done, with whom, what was found, what to do
};

}  // namespace stratdock::binance
