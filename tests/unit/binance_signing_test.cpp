// Signatures against the exchange's published examples, and against OpenSSL's own verification.
#include <catch2/catch.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "host/binance/requests.hpp"
#include "host/binance/signing.hpp"

using namespace stratdock;
using namespace stratdock::binance;

namespace {

// From the exchange's documentation, where they are published for this purpose.
const std::string example_key = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const std::string example_secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
// The seed of RFC 8032's first test.
const std::string ed25519_key = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";

Signer signer_of(const std::string& secret) {
  Result<Signer> signer = Signer::create(Secret(example_key), Secret(secret));
  if (!signer) FAIL(signer.error().text());
  return std::move(*signer);
}

std::string fault_of(const std::string& key, const std::string& secret) {
  const Result<Signer> signer = Signer::create(Secret(key), Secret(secret));
  return signer ? "" : signer.error().text();
}

struct Pem {
  std::string private_key, public_key;
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{nullptr, EVP_PKEY_free};
};

std::string written(const std::function<int(BIO*)>& write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  REQUIRE(write(bio.get()) == 1);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(length)};
}

Pem make_key(EVP_PKEY* made) {
  Pem pem;
  pem.key.reset(made);
  REQUIRE(made != nullptr);
  pem.private_key = written(
      [&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, made, nullptr, nullptr, 0, nullptr, nullptr); });
  pem.public_key = written([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, made); });
  return pem;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

bool verifies(EVP_PKEY* key, const EVP_MD* digest, const std::string& payload, const std::string& base64) {
  std::vector<unsigned char> bytes(base64.size() / 4 * 3);
  const int length = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(base64.data()),
                                     static_cast<int>(base64.size()));
  const auto padding = std::count(base64.begin(), base64.end(), '=');
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return length > 0 && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes.data(), static_cast<size_t>(length - padding),
                          reinterpret_cast<const unsigned char*>(payload.data()), payload.size()) == 1;
}

} // namespace

TEST_CASE("HMAC signatures are those of the exchange's examples") {
  const Signer signer = signer_of(example_secret);
  CHECK(signer.kind() == KeyKind::hmac_sha256);
  const auto [payload, expected] = GENERATE_REF(table<std::string, std::string>({
      {"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
       "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"},
      {"symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&"
       "price=0.1&recvWindow=5000&timestamp=1499827319559",
       "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"},
      {"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559",
       "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"},
      {"timestamp=1499827319559", "2222d49722f6af5da13f6da6bfc0d7de19ca2815ebc98bbc49e4942268472f3f"},
      {"recvWindow=6000.346&timestamp=1499827319559000",
       "d89d95a91019237f4f952b2cd624c30ee0c0f45d33440a17c68daf251e1cf875"},
      {"apiKey=" + example_key + "&timestamp=1649729878532",
       "1cf54395b336b0a9727ef27d5d98987962bc47aca6e13fe978612d0adee066ed"},
      {"apiKey=" + example_key + "&timestamp=1747385641636",
       "681110a6057ad58657af22f5640fab9dd17418834cdfccdc81be8b0f7b2cde3e"},
  }));
  CHECK(signer.sign(payload) == expected);
}

TEST_CASE("parameters are encoded before they are signed, and sorted for the WebSocket API") {
  const Signer signer = signer_of(example_secret);
  Parameters rest;
  rest.add("symbol", "１２３４５６")
      .add("side", "BUY")
      .add("type", "LIMIT")
      .add("timeInForce", "GTC")
      .add("quantity", 1);
  rest.add("price", Decimal::parse("0.10000000").value())
      .add("recvWindow", 5000)
      .add("timestamp", int64_t{1499827319559});
  CHECK(signer.sign(rest.query()) == "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3");

  Parameters api;
  api.add("symbol", "BTCUSDT")
      .add("side", "SELL")
      .add("type", "LIMIT")
      .add("timeInForce", "GTC")
      .add("quantity", "0.01000000");
  api.add("price", "52000.00")
      .add("recvWindow", 100)
      .add("timestamp", int64_t{1645423376532})
      .add("apiKey", example_key);
  CHECK(signer.sign(api.sorted_payload()) == "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24");
  CHECK(percent_encode("aZ0-._~ [\"A\"]/+=") == "aZ0-._~%20%5B%22A%22%5D%2F%2B%3D");
}

TEST_CASE("Ed25519 keys are known by their text and sign the payload itself") {
  const std::string order = "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&timestamp="
                            "1668481559918&recvWindow=5000";
  const std::string logon =
      "apiKey=4yNzx3yWC5bS6YTwEkSRaC0nRmSQIIStAUOh1b6kqaBrTLIhjCpI5lJH8q8R8WNO&timestamp=1747385641636";
  const std::string pem = "-----BEGIN PRIVATE KEY-----\n" + ed25519_key + "\n-----END PRIVATE KEY-----\n";
  for (const std::string& secret : {ed25519_key, pem, replaced(pem, "\n", "\\n"), replaced(pem, "\n", "\r\n")}) {
    const Signer signer = signer_of(secret);
    CHECK(signer.kind() == KeyKind::ed25519);
    CHECK(signer.sign(order) ==
          "XtZirsmmi0noRzUfkqktvkVfxpkq/WtbLg2UOL3QGYdUBZVlqOBEMuEVw8zioY93N54NcKj9UuAXQEa9zgTDBg==");
    CHECK(signer.sign(logon) ==
          "pJBg0B+FverOfqH6iQP4ZqVsmwmEs0iET0zc6TrrELGicygzqHHGrNXZYyYzXp1p1HrI8muZ8tHKeqZ2OVkPCA==");
  }
}

