#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "host/store/files.hpp"
#include "host/store/store.hpp"

namespace stratdock::store {
namespace {

// The socket's address. A path of more than 107 bytes does not fit into one: then it goes by way of the open folder.
class Address {
public:
  Address(const std::string& folder, const std::string& file) {
    address_.sun_family = AF_UNIX;
    std::string path = folder + "/" + file;
    if (path.size() >= sizeof address_.sun_path) {
      folder_fd_ = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
      path = "/proc/self/fd/" + std::to_string(folder_fd_) + "/" + file;
    }
    if (folder_fd_ == -1 && path.size() >= sizeof address_.sun_path) path.clear();
    std::memcpy(address_.sun_path, path.c_str(), path.size() + 1);
  }
  Address(const Address&) = delete;
  Address& operator=(const Address&) = delete;
  ~Address() {
    if (folder_fd_ >= 0) ::close(folder_fd_);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  socklen_t size() const { return sizeof address_; }

private:
  int folder_fd_ = -1;
  sockaddr_un address_ = {};
};

std::string file_name(const std::string& listener) { return "doorbell." + listener; }

}  // namespace

Result<Doorbell> Doorbell::listen(const std::string& folder, const std::string& listener) {
  if (Status made = make_private_folder(folder); !made) return tl::unexpected<Error>(made.error());
  const std::string path = folder + "/" + file_name(listener);
  const std::string fresh = file_name(listener) + "." + std::to_string(getpid()) + ".new";
  const std::string fresh_path = folder + "/" + fresh;
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return failure("making the doorbell " + path + ": " + std::strerror(errno));
  unlink(fresh_path.c_str());
  const Address address(folder, fresh);
  // Bound under a name of its own and then renamed: one left by a dead process is replaced, and no ring falls in between.
  if (bind(fd, address.get(), address.size()) != 0 || chmod(fresh_path.c_str(), 0600) != 0 || rename(fresh_path.c_str(), path.c_str()) != 0) {
    const std::string reason = std::strerror(errno);
    ::close(fd);
    unlink(fresh_path.c_str());
    return failure("making the doorbell " + path + ": " + reason, "check the rights of the data folder");
  }
  return Doorbell(fd, path, file_identity(path).inode);
}

Doorbell::Doorbell(Doorbell&& other) noexcept : fd_(other.fd_), path_(std::move(other.path_)), inode_(other.inode_) { other.fd_ = -1; }

Doorbell& Doorbell::operator=(Doorbell&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = other.fd_;
  path_ = std::move(other.path_);
  inode_ = other.inode_;
  other.fd_ = -1;
  return *this;
}

Doorbell::~Doorbell() { close(); }

void Doorbell::close() {
  if (fd_ < 0) return;
  if (file_identity(path_).inode == inode_) unlink(path_.c_str());
  ::close(fd_);
  fd_ = -1;
}

void Doorbell::drain() {
  char byte;
  while (recv(fd_, &byte, sizeof byte, MSG_DONTWAIT) >= 0) {}
}

void ring_doorbell(const std::string& folder, const std::string& listener) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const Address address(folder, file_name(listener));
  // Nobody there, or a full queue, which means that it rings already: both are fine.
  (void)sendto(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL, address.get(), address.size());
  ::close(fd);
}

}  // namespace stratdock::store
