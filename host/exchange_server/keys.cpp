#include "host/exchange_server/keys.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <vector>

namespace stratdock::exchange_server {

namespace {

template <auto function> struct Free {
  template <typename T> void operator()(T* object) const { function(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;

Key read_public_key(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::vector<unsigned char> base64_decoded(const std::string& text) {
  if (text.empty() || text.size() % 4 != 0) return {};
  std::vector<unsigned char> result(text.size() / 4 * 3);
  const int size = EVP_DecodeBlock(result.data(), bytes(text), static_cast<int>(text.size()));
  if (size < 0) return {};
  const auto padding = static_cast<size_t>(std::count(text.end() - 2, text.end(), '='));
  result.resize(static_cast<size_t>(size) - padding);
  return result;
}

std::string pem_text(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

bool add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  if (!extension) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

} // namespace

std::string hmac_sha256_hex(std::string_view secret, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes(text), text.size(), digest, &size);
  static constexpr char hex[] = "0123456789abcdef";
  std::string result;
  for (unsigned int i = 0; i < size; ++i) {
    result += hex[digest[i] >> 4];
    result += hex[digest[i] & 15];
  }
  return result;
}

bool is_key_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

Result<KeyKind> public_key_kind(const std::string& pem) {
  const Key key = read_public_key(pem);
  if (!key)
    return failure("reading a public key: the text is no PEM of a public key",
                   "it begins with -----BEGIN PUBLIC KEY-----");
  const int bits = EVP_PKEY_bits(key.get());
  if (EVP_PKEY_base_id(key.get()) == EVP_PKEY_ED25519) return KeyKind::ed25519;
  if (EVP_PKEY_base_id(key.get()) == EVP_PKEY_RSA && bits >= 2048 && bits <= 4096) return KeyKind::rsa;
  return failure("reading a public key: it is neither Ed25519 nor RSA of 2048 to 4096 bits",
                 "make one with openssl genpkey -algorithm ed25519");
}

bool signature_is_valid(const ApiKey& key, std::string_view signed_text, const std::string& signature) {
  if (key.kind == KeyKind::hmac) {
    std::string sent = signature;
    std::transform(sent.begin(), sent.end(), sent.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    return sent == hmac_sha256_hex(key.secret, signed_text);
  }
  const Key public_key = read_public_key(key.secret);
  const std::vector<unsigned char> decoded = base64_decoded(signature);
  const DigestContext context(EVP_MD_CTX_new());
  if (!public_key || decoded.empty() || !context) return false;
  const EVP_MD* digest = key.kind == KeyKind::rsa ? EVP_sha256() : nullptr;
  return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, public_key.get()) == 1 &&
         EVP_DigestVerify(context.get(), decoded.data(), decoded.size(), bytes(signed_text), signed_text.size()) == 1;
}

Result<SelfSigned> make_self_signed() {
  const Error failed{"making a certificate for localhost: OpenSSL refused", "give one with --certificate and --key", 0};
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  if (!key || !certificate) return tl::unexpected(failed);
  X509* cert = certificate.get();
  uint32_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  X509_set_version(cert, 2);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial | 1u);
  X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
  X509_time_adj_ex(X509_getm_notAfter(cert), 3650, 0, nullptr);
  X509_set_pubkey(cert, key.get());
  X509_NAME* name = X509_get_subject_name(cert);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, bytes("localhost"), -1, -1, 0);
  X509_set_issuer_name(cert, name);
  // Its own CA: a client that is told to trust this one certificate trusts the server and nothing else.
  const bool built = add_extension(cert, NID_basic_constraints, "critical,CA:TRUE") &&
                     add_extension(cert, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
                     add_extension(cert, NID_ext_key_usage, "serverAuth") &&
                     X509_sign(cert, key.get(), EVP_sha256()) > 0;
  const Bio certificate_text(BIO_new(BIO_s_mem())), key_text(BIO_new(BIO_s_mem()));
  if (!built || PEM_write_bio_X509(certificate_text.get(), cert) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return tl::unexpected(failed);
  return SelfSigned{pem_text(certificate_text), pem_text(key_text)};
}

} // namespace stratdock::exchange_server
