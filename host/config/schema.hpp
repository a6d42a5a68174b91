// The schema's machinery: a section of the configuration is a table of fields, and a field knows how to read its YAML
// and how to write it again. One table so gives the check, the difference between two files and the YAML of a bot.
// Thread rule: tables are immutable. Invariant: reading what a field wrote gives the same value.
#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "host/config/value_reader.hpp"

namespace stratdock {

template <typename Section>
struct Field {
  std::string key;
  std::function<void(ValueReader&, const YamlNode&, const std::string& path, Section&)> read;
  std::function<std::string(const Section&)> write;  // as it stands after "key: "; empty text: left out
  bool required = false;
};

template <typename Section>
using Fields = std::vector<Field<Section>>;

// "a value as YAML": quoted only where YAML would take it for something else.
std::string yaml_scalar(const std::string& text);
// The hint for a key that nobody knows: the nearest one, or all of them when they are few.
std::string unknown_key_hint(const std::string& key, const std::vector<std::string>& known);

// Reads every key of a block through its field. Unknown and missing keys are errors; a block that is absent is none.
template <typename Section>
void read_section(ValueReader& reader, const YamlNode& node, const std::string& path, const Fields<Section>& fields, Section& section) {
  if (node.kind == YamlNode::Kind::null) return;
  if (node.kind != YamlNode::Kind::map) return reader.refuse(node, path, "found " + node.description() + ", expected a block of keys");
  std::vector<std::string> known;
  for (const Field<Section>& field : fields) known.push_back(field.key);
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const YamlEntry& entry : node.entries) {
    const Field<Section>* match = nullptr;
    for (const Field<Section>& field : fields)
      if (field.key == entry.key) match = &field;
    if (match != nullptr) {
      match->read(reader, entry.value, prefix + entry.key, section);
    } else {
      YamlNode at;
      at.line = entry.line;
      at.column = entry.column;
      reader.refuse(at, prefix + entry.key, "unknown key", unknown_key_hint(entry.key, known));
    }
  }
  for (const Field<Section>& field : fields)
    if (field.required && node.find(field.key) == nullptr) reader.refuse(node, prefix + field.key, "is missing");
}

// The lines "key: value" of a section, those left out excepted.
template <typename Section>
std::vector<std::string> section_lines(const Fields<Section>& fields, const Section& section) {
  std::vector<std::string> lines;
  for (const Field<Section>& field : fields)
    if (const std::string value = field.write(section); !value.empty()) lines.push_back(field.key + ": " + value);
  return lines;
}

namespace fields {

template <typename Section, typename Member>
Field<Section> integer(const char* key, Member Section::*member, int64_t minimum, int64_t maximum) {
  return {key,
          [=](ValueReader& reader, const YamlNode& node, const std::string& path, Section& section) {
            if (const auto value = reader.integer(node, path, minimum, maximum)) section.*member = static_cast<Member>(*value);
          },
          [=](const Section& section) { return std::to_string(section.*member); }, false};
}

template <typename Section>
Field<Section> boolean(const char* key, bool Section::*member) {
  return {key,
          [=](ValueReader& reader, const YamlNode& node, const std::string& path, Section& section) {
            if (const auto value = reader.boolean(node, path)) section.*member = *value;
          },
          [=](const Section& section) { return std::string(section.*member ? "true" : "false"); }, false};
}

// An amount; zero is "no cap" where `allow_zero`, and is left out when written.
template <typename Section>
Field<Section> amount(const char* key, Decimal Section::*member, bool allow_zero) {
  return {key,
          [=](ValueReader& reader, const YamlNode& node, const std::string& path, Section& section) {
            if (const auto value = reader.amount(node, path, allow_zero)) section.*member = *value;
          },
          [=](const Section& section) { return (section.*member).is_zero() ? std::string() : (section.*member).text(); }, false};
}

// A fraction above zero that may be absent.
template <typename Section>
Field<Section> fraction(const char* key, std::optional<double> Section::*member, Decimal maximum) {
  return {key,
          [=](ValueReader& reader, const YamlNode& node, const std::string& path, Section& section) {
            if (const auto value = reader.fraction(node, path, maximum, false)) section.*member = value->to_double();
          },
          [=](const Section& section) { return section.*member ? fraction_text(Decimal::from_double(*(section.*member))) : std::string(); }, false};
}

// An interval; `absent` stands for "not set" and is left out when written.
template <typename Section>
Field<Section> interval(const char* key, int64_t Section::*member, int64_t absent = 0) {
  return {key,
          [=](ValueReader& reader, const YamlNode& node, const std::string& path, Section& section) {
            if (const auto value = reader.interval(node, path)) section.*member = *value;
          },
          [=](const Section& section) { return section.*member == absent ? std::string() : interval_text(section.*member); }, false};
}

template <typename Section>
Field<Section> time(const char* key, int64_t Section::*member) {
  return {key,
          [=](ValueReader& reader, const YamlNode& node, const std::string& path, Section& section) {
            if (const auto value = reader.time(node, path)) section.*member = *value;
          },
          [=](const Section& section) { return section.*member == 0 ? std::string() : utc_time_text(section.*member); }, false};
}

template <typename Section>
Field<Section> text(const char* key, std::string Section::*member, const char* expected) {
  return {key,
          [=](ValueReader& reader, const YamlNode& node, const std::string& path, Section& section) {
            if (const auto value = reader.text(node, path, expected)) section.*member = *value;
          },
          [=](const Section& section) { return (section.*member).empty() ? std::string() : yaml_scalar(section.*member); }, false};
}

}  // namespace fields
}  // namespace stratdock
