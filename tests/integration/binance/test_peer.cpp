#include "test_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace test_peer {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// RFC 6455, section 4.2.2.
std::string accept_key(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  unsigned char encoded[64];
  const int length = EVP_EncodeBlock(encoded, digest, static_cast<int>(size));
  return {reinterpret_cast<char*>(encoded), static_cast<size_t>(length)};
}

int listen_somewhere(int& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

Certificate::Certificate(const std::string& name) {
  char pattern[] = "/tmp/stratdock_peer_XXXXXX";
  folder_ = mkdtemp(pattern);
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("a peer for tests"), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  const bool is_address = name.find_first_not_of("0123456789.") == std::string::npos;
  const std::string alternative = (is_address ? "IP:" : "DNS:") + name;
  for (auto [kind, value] : {std::pair{NID_subject_alt_name, alternative}, std::pair{NID_basic_constraints, std::string("critical,CA:TRUE")}}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate, key, EVP_sha256());
  if (std::FILE* file = std::fopen(certificate_file().c_str(), "w")) {
    PEM_write_X509(file, certificate);
    std::fclose(file);
  }
  context_ = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate(context_, certificate);
  SSL_CTX_use_PrivateKey(context_, key);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

Certificate::~Certificate() {
  SSL_CTX_free(context_);
  std::filesystem::remove_all(folder_);
}

std::string HttpRequest::header(const std::string& name) const {
  const std::string wanted = "\r\n" + lower(name) + ":";
  const size_t at = lower(head).find(wanted);
  if (at == std::string::npos) return "";
  const size_t begin = head.find_first_not_of(' ', at + wanted.size());
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

long Connection::read_some(char* into, size_t size) {
  return tls_ != nullptr ? SSL_read(tls_, into, static_cast<int>(size)) : ::recv(fd_, into, size, 0);
}

bool Connection::write(const std::string& bytes) {
  for (size_t sent = 0; sent < bytes.size();) {
    const long n = tls_ != nullptr ? SSL_write(tls_, bytes.data() + sent, static_cast<int>(bytes.size() - sent)) : ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

std::optional<HttpRequest> Connection::read_request() {
  char buffer[4096];
  size_t end = 0;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    const long n = read_some(buffer, sizeof buffer);
    if (n <= 0) return std::nullopt;
    unread_.append(buffer, static_cast<size_t>(n));
  }
  HttpRequest request;
  request.head = unread_.substr(0, end + 2);
  unread_.erase(0, end + 4);
  request.method = request.head.substr(0, request.head.find(' '));
  const size_t target = request.method.size() + 1;
  request.target = request.head.substr(target, request.head.find(' ', target) - target);
  const size_t length = static_cast<size_t>(std::strtoul(("0" + request.header("Content-Length")).c_str(), nullptr, 10));
  while (unread_.size() < length) {
    const long n = read_some(buffer, sizeof buffer);
    if (n <= 0) return std::nullopt;
    unread_.append(buffer, static_cast<size_t>(n));
  }
  request.body = unread_.substr(0, length);
  unread_.erase(0, length);
  return request;
}

bool Connection::answer(int status, const std::string& body, const std::string& headers) {
  return write("HTTP/1.1 " + std::to_string(status) + " Some Reason\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body);
}

std::optional<HttpRequest> Connection::accept_web_socket() {
  auto request = read_request();
  if (request) upgrade(*request);
  return request;
}

bool Connection::upgrade(const HttpRequest& request) {
  return write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept_key(request.header("Sec-WebSocket-Key")) + "\r\n\r\n");
}

std::optional<Frame> Connection::read_frame() {
  char buffer[4096];
  const auto need = [&](size_t size) {
    while (unread_.size() < size) {
      const long n = read_some(buffer, sizeof buffer);
      if (n <= 0) return false;
      unread_.append(buffer, static_cast<size_t>(n));
    }
    return true;
  };
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(unread_[at]); };
  if (!need(2)) return std::nullopt;
  size_t length = byte(1) & 0x7f, head = 2;
  if (length == 126 || length == 127) {
    const size_t wide = length == 126 ? 2 : 8;
    if (!need(head + wide)) return std::nullopt;
    length = 0;
    for (size_t i = 0; i < wide; ++i) length = length << 8 | byte(head + i);
    head += wide;
  }
  const bool masked = (byte(1) & 0x80) != 0;
  if (!need(head + (masked ? 4 : 0) + length)) return std::nullopt;
  Frame frame{byte(0) & 0x0f, unread_.substr(head + (masked ? 4 : 0), length)};
  if (masked)
    for (size_t i = 0; i < length; ++i) frame.payload[i] = static_cast<char>(frame.payload[i] ^ unread_[head + i % 4]);
  unread_.erase(0, head + (masked ? 4 : 0) + length);
  return frame;
}

bool Connection::send_frame(int opcode, const std::string& payload) {
  std::string frame(1, static_cast<char>(0x80 | opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else {
    const int wide = payload.size() < 65536 ? 2 : 8;
    frame += static_cast<char>(wide == 2 ? 126 : 127);
    for (int i = wide - 1; i >= 0; --i) frame += static_cast<char>(payload.size() >> (8 * i) & 0xff);
  }
  return write(frame + payload);
}

bool Connection::readable(int wait_ms) const {
  if (!unread_.empty() || (tls_ != nullptr && SSL_pending(tls_) > 0)) return true;
  pollfd waiting{fd_, POLLIN, 0};
  return ::poll(&waiting, 1, wait_ms) > 0;
}

void Connection::reset() {
  linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void Connection::wait_for_end() {
  char buffer[4096];
  while (read_some(buffer, sizeof buffer) > 0) {}
}

Peer::Peer(Script script, const Certificate* certificate) : script_(std::move(script)), certificate_(certificate) {
  std::signal(SIGPIPE, SIG_IGN);
  listening_ = listen_somewhere(port_);
  ::listen(listening_, 64);
  acceptor_ = std::thread([this] { listen(); });
}

Peer::~Peer() {
  ending_ = true;
  ::shutdown(listening_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (auto& thread : threads_) thread.join();
  ::close(listening_);
}

void Peer::listen() {
  while (!ending_) {
    const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd, number = ++connections_] { serve(fd, number); });
  }
}

void Peer::serve(int fd, int number) {
  Connection connection;
  connection.fd_ = fd;
  connection.number_ = number;
  bool ready = true;
  if (certificate_ != nullptr) {
    connection.tls_ = SSL_new(certificate_->context());
    SSL_set_fd(connection.tls_, fd);
    ready = SSL_accept(connection.tls_) == 1;
  }
  if (ready && !ending_) script_(connection);
  if (connection.tls_ != nullptr) SSL_free(connection.tls_);
  const std::lock_guard lock(mutex_);
  open_.erase(std::find(open_.begin(), open_.end(), fd));
  ::close(fd);
}

int closed_port() {
  int port = 0;
  ::close(listen_somewhere(port));
  return port;
}

}  // namespace test_peer
