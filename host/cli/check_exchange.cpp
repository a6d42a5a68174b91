#include "host/cli/check_exchange.hpp"

#include <algorithm>

#include "host/config/secrets.hpp"
#include "host/exchange_check/exchange_questions.hpp"

namespace stratdock::cli {
namespace {

using binance::Venue;

Result<binance::Endpoints> endpoints_of(const Configuration& configuration) {
  if (!configuration.exchange.url.empty()) return binance::paper_endpoints(configuration.exchange.url, configuration.exchange.certificate.string());
  switch (configuration.mode) {
  case Mode::testnet: return binance::endpoints_of(Venue::testnet);
  case Mode::demo: return binance::endpoints_of(Venue::demo);
  case Mode::live: return binance::endpoints_of(Venue::mainnet);
  case Mode::paper: break;
  }
  return binance::keyless(binance::endpoints_of(Venue::mainnet));
}

}  // namespace

ExchangeChecked check_exchange(const Configuration& configuration) {
  ExchangeChecked checked;
  auto endpoints = endpoints_of(configuration);
  if (!endpoints) {
    checked.findings.push_back({binance::FindingKind::wrong, "exchange", endpoints.error().message, endpoints.error().hint});
    return checked;
  }
  exchange_check::Questions questions{std::move(*endpoints), std::nullopt, {}, configuration.trades_remotely()};
  std::vector<BotSettings> bots;
  for (const DeclaredBot& bot : configuration.bots)
    if (!bot.symbol.empty()) bots.push_back(bot);  // else its error is told already
  for (const BotSettings& bot : bots)
    if (std::find(questions.symbols.begin(), questions.symbols.end(), bot.symbol) == questions.symbols.end()) questions.symbols.push_back(bot.symbol);
  if (configuration.trades_remotely()) {
    SecretsResult secrets = load_secrets(configuration.mode, configuration.file.parent_path() / ".env", process_environment());
    // That keys are missing is told among the secrets.
    if (!secrets.secrets.api_key.empty() && !secrets.secrets.api_secret.empty()) {
      auto signer = binance::Signer::create(std::move(secrets.secrets.api_key), std::move(secrets.secrets.api_secret));
      if (signer) questions.signer.emplace(std::move(*signer));
      else checked.findings.push_back({binance::FindingKind::wrong, "key", signer.error().message, signer.error().hint});
    }
  }
  const exchange_check::Answers answers = exchange_check::ask_exchange(std::move(questions));
  const auto findings = exchange_check::judge_exchange(answers, bots);
  checked.findings.insert(checked.findings.end(), findings.begin(), findings.end());
  if (answers.info)
    for (const binance::ListedSymbol& listed : answers.info->symbols)
      if (std::any_of(bots.begin(), bots.end(), [&](const BotSettings& bot) { return bot.symbol == listed.symbol.name; })) checked.symbols.push_back(listed.symbol);
  return checked;
}

}  // namespace stratdock::cli
