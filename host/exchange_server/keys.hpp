// The keys of an account: what a signature is checked with, and what a key may do.
// Thread rule: plain values. Invariant: a secret appears in no log and no answer.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace stratdock::exchange_server {

enum class KeyKind : uint8_t { hmac, rsa, ed25519 };

struct ApiKey {
  std::string id;     // 64 letters and digits at Binance; what X-MBX-APIKEY carries
  KeyKind kind = KeyKind::hmac;
  std::string secret; // HMAC: the secret; else the public key in PEM (SubjectPublicKeyInfo)
  bool may_read = true, may_trade = true;
  bool may_withdraw = false;     // only told by apiRestrictions: there is no withdrawal here
  bool is_ip_restricted = false; // likewise
  bool is_revoked = false;
};

// 1 to 128 letters and digits; anything else is refused before it is looked up.
bool is_key_id(std::string_view text);
// The kind of a public key in PEM; RSA of 2048 to 4096 bits and Ed25519 alone. Fails on anything else.
Result<KeyKind> public_key_kind(const std::string& pem);
// HMAC-SHA256: hex in either case. RSA: PKCS#1 v1.5 with SHA-256, base64. Ed25519: base64.
bool signature_is_valid(const ApiKey& key, std::string_view signed_text, const std::string& signature);
std::string hmac_sha256_hex(std::string_view secret, std::string_view text);

// A certificate for localhost and 127.0.0.1, signed by itself, valid for ten years. PEM texts.
struct SelfSigned {
  std::string certificate, private_key;
};
Result<SelfSigned> make_self_signed();

} // namespace stratdock::exchange_server
