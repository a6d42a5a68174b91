#include "host/binance/signing.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <climits>
#include <vector>

namespace stratdock::binance {
namespace {

constexpr int rsa_bits_least = 2048, rsa_bits_most = 4096;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeKey>;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Never asks a terminal for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

std::string base64(const std::vector<unsigned char>& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  text.resize(static_cast<size_t>(
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()))));
  return text;
}

// "\n" written out, as one-line variables hold a PEM, becomes a line break.
std::string with_line_breaks(const std::string& text) {
  std::string out;
  out.reserve(text.size()); // it never moves, so that wiping it later wipes it all
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 'n' || text[i + 1] == 'r')) {
      if (text[i + 1] == 'n') out += '\n';
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

PrivateKey read_pem(const std::string& text) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  return PrivateKey(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
}

// Base64 of nothing but a PKCS#8 private key, or null. An HMAC secret is base64 letters too, but no such structure.
PrivateKey read_bare(const std::string& text) {
  if (text.empty() || text.size() % 4 != 0) return nullptr;
  std::vector<unsigned char> bytes(text.size() / 4 * 3);
  const int length =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  const auto padding = std::count(text.end() - 2, text.end(), '=');
  PrivateKey key;
  if (length > padding && bytes[0] == 0x30) {
    const unsigned char* position = bytes.data();
    const long size = length - static_cast<long>(padding);
    const std::unique_ptr<PKCS8_PRIV_KEY_INFO, void (*)(PKCS8_PRIV_KEY_INFO*)> info(
        d2i_PKCS8_PRIV_KEY_INFO(nullptr, &position, size), PKCS8_PRIV_KEY_INFO_free);
    if (info && position == bytes.data() + size) key.reset(EVP_PKCS82PKEY(info.get()));
  }
  OPENSSL_cleanse(bytes.data(), bytes.size());
  ERR_clear_error();
  return key;
}

Result<KeyKind> kind_of(const EVP_PKEY* key) {
  const std::string doing = "reading the API secret: ";
  switch (EVP_PKEY_get_base_id(key)) {
  case EVP_PKEY_ED25519:
    return KeyKind::ed25519;
  case EVP_PKEY_RSA: {
    const int bits = EVP_PKEY_get_bits(key);
    if (bits >= rsa_bits_least && bits <= rsa_bits_most) return KeyKind::rsa;
    return failure(doing + "its RSA key has " + std::to_string(bits) + " bits; the exchange takes 2048 to 4096",
                   "make an Ed25519 key, which the exchange prefers");
  }
  default:
    return failure(doing + "it is a private key of a kind that the exchange does not take",
                   "use Ed25519, RSA or the exchange's own (HMAC) secret");
  }
}

Error bad_pem(const std::string& text) {
  std::string found = "it is a PEM text that OpenSSL cannot read";
  if (text.find("ENCRYPTED") != std::string::npos) found = "it is an encrypted private key";
  if (text.find("PUBLIC KEY") != std::string::npos) found = "it is a public key";
  if (text.find("-----END") == std::string::npos) found = "it is a PEM text without its end";
  return {"reading the API secret: " + found,
          "give the private key as unencrypted PKCS#8 PEM on one line with \\n for line breaks, or only its base64", 0};
}

} // namespace

std::string_view text(KeyKind kind) {
  switch (kind) {
  case KeyKind::hmac_sha256:
    return "HMAC-SHA256";
  case KeyKind::rsa:
    return "RSA";
  case KeyKind::ed25519:
    return "Ed25519";
  }
  return "?";
}

struct Signer::Key {
  Secret api_key;
  KeyKind kind = KeyKind::hmac_sha256;
  Secret secret;          // HMAC only
  PrivateKey private_key; // RSA and Ed25519
};

Signer::Signer(std::unique_ptr<Key> key) : key_(std::move(key)) {}
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;
Signer::~Signer() = default;

KeyKind Signer::kind() const {
  return key_->kind;
}

const Secret& Signer::api_key() const {
  return key_->api_key;
}

Result<Signer> Signer::create(Secret api_key, Secret secret) {
  const auto has_space = [](const std::string& value) {
    return std::any_of(value.begin(), value.end(), [](unsigned char c) { return c <= ' ' || c >= 127; });
  };
  if (api_key.empty() || secret.empty())
    return failure(api_key.empty() ? "signing requests: no API key is set" : "signing requests: no API secret is set",
                   "set both in the environment or the .env file");
  if (has_space(api_key.reveal()))
    return failure("signing requests: the API key contains space or characters that no key has", "copy it again");

  auto key = std::make_unique<Key>();
  key->api_key = std::move(api_key);
  if (secret.reveal().find("-----BEGIN") != std::string::npos) {
    std::string pem = with_line_breaks(secret.reveal());
    key->private_key = read_pem(pem);
    ERR_clear_error();
    const Error error = bad_pem(pem);
    OPENSSL_cleanse(pem.data(), pem.size());
    if (!key->private_key) return tl::unexpected<Error>(error);
  } else {
    if (has_space(secret.reveal()))
      return failure("signing requests: the API secret contains space or characters that no secret has",
                     "copy it again");
    key->private_key = read_bare(secret.reveal());
  }
  if (key->private_key) {
    const Result<KeyKind> kind = kind_of(key->private_key.get());
    if (!kind) return tl::unexpected<Error>(kind.error());
    key->kind = *kind;
  } else {
    key->secret = std::move(secret);
  }
  return Signer(std::move(key));
}

Result<std::string> Signer::sign(std::string_view payload) const {
  const auto* bytes = reinterpret_cast<const unsigned char*>(payload.data());
  if (key_->kind == KeyKind::hmac_sha256) {
    const std::string& secret = key_->secret.reveal();
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (secret.size() > INT_MAX || HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes,
                                        payload.size(), digest, &length) == nullptr)
      return failure("signing a request with HMAC-SHA256: OpenSSL failed");
    std::string hex;
    for (unsigned int i = 0; i < length; ++i) {
      hex += "0123456789abcdef"[digest[i] >> 4];
      hex += "0123456789abcdef"[digest[i] & 15];
    }
    return hex;
  }
  // Ed25519 signs the payload itself, RSA its SHA-256.
  const EVP_MD* digest = key_->kind == KeyKind::rsa ? EVP_sha256() : nullptr;
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  size_t length = 0;
  std::vector<unsigned char> signature;
  bool done = context && EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_->private_key.get()) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &length, bytes, payload.size()) == 1;
  if (done) {
    signature.resize(length);
    done = EVP_DigestSign(context.get(), signature.data(), &length, bytes, payload.size()) == 1;
  }
  ERR_clear_error();
  if (!done) return failure("signing a request with the " + std::string(text(key_->kind)) + " key: OpenSSL failed");
  signature.resize(length);
  return base64(signature);
}

} // namespace stratdock::binance
