// The page's files and the session.
#include <nlohmann/json.hpp>

#include "dashboard/row_json.hpp"
#include "dashboard/routes.hpp"

namespace stratdock::dashboard {

namespace {

Response file_response(const Asset& asset, const Request& request, const std::string& caching) {
  Response response;
  response.content_type = asset.content_type;
  response.with("ETag", asset.etag).with("Cache-Control", caching).with("Vary", "Accept-Encoding");
  if (request.header("if-none-match") == asset.etag) {
    response.status = 304;
    return response;
  }
  if (!asset.gzip.empty() && request.header("accept-encoding").find("gzip") != std::string::npos) {
    response.with("Content-Encoding", "gzip");
    response.body = asset.gzip;
  } else {
    response.body = asset.plain;
  }
  return response;
}

std::string session_body(const App& app, const Session& session) {
  return dump({{"csrf", session.csrf}, {"created_ms", session.created_ms}, {"expires_ms", session.expires_ms()}, {"idle_ms", session_idle_ms},
               {"version", app.options.version}, {"asset_version", app.assets.version()}});
}

}  // namespace

Response page_index(App& app, const Request& request) {
  const auto asset = app.assets.find("index.html");
  if (!asset) return error_response(404, "NOT_FOUND", "This build has no page.");
  return file_response(*asset, request, "no-cache");
}

Response page_asset(App& app, const Request& request) {
  const auto asset = app.assets.find(request.path_parts[1]);
  if (!asset) return error_response(404, "NOT_FOUND", "There is no such file of the page.");
  const bool lasting = request.path_parts[0] == app.assets.version() && app.assets.version() != "dev";
  return file_response(*asset, request, lasting ? "public, max-age=31536000, immutable" : "no-cache");
}

Response session_create(App& app, const Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("token") || !body["token"].is_string())
    return error_response(400, "BAD_REQUEST", "The body must be {\"token\":\"...\"}.");
  const auto signed_in = app.access.sign_in(body["token"]);
  if (!signed_in) {
    if (signed_in.error() == Access::Refusal::too_many_tries)
      return error_response(429, "TOO_MANY_TRIES", "Too many wrong links within a minute.", "Wait a minute, or make a new link with `stratdock token --link`.")
          .with("Retry-After", std::to_string(app.access.retry_after_s()));
    if (signed_in.error() == Access::Refusal::cannot_store)
      return error_response(503, "STORE_AWAY", "The session could not be written to the data folder.", "Check its rights and free space.");
    return error_response(401, "TOKEN_INVALID", "This link was used already or is older than ten minutes.", "Make a new one: stratdock token --link");
  }
  // Not Secure: the page is served over plain HTTP on loopback; a TLS proxy in front of it may add the attribute.
  return json_response(200, session_body(app, signed_in->session))
      .with("Set-Cookie", std::string(session_cookie) + "=" + signed_in->cookie + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" +
                              std::to_string(session_lifetime_ms / 1000));
}

Response session_read(App& app, const Request& request) {
  if (request.caller != Caller::session) return error_response(401, "SESSION_REQUIRED", "An API token has no session.");
  const auto session = app.access.find(request.session_key);
  if (!session) return error_response(401, "SESSION_REQUIRED", "The session is over.");
  return json_response(200, session_body(app, *session));
}

Response session_end(App& app, const Request& request) {
  // An API token has no session to end.
  if (request.caller == Caller::session) {
    app.access.end(request.session_key);
    app.hub.end_session(request.session_key);
  }
  return json_response(200, "{\"status\":\"done\"}")
      .with("Set-Cookie", std::string(session_cookie) + "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

}  // namespace stratdock::dashboard
