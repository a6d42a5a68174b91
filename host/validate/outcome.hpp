// What one test found out.
// Thread rule: plain values. Invariant: whatever is not passed has a reason in words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stratdock::validate {

enum class Verdict : uint8_t { passed, failed, skipped };

struct Figure {
  std::string name;  // unit last: "median_us"
  double value = 0;
};

struct Outcome {
  Verdict verdict = Verdict::passed;
  std::string reason;           // what was found; for a pass a remark or nothing
  std::vector<Figure> figures;
  std::string digest;           // bits of every decision, for a test that is run in two processes and compared
};

inline Outcome passed(std::string remark = {}) { return {Verdict::passed, std::move(remark), {}, {}}; }
inline Outcome failed(std::string reason) { return {Verdict::failed, std::move(reason), {}, {}}; }
inline Outcome skipped(std::string reason) { return {Verdict::skipped, std::move(reason), {}, {}}; }

}  // namespace stratdock::validate
