// Signs requests with the user's key: HMAC-SHA256, RSA (PKCS#1 v1.5 with SHA-256) or Ed25519.
// Owns the secret or the private key made of it. Thread rule: a Signer may be used by several threads at once (it is never
// changed). Invariant: neither key, secret nor signature appears in an error.
// Source: Binance Spot REST "SIGNED Endpoint security".
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "host/config/secrets.hpp"

namespace stratdock::binance {

enum class KeyKind { hmac_sha256, rsa, ed25519 };
std::string_view text(KeyKind kind);  // "HMAC-SHA256", "RSA", "Ed25519"

class Signer {
public:
  // Tells the kind from the secret itself: a PEM text (line breaks may be written as "\n") or the bare base64 of a PKCS#8
  // private key is RSA or Ed25519, anything else an HMAC secret. Errors: nothing given, space in a secret, a PEM that is
  // encrypted, public or damaged, a key of another kind, RSA outside 2048 to 4096 bits.
  static Result<Signer> create(Secret api_key, Secret secret);

  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) noexcept;
  ~Signer();

  KeyKind kind() const;
  const Secret& api_key() const;
  // Over the bytes given: 64 hexadecimal digits (HMAC) or base64 (RSA, Ed25519). In a query the latter has to be
  // percent-encoded, in JSON not. Fails only where OpenSSL does.
  Result<std::string> sign(std::string_view payload) const;

private:
  struct Key;
  explicit Signer(std::unique_ptr<Key> key);
  std::unique_ptr<Key> key_;
};

}  // namespace stratdock::binance
