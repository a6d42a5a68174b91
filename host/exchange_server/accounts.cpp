// The accounts of a server: the one that is always there, or those of a file.
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "host/exchange_server/server.hpp"

namespace stratdock::exchange_server {

namespace {


// Thrown inside load_accounts() alone, and caught there.
struct BadAccounts {
  std::string what;
};

Result<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return failure("reading " + file.string() + ": the file cannot be read", "check the path and its rights");
  return text.str();
}

void check_names(const nlohmann::json& object, const std::string& what, const std::vector<std::string>& allowed) {
  if (!object.is_object()) throw BadAccounts{what + " is no object"};
  for (const auto& [name, value] : object.items())
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
      throw BadAccounts{what + " has the unknown key '" + name + "'"};
}

Decimal decimal(const nlohmann::json& value, const std::string& what) {
  if (!value.is_string()) throw BadAccounts{what + " has to be a text such as \"0.001\""};
  const Result<Decimal> parsed = Decimal::parse(value.get<std::string>());
  if (!parsed || parsed->is_negative()) throw BadAccounts{what + " is '" + value.get<std::string>() + "', no decimal"};
  return *parsed;
}

ApiKey read_key(const nlohmann::json& value, const std::string& what, const std::filesystem::path& folder) {
  check_names(value, what, {"id", "secret", "public_key_file", "may_read", "may_trade", "may_withdraw", "ip_restricted"});
  ApiKey key;
  key.id = value.at("id").get<std::string>();
  if (!is_key_id(key.id)) throw BadAccounts{what + ".id is not 1 to 128 letters and digits"};
  key.may_read = value.value("may_read", true);
  key.may_trade = value.value("may_trade", true);
  key.may_withdraw = value.value("may_withdraw", false);
  key.is_ip_restricted = value.value("ip_restricted", false);
  const bool has_secret = value.contains("secret");
  if (has_secret == value.contains("public_key_file"))
    throw BadAccounts{what + " needs either 'secret' or 'public_key_file'"};
  if (has_secret) {
    key.secret = value.at("secret").get<std::string>();
    return key;
  }
  const Result<std::string> pem = read_file(folder / value.at("public_key_file").get<std::string>());
  if (!pem) throw BadAccounts{pem.error().message};
  const Result<KeyKind> kind = public_key_kind(*pem);
  if (!kind) throw BadAccounts{what + ": " + kind.error().message};
  key.kind = *kind;
  key.secret = *pem;
  return key;
}

AccountSettings read_account(const nlohmann::json& value, const std::string& what, const PaperSettings& paper,
                             const std::filesystem::path& folder) {
  check_names(value, what, {"name", "balances", "maker_fee", "taker_fee", "pay_fees_with_bnb", "keys"});
  AccountSettings account;
  account.name = value.at("name").get<std::string>();
  account.paper = paper;
  PaperFees& fees = account.paper.fees;
  if (value.contains("maker_fee")) fees.maker = decimal(value["maker_fee"], what + ".maker_fee");
  if (value.contains("taker_fee")) fees.taker = decimal(value["taker_fee"], what + ".taker_fee");
  fees.pay_with_bnb = value.value("pay_fees_with_bnb", fees.pay_with_bnb);
  const nlohmann::json balances = value.value("balances", nlohmann::json::object());
  for (const auto& [asset, amount] : balances.items())
    account.balances[asset] = decimal(amount, what + ".balances." + asset);
  for (const nlohmann::json& key : value.at("keys"))
    account.keys.push_back(read_key(key, what + ".keys[" + std::to_string(account.keys.size()) + "]", folder));
  return account;
}

} // namespace

AccountSettings demo_account(const std::vector<std::string>& quote_assets) {
  AccountSettings account;
  for (const std::string& asset : quote_assets)
    account.balances[asset] = Decimal::from_integer(10'000);
  ApiKey key;
  key.id = hmac_sha256_hex("stratdock", "demo key");
  key.secret = hmac_sha256_hex("stratdock", "demo secret");
  account.keys = {key};
  return account;
}

Result<std::vector<AccountSettings>> load_accounts(const std::filesystem::path& file, const PaperSettings& paper) {
  const auto fail = [&](const std::string& what) {
    return failure("reading the accounts of " + file.string() + ": " + what,
                   "host/exchange_server/README.md shows such a file");
  };
  const Result<std::string> text = read_file(file);
  if (!text) return tl::unexpected(text.error());
  std::vector<AccountSettings> accounts;
  try {
    const nlohmann::json root = nlohmann::json::parse(*text);
    check_names(root, "the file", {"accounts"});
    for (const nlohmann::json& value : root.at("accounts"))
      accounts.push_back(read_account(value, "accounts[" + std::to_string(accounts.size()) + "]", paper, file.parent_path()));
  } catch (const nlohmann::json::exception& error) {
    return fail(error.what());
  } catch (const BadAccounts& bad) {
    return fail(bad.what);
  }
  if (accounts.empty()) return fail("there is none");
  std::vector<std::string> names;
  for (const AccountSettings& account : accounts) {
    names.push_back("account " + account.name);
    for (const ApiKey& key : account.keys)
      names.push_back("key " + key.id.substr(0, 8) + "...");
  }
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    return fail("there are two of " + *twice);
  return accounts;
}

} // namespace stratdock::exchange_server
