#include "host/plugin/catalog.hpp"

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

#include "host/plugin/description.hpp"
#include "host/plugin/needed_libraries.hpp"

namespace stratdock {
namespace {

// Descriptions of probed libraries, by hash; the number changes with the format.
std::filesystem::path description_path(const CachedFile& cached) {
  return std::filesystem::path(cached.copy).replace_extension(".description-1.json");
}

Result<LibraryDescription> known_description(const CachedFile& cached) {
  std::ifstream file(description_path(cached));
  if (!file) return failure("not probed yet");
  return description_from_json(std::string(std::istreambuf_iterator<char>(file), {}));
}

// Remembering is a convenience: where it fails the next start probes again.
void remember_description(const CachedFile& cached, const LibraryDescription& description) {
  const std::filesystem::path path = description_path(cached), temporary = path.string() + ".new";
  std::ofstream(temporary) << description_to_json(description);
  std::error_code ignored;
  std::filesystem::rename(temporary, path, ignored);
}

bool has_name(const StrategyInfo& strategy, std::string_view name) {
  return strategy.id == name || std::find(strategy.aliases.begin(), strategy.aliases.end(), name) != strategy.aliases.end();
}

std::string shared_name(const PluginVersion& one, const PluginVersion& other) {
  for (const auto& strategy : one.strategies)
    for (const auto& rival : other.strategies) {
      if (has_name(rival, strategy.id)) return strategy.id;
      for (const auto& alias : strategy.aliases)
        if (has_name(rival, alias)) return alias;
    }
  return {};
}

constexpr const char* copying_reason = "still being copied: it is taken in once it is complete";

}  // namespace

Catalog::Catalog(std::vector<std::filesystem::path> folders, std::filesystem::path cache_folder, WorkerOptions options, PluginTrust trust)
    : folders_(std::move(folders)), cache_folder_(std::move(cache_folder)), options_(std::move(options)), trust_(std::move(trust)),
      ours_(OurPlugins::read(trust_.manifest)) {}

Status Catalog::start() {
  std::error_code error;
  for (auto& folder : folders_) {
    std::filesystem::create_directories(folder, error);
    if (error) return failure("making the plugin folder " + folder.string() + ": " + error.message());
    folder = std::filesystem::absolute(folder).lexically_normal();
  }
  std::filesystem::create_directories(cache_folder_, error);
  if (error) return failure("making the plugin cache " + cache_folder_.string() + ": " + error.message());
  cache_folder_ = std::filesystem::absolute(cache_folder_).lexically_normal();
  chmod(cache_folder_.c_str(), 0700);
  // Found out without a plugin, which could lie about it. A worker that cannot be started will be told of with each plugin.
  if (auto lacks = WorkerProcess::try_sandbox(options_)) sandbox_report_ = std::move(*lacks);
  // Watched before it is read: what changes in between is seen twice, not missed.
  if (auto watching = watch_.start(folders_); !watching) return watching;
  scan();
  settle();
  return {};
}

void Catalog::scan() {
  std::vector<std::string> gone;
  for (const auto& [file, entry] : entries_)
    if (!std::filesystem::exists(file)) gone.push_back(file);
  for (const auto& file : gone) remove(file);
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& folder : folders_)
    for (const auto& item : std::filesystem::directory_iterator(folder, ignored))
      if (is_plugin_name(item.path())) found.push_back(item.path().string());
  std::sort(found.begin(), found.end());
  queue_.insert(queue_.end(), found.begin(), found.end());
}

void Catalog::settle() {
  on_readable();
  while (probe_ || !queue_.empty()) {
    pollfd waited{probe_fd(), POLLIN, 0};
    poll(&waited, 1, 20);
    on_readable();
  }
}

void Catalog::on_readable() {
  for (const auto& event : watch_.take()) {
    const std::string file = event.file.string();
    switch (event.change) {
      case FileChange::overflow: scan(); break;
      case FileChange::removed: remove(file); break;
      case FileChange::finished:
        if (std::find(queue_.begin(), queue_.end(), file) == queue_.end()) queue_.push_back(file);
        break;
      case FileChange::being_written:
        if (Entry& entry = entries_[file]; !entry.being_copied) entry.being_copied = true, entry.reason = copying_reason, changed(file);
        break;
    }
  }
  if (probe_) continue_probe();
  while (!probe_ && !queue_.empty()) {
    const std::string file = std::move(queue_.front());
    queue_.pop_front();
    look_at(file);
  }
}

