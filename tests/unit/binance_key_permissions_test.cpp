// What rights a key may have, right by right, and what an answer that says nothing is worth.
#include <catch2/catch.hpp>

#include "host/binance/key_permissions.hpp"

using namespace stratdock;
using namespace stratdock::binance;

namespace {

constexpr int64_t now_ms = 1'760'000'000'000, day_ms = 86'400'000;

KeyPermissions ideal() {
  KeyPermissions rights;
  rights.ip_restricted = rights.reading = rights.spot_and_margin_trading = true;
  return rights;
}

size_t count(const std::vector<Finding>& findings, FindingKind kind) {
  return static_cast<size_t>(std::count_if(findings.begin(), findings.end(), [&](const Finding& one) { return one.kind == kind; }));
}

bool says(const std::vector<Finding>& findings, FindingKind kind, const std::string& part) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& one) { return one.kind == kind && one.text.find(part) != std::string::npos; });
}

struct Row {
  const char* name;
  void (*change)(KeyPermissions&);
  FindingKind kind;
  const char* text;
};

const Row rows[] = {
    {"withdrawals", [](KeyPermissions& r) { r.withdrawals = true; }, FindingKind::wrong, "may withdraw"},
    {"no reading", [](KeyPermissions& r) { r.reading = false; }, FindingKind::wrong, "may not read"},
    {"no trading", [](KeyPermissions& r) { r.spot_and_margin_trading = false; }, FindingKind::wrong, "may not trade on spot"},
    {"trading over", [](KeyPermissions& r) { r.trading_ends_ms = now_ms; }, FindingKind::wrong, "ended at 2025-10-09T08:53:20Z"},
    {"trading ends soon", [](KeyPermissions& r) { r.trading_ends_ms = now_ms + day_ms; }, FindingKind::warning, "ends at 2025-10-10T08:53:20Z"},
    {"futures", [](KeyPermissions& r) { r.futures = true; }, FindingKind::warning, "trade futures"},
    {"margin", [](KeyPermissions& r) { r.margin = true; }, FindingKind::warning, "borrow on margin"},
    {"internal transfer", [](KeyPermissions& r) { r.internal_transfer = true; }, FindingKind::warning, "transfer to other users"},
    {"universal transfer", [](KeyPermissions& r) { r.universal_transfer = true; }, FindingKind::warning, "transfer between accounts"},
    {"any address", [](KeyPermissions& r) { r.ip_restricted = false; }, FindingKind::warning, "every address"},
};

}  // namespace

TEST_CASE("a key that reads and trades from one address is good, and each other right is judged by itself") {
  const auto good = judge_key_permissions(Venue::mainnet, ideal(), now_ms);
  REQUIRE(good.size() == 1);
  CHECK(good.front().kind == FindingKind::good);
  CHECK(all_may_go_on(good));
  CHECK(refusal_of(good, "starting"));
  for (const Row& row : rows) {
    INFO(row.name);
    KeyPermissions rights = ideal();
    row.change(rights);
    const auto findings = judge_key_permissions(Venue::mainnet, rights, now_ms);
    CHECK(says(findings, row.kind, row.text));
    const bool is_wrong = row.kind == FindingKind::wrong;
    CHECK(count(findings, FindingKind::wrong) == (is_wrong ? 1 : 0));
    CHECK(count(findings, FindingKind::warning) == (is_wrong ? 0 : 1));
    CHECK(count(findings, FindingKind::good) == (is_wrong ? 0 : 1));
    CHECK(all_may_go_on(findings) != is_wrong);
    for (const Finding& one : findings) CHECK((one.kind == FindingKind::good || !one.hint.empty()));
  }
}

TEST_CASE("no right outweighs the one to withdraw") {
  for (unsigned bits = 0; bits < 1u << std::size(rows); ++bits) {
    KeyPermissions rights = ideal();
    bool wrong = false;
    for (size_t i = 0; i < std::size(rows); ++i)
      if ((bits >> i & 1) != 0) {
        rows[i].change(rights);
        // The later row of the two about the end of trading counts.
        wrong = wrong || (rows[i].kind == FindingKind::wrong && !(rows[i].text == std::string("ended at 2025-10-09T08:53:20Z") && (bits >> (i + 1) & 1) != 0));
      }
    INFO(bits);
    REQUIRE(all_may_go_on(judge_key_permissions(Venue::mainnet, rights, now_ms)) != wrong);
  }
}

TEST_CASE("rights that cannot be read are refused at mainnet, whatever the reason") {
  const char* body = GENERATE("{}", "", "<html>", R"({"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."})", R"({"enableReading":true})",
                              R"({"enableReading":true,"enableWithdrawals":null})", R"({"enableReading":true,"enableWithdrawals":"false"})", R"({"enableWithdrawals":false})");
  INFO(body);
  const auto findings = judge_key_permissions(Venue::mainnet, parse_key_permissions(body), now_ms);
  REQUIRE(findings.size() == 1);
  CHECK(findings.front().kind == FindingKind::wrong);
  CHECK(findings.front().text.find("may be one that can withdraw") != std::string::npos);
  const Status refusal = refusal_of(findings, "starting to trade");
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().message.find("starting to trade: key: its rights could not be read") == 0);
  CHECK_FALSE(refusal.error().hint.empty());
}

TEST_CASE("elsewhere there is nothing to ask") {
  const auto venue = GENERATE(Venue::testnet, Venue::demo, Venue::paper);
  CHECK_FALSE(tells_key_permissions(venue));
  for (const Result<KeyPermissions>& answer : {Result<KeyPermissions>(ideal()), Result<KeyPermissions>(failure("not asked"))}) {
    const auto findings = judge_key_permissions(venue, answer, now_ms);
    REQUIRE(findings.size() == 1);
    CHECK(says(findings, FindingKind::good, "cannot be checked there"));
  }
}

TEST_CASE("all that is wrong with a key is told at once") {
  KeyPermissions rights;
  rights.withdrawals = true;
  const Status refusal = refusal_of(judge_key_permissions(Venue::mainnet, rights, now_ms), "starting to trade");
  REQUIRE_FALSE(refusal);
  for (const char* part : {"may withdraw", "may not read", "may not trade"}) CHECK(refusal.error().message.find(part) != std::string::npos);
}
