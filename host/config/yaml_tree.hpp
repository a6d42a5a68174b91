// A YAML document as a plain tree with positions. Built from the parser's events, so that what a configuration may not
// hold (anchors, aliases, merge keys, duplicate keys, depth) is refused before it can grow.
// Thread rule: plain values. Invariant: at most max_yaml_depth levels, no key twice in a map.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/config/config.hpp"

namespace stratdock {

constexpr size_t max_yaml_bytes = 256 * 1024;
constexpr int max_yaml_depth = 32;

struct YamlEntry;

struct YamlNode {
  enum class Kind { null, scalar, sequence, map } kind = Kind::null;
  std::string text;                // of a scalar
  int line = 0, column = 0;        // from 1
  std::vector<YamlNode> items;     // of a sequence
  std::vector<YamlEntry> entries;  // of a map, in the file's order

  // The value under a key of a map; null pointer when there is none.
  const YamlNode* find(std::string_view key) const;
  // "a list", "the text 'abc'": for messages.
  std::string description() const;
};

struct YamlEntry {
  std::string key;
  int line = 0, column = 0;  // of the key
  YamlNode value;
};

// The document, or nothing with at least one error added. Errors that leave the rest readable (an alias, a duplicate key)
// are added as well and the tree is still given, so that all faults of a file come out at once.
std::optional<YamlNode> parse_yaml_tree(std::string_view yaml, const std::string& file, ConfigurationErrors& errors);

}  // namespace stratdock
