#include "host/binance/requests.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/check.hpp"

namespace stratdock::binance {
namespace {

constexpr int64_t longest_recv_window_ms = 60'000;

Parameters timed(const Call& call, const SigningTime& time) {
  STRATDOCK_CHECK(time.timestamp_ms > 0);
  STRATDOCK_CHECK(time.recv_window_ms >= 1 && time.recv_window_ms <= longest_recv_window_ms);
  Parameters parameters = call.parameters;
  parameters.add("recvWindow", time.recv_window_ms).add("timestamp", time.timestamp_ms);
  return parameters;
}

RestRequest with_text(const Call& call, std::string parameters) {
  STRATDOCK_CHECK(!call.path.empty());
  const bool in_query = call.verb == Verb::get || call.verb == Verb::delete_;
  RestRequest request{call.verb, call.path, {}};
  if (!in_query)
    request.body = std::move(parameters);
  else if (!parameters.empty())
    request.path_and_query += '?' + parameters;
  return request;
}

nlohmann::ordered_json json_value(const Parameter& parameter) {
  switch (parameter.kind) {
  case ParameterKind::integer:
    return std::stoll(parameter.value);
  case ParameterKind::flag:
    return parameter.value == "true";
  case ParameterKind::json:
    return nlohmann::ordered_json::parse(parameter.value);
  case ParameterKind::text:
    break;
  }
  return parameter.value;
}

std::string envelope(const Call& call, std::string_view id, const Parameters& parameters) {
  STRATDOCK_CHECK(!call.method.empty());
  nlohmann::ordered_json request = {{"id", id}, {"method", call.method}};
  if (!parameters.empty()) {
    nlohmann::ordered_json& params = request["params"] = nlohmann::ordered_json::object();
    for (const Parameter& parameter : parameters.list())
      params[parameter.name] = json_value(parameter);
  }
  return request.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace

std::string_view text(Verb verb) {
  switch (verb) {
  case Verb::get:
    return "GET";
  case Verb::post:
    return "POST";
  case Verb::put:
    return "PUT";
  case Verb::delete_:
    return "DELETE";
  }
  invariant_broken("a known verb", __FILE__, __LINE__);
}

RestRequest rest_request(const Call& call) {
  STRATDOCK_CHECK(call.security == Security::open);
  return with_text(call, call.parameters.query());
}

Result<RestRequest> rest_request(const Call& call, const Signer& signer, const SigningTime& time) {
  STRATDOCK_CHECK(call.security == Security::signed_);
  // What is signed is what is sent, character for character; the signature comes last.
  std::string parameters = timed(call, time).query();
  const Result<std::string> signature = signer.sign(parameters);
  if (!signature) return tl::unexpected<Error>(signature.error());
  parameters += "&signature=" + percent_encode(*signature);
  return with_text(call, std::move(parameters));
}

std::string api_request(const Call& call, std::string_view id) {
  STRATDOCK_CHECK(call.security == Security::open);
  return envelope(call, id, call.parameters);
}

Result<std::string> api_request(const Call& call, std::string_view id, const Signer& signer, const SigningTime& time) {
  STRATDOCK_CHECK(call.security == Security::signed_);
  Parameters parameters = timed(call, time);
  parameters.add("apiKey", signer.api_key().reveal());
  const Result<std::string> signature = signer.sign(parameters.sorted_payload());
  if (!signature) return tl::unexpected<Error>(signature.error());
  parameters.add("signature", *signature);
  return envelope(call, id, parameters);
}

bool is_valid_client_id(std::string_view id) {
  constexpr size_t longest = 36;
  return !id.empty() && id.size() <= longest && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

} // namespace stratdock::binance
