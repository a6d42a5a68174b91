#include "dashboard/guard.hpp"

#include <algorithm>
#include <array>

namespace stratdock::dashboard {

namespace {

bool is_our_host(const std::string& host, int port) {
  const std::string suffix = ":" + std::to_string(port);
  return host == "127.0.0.1" + suffix || host == "localhost" + suffix || host == "[::1]" + suffix;
}

bool is_json(std::string type) {
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  return type == "application/json";
}

// A number of at most nine digits; nullopt for anything else.
std::optional<size_t> length_of(const std::string& text) {
  if (text.empty() || text.size() > 9 || !std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); }))
    return std::nullopt;
  return std::stoul(text);
}

}  // namespace

std::optional<Response> check_request(const Request& request, int port) {
  const std::string& host = request.header("host");
  if (!is_our_host(host, port))
    return error_response(403, "HOST", "This server answers on 127.0.0.1:" + std::to_string(port) + " only.",
                          "Open http://127.0.0.1:" + std::to_string(port) + "/");
  if (request.method != "GET" && request.method != "POST")
    return error_response(405, "METHOD", "Only GET and POST are answered.").with("Allow", "GET, POST");
  const std::string& origin = request.header("origin");
  if (!origin.empty() && origin != "http://" + host)
    return error_response(403, "ORIGIN", "The request comes from another page.", "Use the dashboard's own page.");
  const std::string& site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") {
    // Following a link to the page from elsewhere is harmless: it carries no data and changes nothing.
    const bool page_visit = request.method == "GET" && request.header("sec-fetch-mode") == "navigate" &&
                            request.path.rfind("/api/", 0) != 0 && request.path != "/metrics";
    if (!page_visit) return error_response(403, "ORIGIN", "The request comes from another site.", "Use the dashboard's own page.");
  }
  const std::string& length = request.header("content-length");
  const bool has_body = request.headers.contains("transfer-encoding") || (!length.empty() && length != "0");
  if (request.method == "GET") {
    if (has_body) return error_response(400, "BAD_REQUEST", "A GET has no body.");
    return std::nullopt;
  }
  if (!length.empty()) {
    const auto bytes = length_of(length);
    if (!bytes) return error_response(400, "BAD_REQUEST", "The Content-Length is not a number.");
    if (*bytes > largest_body) return error_response(413, "TOO_LARGE", "A body may have at most 256 KiB.");
  }
  if ((has_body || request.headers.contains("content-type")) && !is_json(request.header("content-type")))
    return error_response(415, "CONTENT_TYPE", "A POST must be application/json.");
  return std::nullopt;
}

void add_common_headers(Response& response) {
  static constexpr std::array<std::pair<const char*, const char*>, 7> always{{
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
       "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"},
  }};
  for (const auto& [name, value] : always) response.headers.emplace_back(name, value);
  const bool cache_said = std::any_of(response.headers.begin(), response.headers.end(),
                                      [](const auto& header) { return header.first == "Cache-Control"; });
  if (!cache_said) response.with("Cache-Control", "no-store");
}

std::string header_safe(const std::string& value) {
  std::string out;
  for (const char c : value)
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out += c;
  return out;
}

std::string cookie_value(const std::string& header, const std::string& name) {
  size_t at = 0;
  while (at < header.size()) {
    size_t end = std::min(header.find(';', at), header.size());
    std::string pair = header.substr(at, end - at);
    pair.erase(0, pair.find_first_not_of(' ') == std::string::npos ? pair.size() : pair.find_first_not_of(' '));
    if (pair.size() > name.size() && pair.compare(0, name.size(), name) == 0 && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
    at = end + 1;
  }
  return {};
}

}  // namespace stratdock::dashboard
