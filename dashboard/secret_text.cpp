#include "dashboard/secret_text.hpp"

#include <openssl/evp.h>
#include <sys/random.h>

#include <array>
#include <chrono>

#include "core/check.hpp"

namespace stratdock::dashboard {

namespace {

std::string hex(const unsigned char* data, size_t size) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(size * 2);
  for (size_t i = 0; i < size; ++i) {
    out += digits[data[i] >> 4];
    out += digits[data[i] & 15];
  }
  return out;
}

}  // namespace

std::string random_hex(size_t bytes) {
  std::array<unsigned char, 64> buffer{};
  STRATDOCK_CHECK(bytes <= buffer.size());
  STRATDOCK_CHECK(getrandom(buffer.data(), bytes, 0) == static_cast<ssize_t>(bytes));
  return hex(buffer.data(), bytes);
}

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  STRATDOCK_CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  return hex(digest.data(), size);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

int64_t wall_clock_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace stratdock::dashboard