TEST_CASE("RSA keys sign with PKCS#1 v1.5 over SHA-256") {
  const Pem pem = make_key(EVP_RSA_gen(2048));
  const std::string payload = "symbol=BTCUSDT&timestamp=1668481559918";
  const Signer signer = signer_of(pem.private_key);
  CHECK(signer.kind() == KeyKind::rsa);
  const std::string signature = signer.sign(payload).value();
  CHECK(signature.size() == 344); // as long as the exchange's own samples
  CHECK(verifies(pem.key.get(), EVP_sha256(), payload, signature));
  CHECK_FALSE(verifies(pem.key.get(), EVP_sha256(), payload + "0", signature));
  // The same key without its frame.
  std::string bare = replaced(pem.private_key, "\n", "");
  bare = replaced(replaced(bare, "-----BEGIN PRIVATE KEY-----", ""), "-----END PRIVATE KEY-----", "");
  const Signer same = signer_of(bare);
  CHECK(same.kind() == KeyKind::rsa);
  CHECK(same.sign(payload) == signature); // v1.5 has no randomness
}

TEST_CASE("keys that cannot be used are refused with a reason and without being shown") {
  const Pem small = make_key(EVP_RSA_gen(1024));
  const Pem curve = make_key(EVP_EC_gen("P-256"));
  CHECK(fault_of("", "secret").find("no API key is set") != std::string::npos);
  CHECK(fault_of("key", "").find("no API secret is set") != std::string::npos);
  CHECK(fault_of("key", "half a secret").find("contains space") != std::string::npos);
  CHECK(fault_of("a key", "secret").find("API key contains space") != std::string::npos);
  CHECK(fault_of("key", small.private_key).find("1024 bits") != std::string::npos);
  CHECK(fault_of("key", curve.private_key).find("of a kind that the exchange does not take") != std::string::npos);
  CHECK(fault_of("key", small.public_key).find("it is a public key") != std::string::npos);
  CHECK(fault_of("key", small.private_key.substr(0, 200)).find("without its end") != std::string::npos);
  std::string damaged = small.private_key;
  damaged.replace(30, 20, "AAAAAAAAAAAAAAAAAAAA");
  CHECK(fault_of("key", damaged).find("cannot read") != std::string::npos);
  const std::string encrypted = written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, small.key.get(), EVP_aes_256_cbc(), "pass", 4, nullptr, nullptr);
  });
  CHECK(fault_of("key", encrypted).find("encrypted") != std::string::npos);
  for (const std::string& text : {small.private_key, curve.private_key, damaged, encrypted})
    CHECK(fault_of("key", text).find(text.substr(40, 12)) == std::string::npos);
}

TEST_CASE("a signed request goes out exactly as it was signed") {
  const Signer signer = signer_of(ed25519_key);
  Call call;
  call.verb = Verb::post;
  call.path = "/api/v3/order";
  call.method = "order.place";
  call.security = Security::signed_;
  call.parameters.add("symbol", "这是测试币456")
      .add("quantity", "1.5")
      .add_flag("computeCommissionRates", true)
      .add("orderId", int64_t{1} << 60);
  const SigningTime time{1668481559918, 2500};

  const RestRequest rest = rest_request(call, signer, time).value();
  const size_t split = rest.body.find("&signature=");
  REQUIRE(split != std::string::npos);
  CHECK(rest.path_and_query == "/api/v3/order");
  const std::string signed_part = rest.body.substr(0, split);
  CHECK(signed_part ==
        "symbol=%E8%BF%99%E6%98%AF%E6%B5%8B%E8%AF%95%E5%B8%81456&quantity=1.5&computeCommissionRates=true&"
        "orderId=1152921504606846976&recvWindow=2500&timestamp=1668481559918");
  CHECK(rest.body.substr(split + 11) == percent_encode(signer.sign(signed_part).value()));

  call.verb = Verb::delete_;
  const RestRequest cancel = rest_request(call, signer, time).value();
  CHECK(cancel.body.empty());
  CHECK(cancel.path_and_query == "/api/v3/order?" + rest.body);

  const auto sent = nlohmann::json::parse(api_request(call, "id-1", signer, time).value());
  CHECK(sent["id"] == "id-1");
  CHECK(sent["method"] == "order.place");
  CHECK(sent["params"]["orderId"] == int64_t{1} << 60);
  CHECK(sent["params"]["computeCommissionRates"] == true);
  CHECK(sent["params"]["timestamp"] == 1668481559918);
  CHECK(sent["params"]["signature"] ==
        signer
            .sign("apiKey=" + example_key +
                  "&computeCommissionRates=true&orderId=1152921504606846976&quantity=1.5&recvWindow=2500&"
                  "symbol=这是测试币456&timestamp=1668481559918")
            .value());
}
