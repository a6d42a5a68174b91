#include "host/binance/endpoints.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/check.hpp"

namespace stratdock::binance {
namespace {

struct KnownHost {
  std::string_view name;
  Venue venue;
  bool web_socket;
  bool keyless = false;  // has public data only: no key, no signature and nothing that changes something goes there
};

constexpr KnownHost hosts[] = {
    {"api.binance.com", Venue::mainnet, false},
    {"api-gcp.binance.com", Venue::mainnet, false},
    {"api1.binance.com", Venue::mainnet, false},
    {"api2.binance.com", Venue::mainnet, false},
    {"api3.binance.com", Venue::mainnet, false},
    {"api4.binance.com", Venue::mainnet, false},
    {"data-api.binance.vision", Venue::mainnet, false, true},
    {"data.binance.vision", Venue::mainnet, false, true},
    {"ws-api.binance.com", Venue::mainnet, true},
    {"stream.binance.com", Venue::mainnet, true},
    {"data-stream.binance.vision", Venue::mainnet, true, true},
    {"testnet.binance.vision", Venue::testnet, false},
    {"api1.testnet.binance.vision", Venue::testnet, false},
    {"ws-api.testnet.binance.vision", Venue::testnet, true},
    {"stream.testnet.binance.vision", Venue::testnet, true},
    {"demo-api.binance.com", Venue::demo, false},
    {"demo-ws-api.binance.com", Venue::demo, true},
    {"demo-stream.binance.com", Venue::demo, true},
};

bool is_loopback_name(const std::string& host) { return host == "127.0.0.1" || host == "::1" || host == "localhost"; }

bool is_loopback_address(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return v4.sin_addr.s_addr == htonl(INADDR_LOOPBACK);
  }
  if (address->sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, address, sizeof v6);
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

// A hosts file may send the name anywhere.
bool resolves_to_loopback_only(const std::string& host) {
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, nullptr, &found) != 0) return false;
  bool all = found != nullptr;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) all = all && is_loopback_address(one->ai_addr);
  ::freeaddrinfo(found);
  return all;
}

Origin compiled(std::string_view text) {
  auto origin = Origin::parse(text);
  STRATDOCK_CHECK(origin.has_value());
  return *origin;
}

struct Parts {
  std::string scheme, host;
  int port = 0;  // 0: the scheme's own
};

Result<Parts> split(std::string_view text) {
  const auto refuse = [&](std::string_view what) {
    return failure("reading the exchange's address \"" + std::string(text) + "\": " + std::string(what), "write it as http://127.0.0.1:9080");
  };
  Parts parts;
  const size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return refuse("it has no scheme");
  parts.scheme = text.substr(0, scheme_end);
  if (parts.scheme != "http" && parts.scheme != "https" && parts.scheme != "ws" && parts.scheme != "wss") return refuse("its scheme is none of http, https, ws, wss");
  std::string_view rest = text.substr(scheme_end + 3);
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  for (const char c : rest)
    if (c == '/' || c == '?' || c == '#' || c == '@' || c == '\\' || c == '%' || static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) > '~')
      return refuse("there is more in it than a host and a port");
  std::string_view host = rest, port;
  if (!rest.empty() && rest.front() == '[') {
    const size_t end = rest.find(']');
    if (end == std::string_view::npos) return refuse("a bracket is not closed");
    host = rest.substr(1, end - 1);
    const std::string_view after = rest.substr(end + 1);
    if (!after.empty() && after.front() != ':') return refuse("the host ends in a way that is not known");
    port = after;
  } else if (const size_t colon = rest.find(':'); colon != std::string_view::npos) {
    host = rest.substr(0, colon);
    port = rest.substr(colon);
  }
  if (host.empty()) return refuse("it has no host");
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), parts.port);
    if (error != std::errc{} || end != port.data() + port.size() || parts.port < 1 || parts.port > 65535) return refuse("its port is none of 1 to 65535");
  }
  parts.host = host;
  for (char& c : parts.host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return parts;
}

}  // namespace

std::string_view text(Venue venue) {
  switch (venue) {
  case Venue::mainnet: return "mainnet";
  case Venue::testnet: return "testnet";
  case Venue::demo: return "demo";
  case Venue::paper: return "paper";
  }
  return "";
}

