#include "host/config/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <deque>
#include <sstream>

namespace stratdock {
namespace {

struct TooDeep {
  YAML::Mark mark;
};

constexpr char defaults_hint[] = "repeat the value; what all bots share goes under 'defaults:'";

// Builds the tree. Keys and values arrive as one flat sequence of events; open_ says where the next one belongs.
class TreeBuilder : public YAML::EventHandler {
public:
  TreeBuilder(std::string file, std::string_view yaml, ConfigurationErrors& errors) : file_(std::move(file)), errors_(errors) {
    for (size_t begin = 0; begin <= yaml.size();) {
      const size_t end = std::min(yaml.find('\n', begin), yaml.size());
      lines_.push_back(yaml.substr(begin, end - begin));
      begin = end + 1;
    }
  }

  YamlNode take() { return std::move(root_); }
  // False where an open quote swallowed lines: what seems missing then is not.
  bool is_readable() const { return readable_; }
  void refuse(const YAML::Mark& mark, std::string message, std::string hint = {}) {
    errors_.push_back({{file_, mark.line + 1, mark.column + 1}, {}, std::move(message), std::move(hint)});
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check_anchor(mark, anchor);
    place(mark, YamlNode::Kind::null, {});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases (*name) are not allowed here", defaults_hint);
    place(mark, YamlNode::Kind::null, {});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    check_anchor(mark, anchor);
    check_tag(mark, tag);
    check_quote(mark);
    const bool is_null = tag == "?" && (value == "~" || value == "null");
    place(mark, is_null ? YamlNode::Kind::null : YamlNode::Kind::scalar, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    open(mark, anchor, YamlNode::Kind::sequence);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    open(mark, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { open_.pop_back(); }

private:
  struct Level {
    YamlNode* node;
    bool value_next = false;  // of a map: the key has been read
    bool drop = false;        // the value belongs to a key that was refused
  };

  void check_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse(mark, "anchors (&name) are not allowed here", defaults_hint);
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags (" + tag + ") are not allowed here");
  }

  // yaml-cpp reads on to the end of the file when a quote is not closed: everything after it would vanish silently.
  void check_quote(const YAML::Mark& mark) {
    if (mark.line < 0 || static_cast<size_t>(mark.line) >= lines_.size()) return;
    const std::string_view line = lines_[static_cast<size_t>(mark.line)];
    const size_t begin = static_cast<size_t>(mark.column);
    if (begin >= line.size() || (line[begin] != '"' && line[begin] != '\'')) return;
    const char quote = line[begin];
    for (size_t i = begin + 1; i < line.size(); ++i) {
      if (quote == '"' && line[i] == '\\') ++i;
      else if (line[i] == quote) return;  // '' inside single quotes closes and opens again: good enough here
    }
    refuse(mark, std::string("the quote ") + quote + " is not closed on its line", "close it, or write the text without quotes");
    readable_ = false;
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    check_anchor(mark, anchor);
    if (open_.size() >= max_yaml_depth) throw TooDeep{mark};
    open_.push_back({place(mark, kind, {})});
  }

  YamlNode* place(const YAML::Mark& mark, YamlNode::Kind kind, std::string text) {
    YamlNode node;
    node.kind = kind;
    node.text = std::move(text);
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    if (open_.empty()) return &(root_ = std::move(node));
    Level& level = open_.back();
    if (level.node->kind == YamlNode::Kind::sequence) return &level.node->items.emplace_back(std::move(node));
    if (!level.value_next) return place_key(mark, level, std::move(node));
    level.value_next = false;
    if (level.drop) return &dropped_.emplace_back(std::move(node));
    return &(level.node->entries.back().value = std::move(node));
  }

  // The line on which a map already has the key; 0 when it has not.
  static int line_of(const YamlNode& map, const std::string& key) {
    for (const YamlEntry& entry : map.entries)
      if (entry.key == key) return entry.line;
    return 0;
  }

  YamlNode* place_key(const YAML::Mark& mark, Level& level, YamlNode key) {
    level.value_next = true;
    level.drop = true;
    const bool is_plain = key.kind == YamlNode::Kind::scalar;
    if (!is_plain) refuse(mark, "a key must be a word");
    else if (key.text == "<<") refuse(mark, "merge keys (<<) are not allowed here", defaults_hint);
    else if (const int first = line_of(*level.node, key.text); first != 0)
      refuse(mark, "the key '" + key.text + "' is here a second time, first on line " + std::to_string(first), "keep one of them");
    else level.drop = false;
    if (level.drop) return &dropped_.emplace_back(std::move(key));
    YamlEntry& entry = level.node->entries.emplace_back();
    entry.key = std::move(key.text);
    entry.line = key.line;
    entry.column = key.column;
    entry.value.line = key.line;
    entry.value.column = key.column;
    return &entry.value;
  }

  std::string file_;
  ConfigurationErrors& errors_;
  std::vector<std::string_view> lines_;
  bool readable_ = true;
  YamlNode root_;
  std::vector<Level> open_;  // pointers stay valid: a node's container only grows while the node is not open
  std::deque<YamlNode> dropped_;  // a deque: open_ may point into it
};

// A second document, or text after the first one ended.
void check_single_document(YAML::Parser& parser, TreeBuilder& builder, const std::string& file, ConfigurationErrors& errors) {
  if (!parser) return;
  TreeBuilder rest(file, {}, errors);
  const size_t before = errors.size();
  if (!parser.HandleNextDocument(rest)) return;
  errors.resize(before);
  const YamlNode second = rest.take();
  builder.refuse(YAML::Mark::null_mark(), "the file holds several YAML documents (--- begins one)", "keep one document to a file");
  errors.back().position = {file, second.line, second.column};
}

bool is_text(std::string_view yaml, const std::string& file, ConfigurationErrors& errors) {
  int line = 1, column = 1;
  for (const char c : yaml) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') {
      errors.push_back({{file, line, column}, {}, "found the control character " + std::to_string(byte) + "; this is not a text file", "save it as UTF-8 text"});
      return false;
    }
    column = c == '\n' ? 1 : column + 1;
    line += c == '\n';
  }
  return true;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const YamlEntry& entry : entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

std::string YamlNode::description() const {
  switch (kind) {
  case Kind::null: return "nothing";
  case Kind::sequence: return "a list";
  case Kind::map: return "a block of keys";
  case Kind::scalar: return text.size() > 60 ? "'" + text.substr(0, 57) + "...'" : "'" + text + "'";
  }
  return "?";
}

std::optional<YamlNode> parse_yaml_tree(std::string_view yaml, const std::string& file, ConfigurationErrors& errors) {
  if (yaml.size() > max_yaml_bytes) {
    errors.push_back({{file, 0, 0}, {}, "the file is " + std::to_string(yaml.size()) + " bytes long; at most " + std::to_string(max_yaml_bytes) + " are read", {}});
    return std::nullopt;
  }
  if (yaml.substr(0, 3) == "\xef\xbb\xbf") yaml.remove_prefix(3);  // a byte order mark, as some editors leave it
  if (!is_text(yaml, file, errors)) return std::nullopt;
  TreeBuilder builder(file, yaml, errors);
  try {
    std::istringstream stream{std::string(yaml)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return YamlNode{};
    check_single_document(parser, builder, file, errors);
  } catch (const TooDeep& deep) {
    builder.refuse(deep.mark, "nested deeper than " + std::to_string(max_yaml_depth) + " levels");
    return std::nullopt;
  } catch (const YAML::Exception& fault) {
    builder.refuse(fault.mark, "this is not valid YAML: " + fault.msg, "look at this line and the one before it: indentation by spaces, a space after each ':'");
    return std::nullopt;
  }
  if (!builder.is_readable()) return std::nullopt;
  return builder.take();
}

}  // namespace stratdock
