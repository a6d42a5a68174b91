// A child's finding on its way to the parent, which believes none of it.
#include "host/plugin/decision_check.hpp"
#include "host/validate/child.hpp"

namespace stratdock::validate {
namespace {

constexpr uint32_t list_limit = 1'000;
constexpr size_t reason_bytes = 1'000, name_bytes = 200;

void put_list(MessageWriter& writer, const std::vector<std::string>& texts) {
  writer.put(static_cast<uint32_t>(texts.size()));
  for (const auto& text : texts) writer.put_text(text);
}

std::vector<std::string> get_list(MessageReader& reader) {
  std::vector<std::string> texts;
  const auto count = reader.get<uint32_t>();
  for (uint32_t i = 0; i < count && i < list_limit && reader.ok(); ++i) texts.push_back(clean_text(reader.get_text(), reason_bytes));
  return texts;
}

}  // namespace

void put_finding(MessageWriter& writer, const Finding& finding) {
  writer.put(static_cast<uint8_t>(finding.outcome.verdict));
  writer.put_text(finding.outcome.reason);
  writer.put_text(finding.outcome.digest);
  writer.put(static_cast<uint32_t>(finding.outcome.figures.size()));
  for (const Figure& figure : finding.outcome.figures) {
    writer.put_text(figure.name);
    writer.put(figure.value);
  }
  put_list(writer, finding.strategies);
  put_list(writer, finding.sandbox_report);
}

bool get_finding(MessageReader& reader, Finding& finding) {
  const auto verdict = reader.get<uint8_t>();
  finding.outcome.verdict = static_cast<Verdict>(verdict);
  finding.outcome.reason = clean_text(reader.get_text(), reason_bytes);
  finding.outcome.digest = reader.get_text();
  const auto figures = reader.get<uint32_t>();
  for (uint32_t i = 0; i < figures && i < list_limit && reader.ok(); ++i) {
    std::string name = clean_text(reader.get_text(), name_bytes);
    finding.outcome.figures.push_back({std::move(name), reader.get<double>()});
  }
  finding.strategies = get_list(reader);
  finding.sandbox_report = get_list(reader);
  return reader.ok() && verdict <= static_cast<uint8_t>(Verdict::skipped);
}

}  // namespace stratdock::validate
