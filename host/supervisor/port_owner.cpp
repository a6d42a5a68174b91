#include <dirent.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "host/supervisor/supervisor.hpp"

namespace stratdock {
namespace {

// The socket's inode number of a listener on the port, from the kernel's table; empty when there is none.
std::string listening_inode(int port, const char* table) {
  std::ifstream in(table);
  std::string line;
  char wanted[8];
  std::snprintf(wanted, sizeof wanted, ":%04X", port);
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
    constexpr const char* listening = "0A";
    if (state == listening && local.ends_with(wanted)) return inode;
  }
  return {};
}

}  // namespace

std::string port_owner(int port) {
  std::string inode = listening_inode(port, "/proc/net/tcp");
  if (inode.empty()) inode = listening_inode(port, "/proc/net/tcp6");
  if (inode.empty()) return {};
  const std::string link = "socket:[" + inode + "]";
  std::error_code code;
  for (const auto& process : std::filesystem::directory_iterator("/proc", code)) {
    const std::string pid = process.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    for (const auto& descriptor : std::filesystem::directory_iterator(process.path() / "fd", code)) {
      std::error_code gone;
      if (std::filesystem::read_symlink(descriptor.path(), gone) != link) continue;
      std::ifstream in(process.path() / "comm");
      std::string name;
      std::getline(in, name);
      return name + " (pid " + pid + ")";
    }
  }
  return "a process of another user";
}

}  // namespace stratdock
