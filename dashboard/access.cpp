#include "dashboard/access.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "dashboard/secret_text.hpp"

namespace stratdock::dashboard {

namespace {

using nlohmann::json;

constexpr int64_t store_every_ms = 60'000;  // how much of a session's idle time a restart may forget
constexpr size_t most_sessions = 100;

std::string file_of(const std::string& folder) { return folder + "/access.json"; }

class FileLock {
public:
  explicit FileLock(const std::string& folder)
      : fd_(open((folder + "/access.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ >= 0) flock(fd_, LOCK_EX);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() {
    if (fd_ >= 0) close(fd_);
  }
  bool held() const { return fd_ >= 0; }

private:
  int fd_;
};

json empty_document() { return {{"links", json::array()}, {"tokens", json::array()}, {"sessions", json::array()}}; }

json read_document(const std::string& folder) {
  const int fd = open(file_of(folder).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return empty_document();
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(n));
  close(fd);
  json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return empty_document();
  for (const char* key : {"links", "tokens", "sessions"})
    if (!document.contains(key) || !document[key].is_array()) document[key] = json::array();
  return document;
}

Status write_document(const std::string& folder, const json& document) {
  const std::string path = file_of(folder), beside = path + ".new";
  const std::string text = document.dump(1);
  unlink(beside.c_str());
  const int fd = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return failure("writing " + beside + ": " + std::strerror(errno), "check the data folder's rights and free space");
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
  const int error = errno;
  close(fd);
  if (!written || rename(beside.c_str(), path.c_str()) != 0) {
    const std::string cause = std::strerror(written ? errno : error);
    unlink(beside.c_str());
    return failure("writing " + path + ": " + cause, "check the data folder's rights and free space");
  }
  return {};
}

// Reads, lets `change` alter, and replaces the document, alone among all processes.
template <typename Change>
Status change_document(const std::string& folder, Change change) {
  const FileLock lock(folder);
  if (!lock.held())
    return failure("opening " + folder + "/access.lock: " + std::strerror(errno), "check that the data folder exists and is yours");
  json document = read_document(folder);
  if (!change(document)) return {};
  return write_document(folder, document);
}

bool expired(const json& link, int64_t now) { return link.value("expires_ms", int64_t{0}) <= now; }

}  // namespace

std::string csrf_of(const std::string& cookie) { return sha256_hex("stratdock csrf " + cookie).substr(0, 32); }

Result<std::string> new_setup_link(const std::string& data_folder, int port) {
  const std::string token = random_hex(16);
  const int64_t now = wall_clock_ms();
  const Status stored = change_document(data_folder, [&](json& document) {
    json links = json::array();
    for (const auto& link : document["links"])
      if (!expired(link, now)) links.push_back(link);
    links.push_back({{"hash", sha256_hex(token)}, {"expires_ms", now + link_lifetime_ms}});
    document["links"] = std::move(links);
    return true;
  });
  if (!stored) return tl::unexpected(stored.error());
  return "http://127.0.0.1:" + std::to_string(port) + "/login#token=" + token;
}

Result<std::string> create_api_token(const std::string& data_folder, const std::string& name) {
  const bool printable = std::all_of(name.begin(), name.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (name.empty() || name.size() > 64 || !printable)
    return failure("making an API token: the name must have 1 to 64 printable characters", "for example: stratdock token --name backup-script");
  const std::string token = "sdk_" + random_hex(32);
  const Status stored = change_document(data_folder, [&](json& document) {
    json tokens = json::array();
    for (const auto& known : document["tokens"])
      if (known.value("name", "") != name) tokens.push_back(known);
    tokens.push_back({{"name", name}, {"hash", sha256_hex(token)}, {"created_ms", wall_clock_ms()}});
    document["tokens"] = std::move(tokens);
    return true;
  });
  if (!stored) return tl::unexpected(stored.error());
  return token;
}

Access::Access(std::string data_folder, std::function<int64_t()> clock)
    : folder_(std::move(data_folder)), clock_(clock ? std::move(clock) : wall_clock_ms) {}

bool Access::alive(const Session& session, int64_t now) const {
  return now < session.expires_ms() && now < session.last_used_ms + session_idle_ms;
}

void Access::load_if_changed() {
  struct stat info{};
  if (stat(file_of(folder_).c_str(), &info) != 0) {
    file_stamp_.clear();
    sessions_.clear();
    token_hashes_.clear();
    return;
  }
  const std::string stamp = std::to_string(info.st_ino) + ":" + std::to_string(info.st_mtim.tv_sec) + ":" +
                            std::to_string(info.st_mtim.tv_nsec) + ":" + std::to_string(info.st_size);
  if (stamp == file_stamp_) return;
  const json document = read_document(folder_);
  std::vector<Session> loaded;
  for (const auto& entry : document["sessions"]) {
    Session session{entry.value("hash", ""), entry.value("csrf", ""), entry.value("created_ms", int64_t{0}),
                    entry.value("last_used_ms", int64_t{0})};
    for (const auto& known : sessions_)
      if (known.key == session.key) session.last_used_ms = std::max(session.last_used_ms, known.last_used_ms);
    loaded.push_back(std::move(session));
  }
  sessions_ = std::move(loaded);
  token_hashes_.clear();
  for (const auto& entry : document["tokens"]) token_hashes_.push_back(entry.value("hash", ""));
  file_stamp_ = stamp;
}

Status Access::store_sessions(const std::string& spent_link_hash) {
  const int64_t now = clock_();
  std::erase_if(sessions_, [&](const Session& session) { return !alive(session, now); });
  stored_ms_ = now;
  return change_document(folder_, [&](json& document) {
    json list = json::array();
    // The CSRF value is no secret towards who reads this file: without the cookie it opens nothing.
    for (const auto& session : sessions_)
      list.push_back({{"hash", session.key}, {"csrf", session.csrf}, {"created_ms", session.created_ms}, {"last_used_ms", session.last_used_ms}});
    document["sessions"] = std::move(list);
    json links = json::array();
    for (const auto& link : document["links"])
      if (link.value("hash", "") != spent_link_hash && !expired(link, now)) links.push_back(link);
    document["links"] = std::move(links);
    return true;
  });
}

tl::expected<Access::SignIn, Access::Refusal> Access::sign_in(const std::string& token) {
  const std::lock_guard lock(mutex_);
  const int64_t now = clock_();
  const std::string hash = sha256_hex(token);
  bool known = false;
  // Spending the link first makes it good once, whatever happens next.
  const Status spent = change_document(folder_, [&](json& document) {
    json links = json::array();
    for (const auto& link : document["links"]) {
      const bool match = equal_in_constant_time(link.value("hash", ""), hash) && !expired(link, now);
      known = known || match;
      if (!match) links.push_back(link);
    }
    document["links"] = std::move(links);
    return known;
  });
  if (!spent) return tl::unexpected(Refusal::cannot_store);
  if (!known) {
    std::erase_if(tries_ms_, [&](int64_t at) { return at <= now - 60'000; });
    if (tries_ms_.size() >= tries_per_minute) return tl::unexpected(Refusal::too_many_tries);
    tries_ms_.push_back(now);
    return tl::unexpected(Refusal::wrong_token);
  }
  load_if_changed();
  SignIn result;
  result.cookie = random_hex(32);
  result.session = {sha256_hex(result.cookie), csrf_of(result.cookie), now, now};
  if (sessions_.size() >= most_sessions)
    sessions_.erase(std::min_element(sessions_.begin(), sessions_.end(),
                                     [](const Session& a, const Session& b) { return a.last_used_ms < b.last_used_ms; }));
  sessions_.push_back(result.session);
  if (!store_sessions(hash)) {
    sessions_.pop_back();
    return tl::unexpected(Refusal::cannot_store);
  }
  return result;
}

int64_t Access::retry_after_s() {
  const std::lock_guard lock(mutex_);
  return tries_ms_.empty() ? 1 : std::max<int64_t>(1, (tries_ms_.front() + 60'000 - clock_() + 999) / 1000);
}

std::optional<Session> Access::session(const std::string& cookie) {
  if (cookie.size() != 64) return std::nullopt;
  const std::string key = sha256_hex(cookie);
  return keep_alive(key) ? find(key) : std::nullopt;
}

std::optional<Session> Access::find(const std::string& session_key) {
  const std::lock_guard lock(mutex_);
  for (const auto& session : sessions_)
    if (session.key == session_key) return session;
  return std::nullopt;
}

bool Access::keep_alive(const std::string& session_key) {
  const std::lock_guard lock(mutex_);
  load_if_changed();
  const int64_t now = clock_();
  for (auto& session : sessions_) {
    if (!equal_in_constant_time(session.key, session_key)) continue;
    if (!alive(session, now)) return false;
    session.last_used_ms = now;
    // A full disk must not end sessions that live in memory: the failure only forgets some idle time.
    if (now - stored_ms_ >= store_every_ms) (void)store_sessions("");
    return true;
  }
  return false;
}

void Access::end(const std::string& session_key) {
  const std::lock_guard lock(mutex_);
  load_if_changed();
  std::erase_if(sessions_, [&](const Session& session) { return session.key == session_key; });
  (void)store_sessions("");
}

bool Access::is_api_token(const std::string& token) {
  if (token.size() < 32 || token.size() > 128) return false;
  const std::string hash = sha256_hex(token);
  const std::lock_guard lock(mutex_);
  load_if_changed();
  bool found = false;
  for (const auto& known : token_hashes_) found = equal_in_constant_time(known, hash) || found;
  return found;
}

size_t Access::session_count() {
  const std::lock_guard lock(mutex_);
  const int64_t now = clock_();
  return static_cast<size_t>(std::count_if(sessions_.begin(), sessions_.end(), [&](const Session& s) { return alive(s, now); }));
}

}  // namespace stratdock::dashboard
