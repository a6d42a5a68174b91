// Parameter values as message bytes. Thread rule: pure. Invariant: what was put comes back bit-equal.
#pragma once

#include <vector>

#include "core/parameter.hpp"
#include "host/plugin/protocol.hpp"

namespace stratdock {

inline void put_values(MessageWriter& writer, std::span<const ParameterValue> values) {
  writer.put(static_cast<uint32_t>(values.size()));
  for (const auto& value : values) {
    writer.put(static_cast<uint8_t>(value.index()));
    if (const auto* integer = std::get_if<int64_t>(&value)) writer.put(*integer);
    if (const auto* real = std::get_if<double>(&value)) writer.put(*real);
    if (const auto* boolean = std::get_if<bool>(&value)) writer.put(*boolean);
    if (const auto* text = std::get_if<std::string>(&value)) writer.put_text(*text);
  }
}

inline std::vector<ParameterValue> get_values(MessageReader& reader) {
  std::vector<ParameterValue> values;
  const auto count = reader.get<uint32_t>();
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    switch (reader.get<uint8_t>()) {
      case 0: values.emplace_back(reader.get<int64_t>()); break;
      case 1: values.emplace_back(reader.get<double>()); break;
      case 2: values.emplace_back(reader.get<uint8_t>() != 0); break;
      default: values.emplace_back(reader.get_text()); break;
    }
  }
  return values;
}

}  // namespace stratdock