Result<Origin> Origin::parse(std::string_view text) {
  auto parts = split(text);
  if (!parts) return tl::unexpected(parts.error());
  Origin origin;
  origin.host_ = parts->host;
  origin.tls_ = parts->scheme == "https" || parts->scheme == "wss";
  origin.web_socket_ = parts->scheme == "ws" || parts->scheme == "wss";
  origin.port_ = parts->port != 0 ? parts->port : origin.tls_ ? 443 : 80;
  const std::string name(text);
  if (is_loopback_name(origin.host_)) {
    if (origin.host_ == "localhost" && !resolves_to_loopback_only(origin.host_))
      return failure("reading the exchange's address \"" + name + "\": localhost does not lead to this machine alone", "write 127.0.0.1 instead");
    origin.venue_ = Venue::paper;
    return origin;
  }
  const auto* known = std::find_if(std::begin(hosts), std::end(hosts), [&](const KnownHost& host) { return host.name == origin.host_; });
  if (known == std::end(hosts))
    return failure("reading the exchange's address \"" + name + "\": " + origin.host_ + " is no host of Binance that this program knows, and not this machine",
                   "use mode paper, testnet or demo without an address, or a paper exchange at 127.0.0.1");
  if (!origin.tls_) return failure("reading the exchange's address \"" + name + "\": it goes over the internet without encryption", "write https or wss");
  if (known->web_socket != origin.web_socket_)
    return failure("reading the exchange's address \"" + name + "\": " + origin.host_ + (known->web_socket ? " speaks WebSocket only" : " speaks HTTP only"),
                   known->web_socket ? "write wss" : "write https");
  const bool second_port = known->web_socket && origin.port_ == 9443;
  if (origin.port_ != 443 && !second_port) return failure("reading the exchange's address \"" + name + "\": Binance does not answer at this port", "leave the port away");
  origin.venue_ = known->venue;
  origin.keyless_ = known->keyless;
  return origin;
}

std::string Origin::authority() const {
  std::string result = host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]";
  if (port_ != (tls_ ? 443 : 80)) result += ":" + std::to_string(port_);
  return result;
}

std::string Origin::text() const { return std::string(web_socket_ ? "ws" : "http") + (tls_ ? "s" : "") + "://" + authority(); }

Endpoints endpoints_of(Venue venue) {
  switch (venue) {
  case Venue::mainnet:
    return {venue, compiled("https://api.binance.com"), compiled("https://data-api.binance.vision"), compiled("wss://ws-api.binance.com"),
            compiled("wss://data-stream.binance.vision"), {}};
  case Venue::testnet:
    return {venue, compiled("https://testnet.binance.vision"), compiled("https://testnet.binance.vision"), compiled("wss://ws-api.testnet.binance.vision"),
            compiled("wss://stream.testnet.binance.vision"), {}};
  case Venue::demo:
    return {venue, compiled("https://demo-api.binance.com"), compiled("https://demo-api.binance.com"), compiled("wss://demo-ws-api.binance.com"),
            compiled("wss://demo-stream.binance.com"), {}};
  case Venue::paper: break;
  }
  invariant_broken("endpoints_of: a paper exchange has no compiled host", __FILE__, __LINE__);
}

Result<Endpoints> paper_endpoints(std::string_view address, std::string certificate_file) {
  auto rest = Origin::parse(address);
  if (!rest) return tl::unexpected(rest.error());
  if (rest->venue() != Venue::paper)
    return failure("reading the paper exchange's address \"" + std::string(address) + "\": it is not on this machine", "a paper exchange is at 127.0.0.1");
  // Measured on cpprestsdk 2.10.18: it looks up "[::1]", brackets and all, as a name.
  if (rest->host().find(':') != std::string::npos)
    return failure("reading the paper exchange's address \"" + std::string(address) + "\": the HTTP library does not reach IPv6 addresses", "write 127.0.0.1 instead");
  const std::string_view scheme = rest->tls() ? "s" : "";
  auto http = Origin::parse("http" + std::string(scheme) + "://" + rest->authority());
  auto socket = Origin::parse("ws" + std::string(scheme) + "://" + rest->authority());
  if (!http) return tl::unexpected(http.error());
  if (!socket) return tl::unexpected(socket.error());
  if (!certificate_file.empty() && !rest->tls())
    return failure("reading the paper exchange's address \"" + std::string(address) + "\": a certificate is named but the address is not encrypted", "write https, or leave the certificate away");
  return Endpoints{Venue::paper, *http, *http, *socket, *socket, std::move(certificate_file)};
}

Origin archive_origin(const Endpoints& endpoints) {
  return endpoints.venue == Venue::paper ? endpoints.rest : compiled("https://data.binance.vision");
}

Endpoints keyless(Endpoints endpoints) {
  endpoints.rest = endpoints.market_rest;
  return endpoints;
}

Status orders_allowed(Venue venue) {
  if (venue == Venue::mainnet) return failure("sending an order to Binance's mainnet: live trading is not enabled yet", "use paper, testnet or demo");
  return {};
}

std::vector<std::string_view> known_hosts() {
  std::vector<std::string_view> names;
  for (const KnownHost& host : hosts) names.push_back(host.name);
  return names;
}

}  // namespace stratdock::binance
