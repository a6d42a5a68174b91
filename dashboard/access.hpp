// Who may come in: set-up links, sessions and API tokens, kept in FOLDER/access.json (mode 0600).
// Owns: that file. Only hashes are written; who reads it cannot sign in with what he finds.
// Thread rule: every function may be called from any thread and from several processes at once: each change reads, changes
// and replaces the file under FOLDER/access.lock. Invariant: the file is whole at any time (written beside, then renamed).
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace stratdock::dashboard {

constexpr int64_t link_lifetime_ms = 10 * 60'000;
constexpr int64_t session_idle_ms = 30 * 60'000;
constexpr int64_t session_lifetime_ms = 12 * 3'600'000;
constexpr int tries_per_minute = 5;

// A link for one browser to sign in with, "http://127.0.0.1:PORT/login#token=..."; good once and for ten minutes.
// The token stands in the fragment, which browsers never send: it gets into no log and no proxy.
Result<std::string> new_setup_link(const std::string& data_folder, int port);
// A token for programs ("Authorization: Bearer TOKEN"); shown once, stays valid until removed.
// The name (1 to 64 printable characters) tells tokens apart; a second one of the same name replaces the first.
Result<std::string> create_api_token(const std::string& data_folder, const std::string& name);

struct Session {
  std::string key;  // hash of the cookie
  std::string csrf;
  int64_t created_ms = 0, last_used_ms = 0;
  int64_t expires_ms() const { return created_ms + session_lifetime_ms; }
};

class Access {
public:
  // `clock` gives milliseconds since 1970; tests bring their own.
  explicit Access(std::string data_folder, std::function<int64_t()> clock = {});

  struct SignIn {
    std::string cookie;  // the secret itself: for Set-Cookie, nowhere else
    Session session;
  };
  enum class Refusal { wrong_token, too_many_tries, cannot_store };
  // Trades a set-up token for a session. A wrong one counts as a try; a right one is let in even after five wrong ones, so
  // that nobody can lock the owner out by guessing.
  tl::expected<SignIn, Refusal> sign_in(const std::string& token);
  // The session of a cookie's value, marked as used; nullopt when unknown, idle or over.
  std::optional<Session> session(const std::string& cookie);
  std::optional<Session> find(const std::string& session_key);
  // The same by its key, for streams that stay open.
  bool keep_alive(const std::string& session_key);
  void end(const std::string& session_key);
  bool is_api_token(const std::string& token);
  size_t session_count();
  int64_t retry_after_s();

private:
  void load_if_changed();
  bool alive(const Session& session, int64_t now) const;
  Status store_sessions(const std::string& spent_link_hash);

  std::string folder_;
  std::function<int64_t()> clock_;
  std::mutex mutex_;  // guards all below
  std::vector<Session> sessions_;
  std::vector<std::string> token_hashes_;
  std::string file_stamp_;
  int64_t stored_ms_ = 0;
  std::vector<int64_t> tries_ms_;
};

// What the page must send with a change. Made from the cookie, so that nothing has to be stored for it.
std::string csrf_of(const std::string& cookie);

}  // namespace stratdock::dashboard
