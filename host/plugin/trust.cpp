#include "host/plugin/trust.hpp"

#include <sys/stat.h>

#include <fstream>

#include "host/plugin/sandbox.hpp"

namespace stratdock {

OurPlugins OurPlugins::read(const std::filesystem::path& manifest) {
  OurPlugins ours;
  struct stat program {}, list {};
  if (manifest.empty() || stat("/proc/self/exe", &program) != 0 || lstat(manifest.c_str(), &list) != 0) return ours;
  if (!S_ISREG(list.st_mode) || (list.st_uid != program.st_uid && list.st_uid != 0) || (list.st_mode & S_IWOTH)) return ours;
  std::ifstream file(manifest);
  for (std::string sha256, name; file >> sha256 >> name;) ours.hashes_.insert(sha256);
  return ours;
}

std::string pin_line(const std::filesystem::path& file, const std::string& sha256) { return file.filename().string() + ": " + sha256; }

std::string trust_refusal(const PluginTrust& trust, const OurPlugins& ours, const std::filesystem::path& file, const std::string& sha256,
                          const std::vector<std::string>& sandbox_lacks) {
  if (trust.only_pinned) {
    const auto pin = trust.pins.find(file.filename().string());
    const std::string add = "to trust it, write under plugins: pins: in the configuration: " + pin_line(file, sha256);
    if (pin == trust.pins.end()) return "plugins: trust: is pinned and this file is not; " + add;
    if (pin->second != sha256) return "its sha256 is " + sha256 + ", the pin says " + pin->second + "; " + add;
  }
  if (sandbox_lacks.empty() || trust.allow_incomplete_sandbox || ours.contain(sha256) || is_instrumented_build()) return {};
  std::string lacks;
  for (const auto& line : sandbox_lacks) lacks += (lacks.empty() ? "" : "; ") + line;
  return "the sandbox is incomplete on this machine and this plugin did not come with the program: " + lacks +
         " (or accept the risk with plugins: incomplete_sandbox: allow in the configuration)";
}

}  // namespace stratdock
