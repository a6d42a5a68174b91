#include "host/binance/key_permissions.hpp"

#include <algorithm>

#include "host/config/value_reader.hpp"

namespace stratdock::binance {
namespace {

constexpr std::string_view subject = "key";
constexpr std::string_view where = "in Binance's API management";
constexpr int64_t end_is_near_ms = 7 * 24 * 60 * 60'000LL;

Finding finding(FindingKind kind, std::string text, std::string hint = {}) { return {kind, std::string(subject), std::move(text), std::move(hint)}; }

void judge_dangers(const KeyPermissions& rights, std::vector<Finding>& findings) {
  if (rights.withdrawals)
    findings.push_back(finding(FindingKind::wrong, "it may withdraw: whoever gets hold of it gets the money", "switch withdrawals off " + std::string(where) + ", or make a key that reads and trades on spot only"));
  std::string needless;
  const auto add = [&](bool has, std::string_view name) {
    if (has) needless += (needless.empty() ? "" : ", ") + std::string(name);
  };
  add(rights.futures, "trade futures");
  add(rights.margin, "borrow on margin");
  add(rights.internal_transfer, "transfer to other users");
  add(rights.universal_transfer, "transfer between accounts");
  if (!needless.empty()) findings.push_back(finding(FindingKind::warning, "it may also " + needless + ", which is never used here", "switch that off " + std::string(where)));
  if (!rights.ip_restricted) findings.push_back(finding(FindingKind::warning, "it works from every address on the internet", "restrict it to this machine's address " + std::string(where)));
}

void judge_needs(const KeyPermissions& rights, int64_t server_ms, std::vector<Finding>& findings) {
  if (!rights.reading) findings.push_back(finding(FindingKind::wrong, "it may not read the account", "switch reading on " + std::string(where)));
  if (!rights.spot_and_margin_trading)
    findings.push_back(finding(FindingKind::wrong, "it may not trade on spot", "switch spot trading on " + std::string(where)));
  if (rights.trading_ends_ms == 0) return;
  const std::string end = utc_time_text(rights.trading_ends_ms);
  if (rights.trading_ends_ms <= server_ms)
    findings.push_back(finding(FindingKind::wrong, "its right to trade ended at " + end, "renew it " + std::string(where) + ", or restrict the key to an address"));
  else if (rights.trading_ends_ms - server_ms < end_is_near_ms)
    findings.push_back(finding(FindingKind::warning, "its right to trade ends at " + end, "renew it " + std::string(where) + ", or restrict the key to an address"));
}

}  // namespace

bool all_may_go_on(const std::vector<Finding>& findings) {
  return std::none_of(findings.begin(), findings.end(), [](const Finding& one) { return one.kind == FindingKind::wrong; });
}

Status refusal_of(const std::vector<Finding>& findings, std::string_view doing) {
  std::string found, hint;
  for (const Finding& one : findings) {
    if (one.kind != FindingKind::wrong) continue;
    found += (found.empty() ? "" : "; ") + one.subject + ": " + one.text;
    if (!one.hint.empty()) hint += (hint.empty() ? "" : "; ") + one.hint;
  }
  if (found.empty()) return {};
  return failure(std::string(doing) + ": " + found, std::move(hint));
}

bool tells_key_permissions(Venue venue) { return venue == Venue::mainnet; }

std::vector<Finding> judge_key_permissions(Venue venue, const Result<KeyPermissions>& answer, int64_t server_ms) {
  std::vector<Finding> findings;
  if (!tells_key_permissions(venue)) {
    findings.push_back(finding(FindingKind::good, "its rights cannot be checked there: " + std::string(text(venue)) + " does not tell them"));
    return findings;
  }
  if (!answer) {
    findings.push_back(finding(FindingKind::wrong, "its rights could not be read, so it may be one that can withdraw: " + answer.error().message,
                               answer.error().hint.empty() ? "try again; a key is used only when the exchange says that it cannot withdraw" : answer.error().hint));
    return findings;
  }
  judge_dangers(*answer, findings);
  judge_needs(*answer, server_ms, findings);
  if (all_may_go_on(findings)) findings.insert(findings.begin(), finding(FindingKind::good, "it reads and trades on spot, and cannot withdraw"));
  return findings;
}

}  // namespace stratdock::binance
