#include "host/plugin/crash_note.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "host/plugin/decision_check.hpp"

namespace stratdock::crash_note {
namespace {

constexpr size_t stack_bytes = 64 * 1024, frame_limit = 24, shown_frames = 8, note_bytes = 480;
constexpr int caught_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS};

alignas(16) char signal_stack[stack_bytes];
int note_socket_fd = -1;

// A text of fixed room, made without the library's help.
class Note {
public:
  void put(const char* text) {
    while (*text && size_ < note_bytes) bytes_[size_++] = *text++;
  }
  void put_hex(uint64_t number) {
    char digits[17] = {};
    int at = 16;
    do digits[--at] = "0123456789abcdef"[number & 15], number >>= 4;
    while (number);
    put("0x");
    put(digits + at);
  }
  const char* bytes() const { return bytes_; }
  size_t size() const { return size_; }

private:
  char bytes_[note_bytes];
  size_t size_ = 0;
};

const char* base_name(const char* path) {
  const char* name = path;
  for (; *path; ++path)
    if (*path == '/') name = path + 1;
  return *name ? name : "stratdock";
}

bool put_frame(Note& note, void* address, bool first) {
  dl_find_object found{};
  if (_dl_find_object(address, &found) != 0) return false;
  note.put(first ? "at " : " < ");
  note.put(base_name(found.dlfo_link_map->l_name));
  note.put("+");
  note.put_hex(reinterpret_cast<uintptr_t>(address) - found.dlfo_link_map->l_addr);
  return true;
}

void* place_of(const ucontext_t& context) {
#if defined(__x86_64__)
  return reinterpret_cast<void*>(context.uc_mcontext.gregs[REG_RIP]);
#else
  return reinterpret_cast<void*>(context.uc_mcontext.pc);
#endif
}

void put_frames(Note& note, const ucontext_t& context) {
  void* const fault = place_of(context);
  void* frames[frame_limit];
  const int count = backtrace(frames, static_cast<int>(frame_limit));
  bool seen = false;
  size_t shown = 0;
  // The frames above the fault are this handler's.
  for (int i = 0; i < count && shown < shown_frames; ++i) {
    seen = seen || frames[i] == fault;
    if (seen && put_frame(note, frames[i], shown == 0)) ++shown;
  }
  if (shown == 0) put_frame(note, fault, true);
}

void send_note(int signal_number, int call, const Note& note) {
  struct {
    PartHeader header;
    int32_t signal_number, call;
    uint32_t size;
    char text[note_bytes];
  } message{{protocol_version, static_cast<uint8_t>(MessageType::crash_note), 0, 0}, signal_number, call, static_cast<uint32_t>(note.size()), {}};
  std::memcpy(message.text, note.bytes(), note.size());
  (void)!write(note_socket_fd, &message, sizeof message - note_bytes + note.size());
}

void on_signal(int signal_number, siginfo_t* info, void* context) {
  Note note;
  put_frames(note, *static_cast<const ucontext_t*>(context));
  send_note(signal_number, signal_number == SIGSYS ? info->si_syscall : -1, note);
  // The first process of a namespace does not die of a signal it sends itself.
  if (signal_number == SIGABRT) _exit(abort_exit_code);
  // Forbidden while SIGSYS is blocked, as it is here: the kernel ends the process by it.
  if (signal_number == SIGSYS) syscall(SYS_getppid);
  // The others happen again on return, and nobody catches them a second time.
}

}  // namespace

void install(int socket_fd) {
  note_socket_fd = socket_fd;
  // The first use of backtrace loads what it needs.
  void* warm[1];
  backtrace(warm, 1);
  stack_t stack{};
  stack.ss_sp = signal_stack;
  stack.ss_size = sizeof signal_stack;
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND);
  for (const int number : caught_signals) sigaction(number, &action, nullptr);
}

std::string words(const Message& note, int signal_number) {
  MessageReader reader(note.bytes);
  const auto caught = reader.get<int32_t>(), call = reader.get<int32_t>();
  const std::string frames = clean_text(reader.get_text(), note_bytes);
  if (!reader.ok() || caught != signal_number) return {};
  std::string text;
  if (char* name = call >= 0 ? seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call) : nullptr) {
    text = std::string(": ") + name;
    std::free(name);
  }
  return frames.empty() ? text : text + ", " + frames;
}

}  // namespace stratdock::crash_note
