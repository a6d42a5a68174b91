// Catalog: which plugin files there are, what each offers, and why one is not taken. Looks at each new file in a throw-away
// sandboxed worker and remembers the result by the file's hash.
// Thread rule: one thread. Invariant: no two accepted files offer the same strategy id or alias; a version once accepted
// stays in force until another version of its file is.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/plugin/folder_watch.hpp"
#include "host/plugin/plugin_file.hpp"
#include "host/plugin/plugin_host.hpp"
#include "host/plugin/plugin_runner.hpp"
#include "host/plugin/worker_process.hpp"

namespace stratdock {

class Catalog {
public:
  struct Entry {
    bool being_copied = false;
    std::string reason;                            // why the newest content is not accepted; empty: it is
    std::string seen_sha256;                       // of the newest content looked at
    std::shared_ptr<const PluginVersion> version;  // accepted; null: none
    std::shared_ptr<const PluginVersion> rival;    // probed well, but another file has one of its names
  };

  Catalog(std::vector<std::filesystem::path> folders, std::filesystem::path cache_folder, WorkerOptions options, PluginTrust trust);
  // Makes the folders, starts watching and looks at what lies there, waiting for each probe.
  Status start();
  // Readable when on_readable() has something to do; -1: none.
  int watch_fd() const { return watch_.fd(); }
  int probe_fd() const { return probe_ ? probe_->worker->fd() : -1; }
  bool is_probing() const { return probe_ != nullptr; }
  void on_readable();
  // Waits until every file seen so far is looked at (start, command line).
  void settle();

  const std::map<std::string, Entry>& entries() const { return entries_; }
  // The accepted version that offers the id or alias.
  std::shared_ptr<const PluginVersion> find(std::string_view id_or_alias) const;
  // The full id; empty where there is none.
  std::string full_id(std::string_view id_or_alias) const;
  std::vector<PluginEvent> take_events() { return std::exchange(events_, {}); }
  const std::vector<std::string>& sandbox_report() const { return sandbox_report_; }

private:
  struct Probe {
    std::string file;
    CachedFile cached;
    std::unique_ptr<WorkerProcess> worker;
    int64_t start_ms = 0;
  };
  void scan();
  void look_at(const std::string& file);
  bool needs_complete_sandbox(const std::string& sha256) const { return !trust_.allow_incomplete_sandbox && !ours_.contain(sha256); }
  void begin_probe(const std::string& file, CachedFile cached);
  void continue_probe();
  void finish_probe(Result<LibraryDescription> description);
  void take_in(const std::string& file, const CachedFile& cached, LibraryDescription description);
  void admit(Entry& entry, std::shared_ptr<const PluginVersion> version);
  void refuse(const std::string& file, Entry& entry, std::string reason);
  void remove(const std::string& file);
  void changed(const std::string& file);

  std::vector<std::filesystem::path> folders_;
  std::filesystem::path cache_folder_;
  WorkerOptions options_;
  PluginTrust trust_;
  OurPlugins ours_;
  FolderWatch watch_;
  std::map<std::string, Entry> entries_;  // by file
  std::deque<std::string> queue_;         // complete files to look at
  std::unique_ptr<Probe> probe_;          // at most one at a time
  std::vector<PluginEvent> events_;
  std::vector<std::string> sandbox_report_;
};

}  // namespace stratdock
