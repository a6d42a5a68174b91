// Parameters that change while an instance runs: the decisions are those of an instance that had them from the start.
#include <catch2/catch.hpp>

#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;
using Catch::Matchers::Contains;

namespace {

const std::vector<ParameterValue> before{100.0, int64_t{5}}, after{104.0, int64_t{5}};

// The reasons at each row of a bot whose threshold is 100 up to row 60 and 104 from then on.
std::vector<std::string> reasons(const std::string& strategy, bool with_kills) {
  Fixture fixture({strategy});
  REQUIRE(fixture.create(1, strategy, before));
  std::vector<std::string> said;
  for (int64_t row = 0; row < 120; ++row) {
    fixture.close_row(row);
    if (row == 60) REQUIRE(fixture.host->change_instance(1, after));
    if (with_kills && row % 25 == 11)
      for (const pid_t worker : workers()) kill(worker, SIGKILL);
    const auto answer = fixture.evaluate({1}).front();
    REQUIRE(answer.kind == AnswerKind::ok);
    said.push_back(answer.decision.reasons);
  }
  return said;
}

}  // namespace

TEST_CASE("A live parameter takes force at once, and nothing that was seen is lost") {
  Fixture fixture({"live"});
  REQUIRE(fixture.create(1, "live", after));
  std::vector<std::string> from_the_start;
  for (int64_t row = 0; row < 120; ++row) {
    fixture.close_row(row);
    from_the_start.push_back(fixture.evaluate({1}).front().decision.reasons);
  }
  for (const char* strategy : {"live", "live_flag_only"}) {
    const auto calm = reasons(strategy, false);
    CHECK(calm == reasons(strategy, true));
    CHECK_THAT(calm[59], Contains("threshold 100"));
    for (size_t row = 60; row < calm.size(); ++row) CHECK(calm[row] == from_the_start[row]);
  }
}

TEST_CASE("A change that the strategy or the schema refuses leaves the old values in force") {
  Fixture fixture({"live"});
  REQUIRE(fixture.create(1, "live", before));
  fixture.close_row(0);
  fixture.evaluate({1});
  CHECK_THAT(fixture.host->change_instance(1, {13.0, int64_t{5}}).error().text(), Contains("not thirteen"));
  CHECK_FALSE(fixture.host->change_instance(1, {5.0}));
  CHECK_FALSE(fixture.host->change_instance(2, after));
  for (const pid_t worker : workers()) kill(worker, SIGKILL);
  CHECK_THAT(fixture.evaluate({1}).front().decision.reasons, Contains("threshold 100"));
}
