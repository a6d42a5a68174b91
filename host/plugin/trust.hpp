// Which plugin files are let in at all, by the hash of the bytes that are loaded, before anything of them runs.
// Thread rule: plain values. Invariant: an incomplete sandbox holds our own plugins only, unless the configuration allows others.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace stratdock {

struct PluginTrust {
  bool only_pinned = false;
  std::map<std::string, std::string> pins;  // file name -> sha256 in lower-case hex
  bool allow_incomplete_sandbox = false;
  std::filesystem::path manifest;           // hashes of the plugins that came with the program; empty: none did
};

// Hashes of our own plugins, as `sha256sum` writes them. Believed only where whoever owns the program owns the file, and
// nobody else may write to it: who can change it could change the program.
class OurPlugins {
public:
  static OurPlugins read(const std::filesystem::path& manifest);
  bool contain(const std::string& sha256) const { return hashes_.contains(sha256); }

private:
  std::set<std::string> hashes_;
};

// The line that pins a file in the configuration: "demo.so: 0123...".
std::string pin_line(const std::filesystem::path& file, const std::string& sha256);
// Why the file is not let in, in plain words with what to add; empty: it is. `sandbox_lacks`: see SandboxReport.
std::string trust_refusal(const PluginTrust& trust, const OurPlugins& ours, const std::filesystem::path& file, const std::string& sha256,
                          const std::vector<std::string>& sandbox_lacks);

}  // namespace stratdock
