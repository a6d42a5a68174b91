// The words between the engine and the process that asks a strategy for its chart.
#include <catch2/catch.hpp>

#include "host/engine/explain_role.hpp"

using namespace stratdock;

TEST_CASE("An answer comes over whole, anything else is a failure in words") {
  const ExplainAnswer answer{"ready", "", 42, "{\"panes\":[]}", "[1,2.5,null]\n[2,3,4]\n"};
  const std::string text = encode_answer(answer);
  const ExplainAnswer back = decode_answer(text);
  CHECK(back.state == "ready");
  CHECK(back.as_of_ms == 42);
  CHECK(back.chart == answer.chart);
  CHECK(back.rows == answer.rows);
  CHECK(decode_answer(encode_answer({"failed", "two\nlines", 0, "{}", ""})).reason == "two lines");
  // Broken off anywhere before its end: after a whole row it is as good as whole, and the next answer replaces it.
  for (size_t size = 0; size < text.size(); ++size) {
    const ExplainAnswer cut = decode_answer(text.substr(0, size));
    CAPTURE(size);
    CHECK((cut.state == "failed" || cut.rows.empty() || cut.rows.ends_with("]\n")));
  }
  CHECK(decode_answer("").state == "failed");
  CHECK(decode_answer("nonsense\n\n0\n{}\n").state == "failed");
  CHECK(decode_answer("").reason.find("without an answer") != std::string::npos);
}
