#include "host/cli/strategy_new.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "host/cli/command.hpp"
#include "host/cli/output.hpp"
#include "host/market/candle_source.hpp"

namespace stratdock::cli {
namespace {

struct Language {
  std::string_view name, folder, source;
  std::vector<std::string_view> tools;  // programs that building takes, and the Debian packages that bring them
  std::string_view packages;
};

const std::vector<Language>& languages() {
  static const std::vector<Language> known = {
      {"c++", "cpp", "NAME.cpp", {"cmake", "c++"}, "cmake g++ make"},
      {"c", "c", "NAME.c", {"cmake", "cc"}, "cmake gcc make"},
      {"rust", "rust", "src/lib.rs", {"cmake", "cargo"}, "cmake make cargo"},
  };
  return known;
}

void replace_all(std::string& text, std::string_view word, std::string_view by) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) text.replace(at, word.size(), by);
}

// my_first_cross -> MyFirstCross.
std::string class_name(const std::string& name) {
  std::string result;
  bool starts = true;
  for (const char c : name) {
    if (c == '_') starts = true;
    else result += starts && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c, starts = false;
  }
  return result;
}

// A name must serve as identifier, file, target of CMake, crate and YAML word at once.
std::string name_fault(const std::string& name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || name.size() > 40 || !(name[0] >= 'a' && name[0] <= 'z') || !std::all_of(name.begin(), name.end(), is_plain))
    return "a name is 1 to 40 of a-z, 0-9 and _, beginning with a letter, such as my_cross";
  for (const char* taken : {"all", "clean", "help", "install", "test", "package", "stratdock", "strategy", "core", "std", "main", "volatile", "enum", "struct", "class", "static"})
    if (name == taken) return "the word is taken by the build tools or the languages";
  return {};
}

bool is_in_path(std::string_view program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    if (::access((std::filesystem::path(rest.substr(0, end)) / program).c_str(), X_OK) == 0) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

// Candles to try it on before real ones are at hand: the demo's market, always the same.
std::string made_up_candles() {
  constexpr int64_t rows = 4'000;
  MarketSettings settings;
  settings.seed = 11;
  settings.start_ms = 1'735'689'600'000;  // 2025-01-01
  settings.symbols = {{"BTCUSDT", Decimal::from_integer(50'000), 0.03, 0}};
  auto source = make_candle_source(settings);
  if (!source) return {};
  const auto candles = (*source)->candles(0, settings.start_ms, settings.start_ms + rows * settings.interval_ms);
  if (!candles) return {};
  std::string text;
  for (size_t row = 0; row < candles->size(); ++row) {
    const Candle c = candles->at(row);
    text += std::to_string(c.open_time_ms);
    for (const double figure : {c.open, c.high, c.low, c.close, c.volume}) text += "," + double_text(figure);
    text += "," + std::to_string(c.open_time_ms + settings.interval_ms - 1);
    for (const double figure : {c.quote_volume, static_cast<double>(c.trade_count), c.taker_buy_volume, c.taker_buy_volume * c.close}) text += "," + double_text(figure);
    text += ",0\n";
  }
  return text;
}

Status write_file(const std::filesystem::path& file, const std::string& text) {
  std::error_code code;
  std::filesystem::create_directories(file.parent_path(), code);
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) return failure("writing " + file.string() + ": it cannot be written", "look at the folder's rights and the disk's space");
  return {};
}

Status write_folder(const std::filesystem::path& folder, const std::string& name, const Language& language) {
  const std::filesystem::path prefix = program_file().parent_path().parent_path();
  for (const TemplateFile& file : template_files()) {
    if (file.language != language.folder) continue;
    std::string path(file.path), text(file.text);
    for (std::string* part : {&path, &text}) {
      replace_all(*part, "strategy_name", name);
      replace_all(*part, "StrategyName", class_name(name));
      replace_all(*part, "STRATDOCK_FOLDER", prefix.string());
    }
    if (Status written = write_file(folder / path, text); !written) return written;
  }
  return write_file(folder / "BTCUSDT-5m-made_up.csv", made_up_candles());
}

std::string next_steps(const std::filesystem::path& folder, const std::string& name) {
  const std::string program = is_in_path("stratdock") ? "stratdock" : program_file().string();
  return "  cd " + folder.string() + "\n  cmake -B build && cmake --build build\n  ctest --test-dir build --output-on-failure\n  " + program +
         " strategy validate build/" + name + ".so\n  " + program + " backtest --strategy " + name + " --plugins build --candles BTCUSDT-5m-made_up.csv --trade-amount 1000\n";
}

}  // namespace

int strategy_new_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  visible.add_options()("language", options::value<std::string>()->default_value("c++"), "c++, c or rust")(
      "into", options::value<std::string>()->default_value("."), "the folder in which the new one is made");
  const Parsed parsed = parse(words, "strategy new NAME [--language c++|c|rust]",
                              "Makes a folder with a small strategy that builds, has a test, and is ready to validate and to backtest.",
                              "stratdock strategy new my_cross --language rust", visible, {{"name", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("name") == 0) return fail({"reading the command line: no name is given", "stratdock strategy new NAME", 0}), exit_usage;
  const std::string name = parsed.values["name"].as<std::vector<std::string>>().front(), asked = parsed.values["language"].as<std::string>();
  const std::string doing = "making the strategy " + name + ": ";
  if (const std::string fault = name_fault(name); !fault.empty()) return fail({doing + fault, "", 0}), exit_usage;
  const auto language = std::find_if(languages().begin(), languages().end(), [&](const Language& one) { return one.name == asked || one.folder == asked; });
  if (language == languages().end()) return fail({doing + "the language '" + asked + "' is not known", "c++, c or rust; any other that can export a C function works by plugin_api's C header", 0}), exit_usage;
  const std::filesystem::path folder = std::filesystem::path(parsed.values["into"].as<std::string>()) / name;
  std::error_code code;
  if (std::filesystem::exists(folder, code)) return fail({doing + folder.string() + " is there already", "choose another name, or another place with --into", 0});
  if (Status written = write_folder(folder, name, *language); !written) return fail(written.error());
  std::string source(language->source);
  replace_all(source, "NAME", name);
  std::cout << "Made " << folder.lexically_normal().string() << ", a strategy in " << language->name << "; " << source << " is the place to begin. Next:\n\n"
            << next_steps(folder.lexically_normal(), name);
  std::string missing;
  for (const std::string_view tool : language->tools)
    if (!is_in_path(tool)) missing += (missing.empty() ? "" : ", ") + std::string(tool);
  if (!missing.empty()) std::cerr << "\nNot found on this machine: " << missing << ". Building needs it: apt-get install " << language->packages << "\n";
  return exit_success;
}

}  // namespace stratdock::cli
