// `strategy new`: a folder in which a strategy of one's own begins. The files are those of plugin_api/templates, which are part
// of the program. Thread rule: the main thread. Invariant: what exists already is never written to.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stratdock::cli {

struct TemplateFile {
  std::string_view language;  // "cpp", "c", "rust"
  std::string_view path;      // within the new folder; holds strategy_name where the name goes
  std::string_view text;
};
std::span<const TemplateFile> template_files();

int strategy_new_command(const std::vector<std::string>& words);

}  // namespace stratdock::cli