void Catalog::look_at(const std::string& file) {
  Entry& entry = entries_[file];
  switch (file_shape(file)) {
    case FileShape::incomplete:
      entry.being_copied = true;
      entry.reason = copying_reason;
      return changed(file);
    case FileShape::not_a_library:
      entry.seen_sha256.clear();
      return refuse(file, entry, "not a plugin: it is not a shared library for this machine");
    case FileShape::complete: break;
  }
  auto cached = copy_into_cache(file, cache_folder_);
  if (!cached) return refuse(file, entry, cached.error().text());
  const bool in_force = entry.version && entry.version->sha256 == cached->sha256;
  entry.seen_sha256 = cached->sha256;
  if (in_force) return entry.being_copied = false, entry.reason.clear(), changed(file);
  if (auto refusal = trust_refusal(trust_, ours_, file, cached->sha256, sandbox_report_); !refusal.empty()) return refuse(file, entry, std::move(refusal));
  if (auto needs = check_needed_libraries(cached->copy); !needs) return refuse(file, entry, needs.error().text());
  if (auto known = known_description(*cached)) return take_in(file, *cached, std::move(*known));
  begin_probe(file, std::move(*cached));
}

void Catalog::begin_probe(const std::string& file, CachedFile cached) {
  auto worker = WorkerProcess::spawn(options_);
  if (!worker) return refuse(file, entries_[file], worker.error().text());
  entries_[file].being_copied = true;
  entries_[file].reason = "being looked at";
  probe_ = std::make_unique<Probe>(Probe{file, std::move(cached), std::move(*worker), steady_now_ms()});
  // A worker that dies at once is noticed when its answer is read.
  (void)probe_->worker->begin_load(probe_->cached.copy, needs_complete_sandbox(probe_->cached.sha256));
}

void Catalog::continue_probe() {
  Message message;
  switch (probe_->worker->poll_message(message)) {
    case TransferResult::done: return finish_probe(probe_->worker->read_loaded(message));
    case TransferResult::would_block:
      if (steady_now_ms() - probe_->start_ms < options_.load_deadline_ms) return;
      return finish_probe(failure("it was still loading after " + std::to_string(options_.load_deadline_ms / 1'000) + " s"));
    case TransferResult::ended: return finish_probe(failure("loading it ended its process: " + probe_->worker->end(WorkerEnd::crashed).cause));
    case TransferResult::broken: return finish_probe(failure("its description of itself makes no sense"));
  }
}

void Catalog::finish_probe(Result<LibraryDescription> description) {
  const std::unique_ptr<Probe> probe = std::move(probe_);
  const auto entry = entries_.find(probe->file);
  if (entry == entries_.end()) return;  // gone in the meantime
  if (std::find(queue_.begin(), queue_.end(), probe->file) != queue_.end()) return;  // replaced in the meantime
  if (!description) return refuse(probe->file, entry->second, description.error().text());
  remember_description(probe->cached, *description);
  take_in(probe->file, probe->cached, std::move(*description));
}

void Catalog::take_in(const std::string& file, const CachedFile& cached, LibraryDescription description) {
  auto version = std::make_shared<PluginVersion>();
  version->file = file;
  version->sha256 = cached.sha256;
  version->library_path = cached.copy;
  version->needs_complete_sandbox = needs_complete_sandbox(cached.sha256);
  version->build_info = std::move(description.build_info);
  version->strategies = std::move(description.strategies);
  for (auto& strategy : version->strategies) strategy.plugin_file = file, strategy.plugin_sha256 = cached.sha256;
  Entry& entry = entries_[file];
  admit(entry, std::move(version));
}

void Catalog::admit(Entry& entry, std::shared_ptr<const PluginVersion> version) {
  entry.rival = nullptr;
  for (const auto& [file, other] : entries_) {
    if (file == version->file || !other.version) continue;
    const std::string name = shared_name(*version, *other.version);
    if (name.empty()) continue;
    const std::string this_file = version->file;
    entry.rival = std::move(version);
    return refuse(this_file, entry, "two files offer the strategy " + name + ": " + file + " is in use, " + this_file + " is not; remove one of them");
  }
  const std::string file = version->file;
  entry.version = std::move(version);
  entry.being_copied = false;
  entry.reason.clear();
  changed(file);
}

void Catalog::refuse(const std::string& file, Entry& entry, std::string reason) {
  entry.being_copied = false;
  entry.reason = std::move(reason);
  events_.push_back({PluginEventKind::plugin_refused, file, entry.seen_sha256, {}, 0, entry.reason});
  changed(file);
}

void Catalog::remove(const std::string& file) {
  if (entries_.erase(file) == 0) return;
  std::erase(queue_, file);
  changed(file);
  // A file that was refused for this one's sake may come in now.
  for (auto& [other_file, entry] : entries_)
    if (entry.rival) admit(entry, entry.rival);
}

void Catalog::changed(const std::string& file) { events_.push_back({PluginEventKind::catalog_changed, file, {}, {}, 0, {}}); }

std::shared_ptr<const PluginVersion> Catalog::find(std::string_view id_or_alias) const {
  for (const auto& [file, entry] : entries_)
    if (entry.version)
      for (const auto& strategy : entry.version->strategies)
        if (has_name(strategy, id_or_alias)) return entry.version;
  return nullptr;
}

std::string Catalog::full_id(std::string_view id_or_alias) const {
  const auto version = find(id_or_alias);
  if (!version) return {};
  for (const auto& strategy : version->strategies)
    if (has_name(strategy, id_or_alias)) return strategy.id;
  return {};
}

}  // namespace stratdock
