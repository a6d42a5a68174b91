// Secrets: where they come from, what is refused, and that nothing of them is ever shown.
#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <type_traits>

#include "host/config/secrets.hpp"

using namespace stratdock;

namespace {

// A .env in a folder of its own, removed at the end.
struct EnvFile {
  explicit EnvFile(const std::string& text, mode_t mode = 0600) {
    char pattern[] = "/tmp/stratdock_env_XXXXXX";
    folder = mkdtemp(pattern);
    path = folder / ".env";
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
  }
  ~EnvFile() { std::filesystem::remove_all(folder); }
  std::filesystem::path folder, path;
};

}  // namespace

TEST_CASE("each mode has keys of its own, and the environment wins") {
  const EnvFile file("# keys\nexport BINANCE_TESTNET_API_KEY=\"from file\" \nBINANCE_TESTNET_API_SECRET=s3cret # comment\r\nBINANCE_API_KEY='live'\nOPENAI_API_KEY=ai\nUNRELATED=1\n\n");
  const auto testnet = load_secrets(Mode::testnet, file.path, {{"BINANCE_TESTNET_API_KEY", "from environment"}});
  REQUIRE(testnet.errors.empty());
  CHECK(testnet.secrets.api_key.reveal() == "from environment");
  CHECK(testnet.secrets.api_secret.reveal() == "s3cret");
  CHECK(testnet.secrets.api_key_name == "BINANCE_TESTNET_API_KEY");
  CHECK(testnet.secrets.openai_api_key.reveal() == "ai");
  const auto demo = load_secrets(Mode::demo, file.path, {});
  CHECK(demo.secrets.api_key.empty());
  CHECK(demo.secrets.api_secret_name == "BINANCE_DEMO_API_SECRET");
  CHECK(load_secrets(Mode::live, file.path, {}).secrets.api_key.reveal() == "live");
  CHECK(load_secrets(Mode::paper, file.path, {}).secrets.api_key.empty());
  CHECK(load_secrets(Mode::demo, file.folder / "none", {}).errors.empty());
}

TEST_CASE("a file that others may read is refused with its mode and the remedy") {
  for (const mode_t mode : {0644, 0640, 0604, 0660, 0777}) {
    const EnvFile file("BINANCE_API_KEY=abc\n", mode);
    const auto result = load_secrets(Mode::live, file.path, {});
    REQUIRE(result.errors.size() == 1);
    CHECK(result.secrets.api_key.empty());
    char octal[8];
    std::snprintf(octal, sizeof octal, "%04o", static_cast<unsigned>(mode));
    CHECK(result.errors[0].text() == file.path.string() + ": has mode " + octal + ", so that other users may read its secrets (chmod 600 " + file.path.string() + ")");
  }
  // Its lines are looked at nevertheless, so that one run names every fault.
  const EnvFile both("SYMBOL=BTCUSDT\nBINANCE_API_KEY=abc\n", 0644);
  const auto result = load_secrets(Mode::live, both.path, {});
  CHECK(result.errors.size() == 2);
  CHECK(result.secrets.api_key.empty());
  const EnvFile folder("");
  CHECK(load_secrets(Mode::live, folder.folder, {}).errors.size() == 1);
}

TEST_CASE("trading settings, slips and damaged lines are all named at once, and no value is shown") {
  const EnvFile file("TRADE_AMOUNT=hidden1\nRSI_PERIOD=hidden2\nUSE_TESTNET=hidden3\nBINANCE_API_KYE=hidden4\nhidden5\nOPENAI_API_KEY=\"hidden6\nBINANCE_API_KEY=hidden7\nBINANCE_API_KEY=hidden8\n9X=hidden9\n");
  const auto errors = load_secrets(Mode::live, file.path, {}).errors;
  REQUIRE(errors.size() == 8);
  const std::string text = errors_text(errors);
  CHECK(text.find(".env:1:1: TRADE_AMOUNT is a trading setting; .env holds secrets only (set bots.<name>.trade_amount in the YAML file and delete this line)") != std::string::npos);
  CHECK(text.find(".env:2:1: RSI_PERIOD is a trading setting; .env holds secrets only (set bots.<name>.parameters in") != std::string::npos);
  CHECK(text.find("set mode in the YAML file") != std::string::npos);
  CHECK(text.find("did you mean 'BINANCE_API_KEY'?") != std::string::npos);
  CHECK(text.find(".env:5:1: this line is not NAME=value") != std::string::npos);
  CHECK(text.find("hidden") == std::string::npos);
}

namespace {
template <typename T>
concept Streamable = requires(std::ostream& stream, const T& value) { stream << value; };
}  // namespace

TEST_CASE("a secret does not print and leaves nothing behind when moved") {
  STATIC_REQUIRE(Streamable<std::string>);
  STATIC_REQUIRE_FALSE(Streamable<Secret>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<Secret, std::string>);
  Secret first("abc");
  CHECK(first.masked() == "set (hidden)");
  Secret second = std::move(first);
  CHECK(first.empty());  // NOLINT(bugprone-use-after-move): that it is empty is the point
  CHECK(second.reveal() == "abc");
  first = second;
  CHECK(first.reveal() == "abc");
  CHECK(Secret().masked() == "not set");
}
