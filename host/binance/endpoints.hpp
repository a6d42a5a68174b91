// The hosts this program may speak to: those of Binance Spot, compiled in, and a paper exchange on this very machine.
// Thread rule: plain values. Invariant: an Origin holds a host of the list with TLS, or a loopback address; there is no
// other way to make one, and every transport asks for an Origin. No endpoint for withdrawals exists here or anywhere else.
// Source: Binance Spot "General API information", "WebSocket API", "WebSocket streams", demo and testnet pages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace stratdock::binance {

enum class Venue { mainnet, testnet, demo, paper };
std::string_view text(Venue venue);

class Origin {
public:
  // "https://api.binance.com", "ws://127.0.0.1:8080"; scheme http, https, ws or wss, no user, no path but "/", no query.
  // Fails on a host that is not on the list and not loopback, and on a listed host without TLS. The name `localhost` is
  // accepted when all addresses it has are loopback ones.
  static Result<Origin> parse(std::string_view text);

  Venue venue() const { return venue_; }
  bool tls() const { return tls_; }
  bool web_socket() const { return web_socket_; }
  // A host that has public data only: nothing but GET without a key goes there.
  bool keyless() const { return keyless_; }
  // Without brackets: "::1".
  const std::string& host() const { return host_; }
  int port() const { return port_; }
  // As in a URL and a Host header: "[::1]:8080"; the port left away where it is the scheme's own.
  std::string authority() const;
  std::string text() const;
  friend bool operator==(const Origin&, const Origin&) = default;

private:
  Origin() = default;
  Venue venue_ = Venue::paper;
  bool tls_ = true, web_socket_ = false, keyless_ = false;
  std::string host_;
  int port_ = 443;
};

// Where one venue answers what.
struct Endpoints {
  Venue venue;
  Origin rest;            // https: signed calls
  Origin market_rest;     // https: keyless market data
  Origin web_socket_api;  // wss, path /ws-api/v3
  Origin streams;         // wss, paths /ws and /stream: market data
  // A file of PEM certificates trusted besides the system's own; only ever set for a paper exchange.
  std::string certificate_file;
};
inline constexpr std::string_view web_socket_api_path = "/ws-api/v3";

// The compiled hosts of a venue. `venue` must not be paper (checked).
Endpoints endpoints_of(Venue venue);
// A paper exchange that serves everything at one loopback address, e.g. "http://127.0.0.1:9080". `certificate_file` may be
// empty; it is for https only. Fails for "[::1]" as well: the HTTP library reaches no IPv6 address.
Result<Endpoints> paper_endpoints(std::string_view address, std::string certificate_file = {});

// Where the public archives of past candles are: Binance's own, or a paper exchange's address, which may have none.
Origin archive_origin(const Endpoints& endpoints);
// For those who ask for public data only: also the exchange's time comes from the host without keys.
Endpoints keyless(Endpoints endpoints);

// Whether orders may go there. Never to mainnet: the law of the order path has not been proven there.
Status orders_allowed(Venue venue);

// Every host of the list, for documents and tests.
std::vector<std::string_view> known_hosts();

}  // namespace stratdock::binance
