// Tests of the file, of loading it, and of the tables it gives.
#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "host/validate/struct_slot.hpp"
#include "host/validate/tests.hpp"

namespace stratdock::validate {
namespace {

constexpr double scan_limit_ms = 100;
constexpr const char* id_pattern = "[a-z0-9_]+(\\.[a-z0-9_]+)+";
constexpr const char* word_pattern = "[a-z0-9_]+";
constexpr const char* key_pattern = "[a-z][a-z0-9_]*";

// A copy of the struct at that place of the file, since nothing says that it lies there aligned.
template <typename T> std::optional<T> inside(const std::string& bytes, uint64_t offset, uint64_t index = 0) {
  if (offset > bytes.size() || index > bytes.size() / sizeof(T)) return std::nullopt;
  const uint64_t at = offset + index * sizeof(T);
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) return std::nullopt;
  T copy{};
  std::memcpy(&copy, bytes.data() + at, sizeof copy);
  return copy;
}

// Names that the library defines for others, by its table of dynamic symbols. Source: elf(5).
std::optional<std::vector<std::string>> exports_of(const std::string& bytes) {
  const auto header = inside<Elf64_Ehdr>(bytes, 0);
  if (!header || header->e_shentsize != sizeof(Elf64_Shdr)) return std::nullopt;
  for (uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto section = inside<Elf64_Shdr>(bytes, header->e_shoff, i);
    if (!section || section->sh_type != SHT_DYNSYM) continue;
    const auto names = inside<Elf64_Shdr>(bytes, header->e_shoff, section->sh_link);
    if (!names) return std::nullopt;
    std::vector<std::string> exports;
    for (uint64_t s = 0; s < section->sh_size / sizeof(Elf64_Sym); ++s) {
      const auto symbol = inside<Elf64_Sym>(bytes, section->sh_offset, s);
      if (!symbol) return std::nullopt;
      const bool hidden = ELF64_ST_VISIBILITY(symbol->st_other) == STV_HIDDEN || ELF64_ST_VISIBILITY(symbol->st_other) == STV_INTERNAL;
      if (symbol->st_shndx == SHN_UNDEF || ELF64_ST_BIND(symbol->st_info) == STB_LOCAL || hidden) continue;
      const uint64_t at = names->sh_offset + symbol->st_name;
      if (names->sh_offset > bytes.size() || at >= bytes.size()) return std::nullopt;
      exports.emplace_back(bytes.data() + at, strnlen(bytes.data() + at, std::min<size_t>(bytes.size() - at, 200)));
    }
    return exports;
  }
  return std::nullopt;
}

bool matches(const char* text, const char* pattern) { return text && std::strlen(text) <= 100 && std::regex_match(text, std::regex(pattern)); }
std::string quoted(const char* text) { return text ? "\"" + std::string(text).substr(0, 100) + "\"" : "NULL"; }

std::string strategy_fault(const dock_strategy& strategy) {
  if (!matches(strategy.id, id_pattern)) return "its id is " + quoted(strategy.id) + "; it must be like com.example.name, in a-z, 0-9 and _";
  if (strategy.struct_size < 136) return "its struct_size is " + std::to_string(strategy.struct_size) + ", below 1.0's 136";
  if (strategy.flags != 0) return "its flags are " + std::to_string(strategy.flags) + "; none are defined, so 0";
  if (strategy.alias_count > 0 && !strategy.aliases) return "alias_count is " + std::to_string(strategy.alias_count) + ", but aliases is NULL";
  for (uint32_t i = 0; i < strategy.alias_count; ++i)
    if (!matches(strategy.aliases[i], word_pattern)) return "its alias " + quoted(strategy.aliases[i]) + " is not a word in a-z, 0-9 and _";
  const std::pair<const char*, const char*> texts[] = {{"name", strategy.name}, {"version", strategy.version}, {"vendor", strategy.vendor}, {"doc", strategy.doc}};
  for (const auto& [field, text] : texts)
    if (!has_words(text)) return std::string("its ") + field + " is empty; people read it";
  if (!strategy.save_state != !strategy.load_state) return "it has only one of save_state and load_state; it must have both or neither";
  if (!strategy.save_state && strategy.state_version != 0) return "its state_version is " + std::to_string(strategy.state_version) + " although it has no save_state; it must be 0";
  if (strategy.save_state && strategy.state_version == 0) return "its state_version is 0 although it has save_state; it must be 1 or more";
  return {};
}

std::string default_fault(const dock_param& parameter) {
  const dock_value& value = parameter.default_value;
  if (value.type != parameter.type) return "its default is of type " + std::to_string(value.type) + ", not " + std::to_string(parameter.type);
  const bool unbounded = parameter.min == 0 && parameter.max == 0;
  const double number = parameter.type == DOCK_TYPE_NUMBER ? value.f64 : static_cast<double>(value.i64);
  const bool is_number = parameter.type == DOCK_TYPE_INTEGER || parameter.type == DOCK_TYPE_NUMBER;
  if (is_number && (!std::isfinite(number) || (!unbounded && !(number >= parameter.min && number <= parameter.max))))
    return "its default " + std::to_string(number) + " is outside of " + std::to_string(parameter.min) + " .. " + std::to_string(parameter.max);
  if (parameter.type == DOCK_TYPE_BOOLEAN && value.i64 != 0 && value.i64 != 1) return "its default is " + std::to_string(value.i64) + "; a boolean is 0 or 1";
  if (parameter.type == DOCK_TYPE_TEXT && !value.text) return "its default text is NULL";
  if (parameter.type == DOCK_TYPE_CHOICE) {
    if (value.i64 < 0 || value.i64 >= parameter.choice_count) return "its default is choice " + std::to_string(value.i64) + " of " + std::to_string(parameter.choice_count);
    if (value.text && std::strcmp(value.text, parameter.choices[value.i64]) != 0)
      return "its default says choice " + quoted(parameter.choices[value.i64]) + " by index and " + quoted(value.text) + " by text";
  }
  return {};
}

std::string parameter_fault(const dock_param& parameter) {
  if (!matches(parameter.key, key_pattern)) return "its key must be a word in a-z, 0-9 and _ that starts with a letter";
  if (parameter.struct_size < 104) return "its struct_size is " + std::to_string(parameter.struct_size) + ", below 1.0's 104";
  if (parameter.type < DOCK_TYPE_INTEGER || parameter.type > DOCK_TYPE_CHOICE) return "its type " + std::to_string(parameter.type) + " is unknown";
  if (parameter.flags & ~(DOCK_PARAM_LIVE | DOCK_PARAM_ADVANCED)) return "its flags " + std::to_string(parameter.flags) + " are not all known";
  if (!has_words(parameter.name) || !has_words(parameter.doc)) return "its name or doc is empty; people read them";
  if (!parameter.unit) return "its unit is NULL; \"\" stands for none";
  if (!std::isfinite(parameter.min) || !std::isfinite(parameter.max) || parameter.min > parameter.max)
    return "its range is " + std::to_string(parameter.min) + " .. " + std::to_string(parameter.max);
  const bool is_choice = parameter.type == DOCK_TYPE_CHOICE;
  if (is_choice != (parameter.choice_count > 0) || (is_choice && !parameter.choices)) return "choices belong to a parameter of type choice, which needs at least one";
  std::set<std::string> choices;
  for (uint32_t i = 0; i < parameter.choice_count; ++i)
    if (!has_words(parameter.choices[i]) || !choices.insert(parameter.choices[i]).second) return "its choice " + quoted(parameter.choices[i]) + " is empty or there twice";
  return default_fault(parameter);
}

// As the loader opens a file: the sandbox allows no other way.
std::string bytes_of(const std::string& file) {
  std::string bytes;
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  char part[65'536];
  for (ssize_t got; fd >= 0 && (got = read(fd, part, sizeof part)) > 0;) bytes.append(part, static_cast<size_t>(got));
  if (fd >= 0) close(fd);
  return bytes;
}

}  // namespace

Outcome single_export(Subject& subject) {
  const auto exports = exports_of(bytes_of(subject.file));
  if (!exports) return failed("its table of dynamic symbols cannot be read");
  std::string others;
  bool has_entry = false;
  for (const std::string& name : *exports) {
    if (name == DOCK_ENTRY_NAME) has_entry = true;
    else if (!std::regex_match(name, std::regex("stratdock_entry_v[0-9]+"))) others += (others.empty() ? "" : ", ") + name;
  }
  if (others.size() > 300) others = others.substr(0, 300) + " ...";
  if (!has_entry) return failed("it does not export " DOCK_ENTRY_NAME + (others.empty() ? std::string() : ", only " + others));
  return others.empty() ? passed() : failed("it exports, beside " DOCK_ENTRY_NAME ", " + others);
}

Outcome loads(Subject&) { return passed(); }  // that it was loaded at all is what was to be shown

Outcome scan_time(Subject& subject) {
  Outcome outcome = passed();
  if (subject.load_cpu_ms >= scan_limit_ms)
    outcome = failed("it took " + std::to_string(std::lround(subject.load_cpu_ms)) + " ms of processor time to load and read; the limit is 100 ms");
  outcome.figures.push_back({"load_ms", subject.load_cpu_ms});
  return outcome;
}

Outcome descriptor(Subject& subject) {
  const dock_library& library = *subject.library;
  if (library.built_minor < library.min_host_minor)
    return failed("min_host_minor is " + std::to_string(library.min_host_minor) + ", above the minor " + std::to_string(library.built_minor) + " it was built with");
  if (!has_words(library.build_info)) return failed("build_info is empty; it names compiler and SDK");
  for (uint32_t i = 0; i < library.strategy_count; ++i)
    if (const std::string fault = strategy_fault(*library.strategies[i]); !fault.empty())
      return failed("strategy " + std::to_string(i + 1) + " (" + quoted(library.strategies[i]->id) + "): " + fault);
  return passed();
}

Outcome parameters(Subject& subject) {
  for (uint32_t s = 0; s < subject.library->strategy_count; ++s) {
    const dock_strategy& strategy = *subject.library->strategies[s];
    std::set<std::string> keys;
    for (uint32_t i = 0; i < strategy.param_count; ++i) {
      const std::string where = std::string(strategy.id) + ", parameter " + std::to_string(i + 1);
      if (!strategy.params[i]) return failed(where + " is NULL");
      const dock_param& parameter = *strategy.params[i];
      if (const std::string fault = parameter_fault(parameter); !fault.empty()) return failed(where + " (" + quoted(parameter.key) + "): " + fault);
      if (!keys.insert(parameter.key).second) return failed(where + ": the key " + quoted(parameter.key) + " is there twice");
    }
  }
  return passed();
}

Outcome unique_ids(Subject& subject) {
  std::map<std::string, std::string> owners;
  for (uint32_t i = 0; i < subject.library->strategy_count; ++i) {
    const dock_strategy& strategy = *subject.library->strategies[i];
    std::vector<std::string> names{strategy.id};
    for (uint32_t a = 0; a < strategy.alias_count && strategy.aliases; ++a)
      if (strategy.aliases[a]) names.emplace_back(strategy.aliases[a]);
    for (const std::string& name : names) {
      const auto [found, fresh] = owners.emplace(name, strategy.id);
      if (!fresh) return failed("\"" + name + "\" stands for two strategies: " + found->second + " and " + strategy.id);
    }
  }
  return passed();
}

}  // namespace stratdock::validate
