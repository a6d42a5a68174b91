#include "host/plugin/call_filter.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <memory>

namespace stratdock {
namespace {

// What an argument of a call has to be. libseccomp's own macros for this are C.
scmp_arg_cmp equals(unsigned argument, uint64_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp differs(unsigned argument, uint64_t value) { return {argument, SCMP_CMP_NE, value, 0}; }
scmp_arg_cmp equals_in(unsigned argument, uint64_t mask, uint64_t value) { return {argument, SCMP_CMP_MASKED_EQ, mask, value}; }

class Rules {
public:
  Rules() : filter_(seccomp_init(SCMP_ACT_TRAP), seccomp_release) {
    // Calls of another machine (32 bits) have other numbers: no handler, no second look.
    complete_ = filter_ && seccomp_attr_set(filter_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
                // Set already; asking again would need a call that is not allowed any more.
                seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_NNP, 0) == 0;
  }
  void allow(std::initializer_list<int> calls) {
    for (const int call : calls) add(SCMP_ACT_ALLOW, call, {});
  }
  void allow_if(int call, std::initializer_list<scmp_arg_cmp> conditions) { add(SCMP_ACT_ALLOW, call, conditions); }
  // Harmless to refuse, hard on authors to end the process for.
  void refuse(std::initializer_list<int> calls, int error) {
    for (const int call : calls) refuse_if(call, error, {});
  }
  void refuse_if(int call, int error, std::initializer_list<scmp_arg_cmp> conditions) {
    add(SCMP_ACT_ERRNO(static_cast<uint32_t>(error)), call, conditions);
  }
  Status load() {
    if (complete_ && seccomp_load(filter_.get()) == 0) return {};
    return failure("the filter of system calls cannot be switched on", "use a kernel with CONFIG_SECCOMP_FILTER");
  }

private:
  void add(uint32_t action, int call, std::initializer_list<scmp_arg_cmp> conditions) {
    complete_ = complete_ && seccomp_rule_add_array(filter_.get(), action, call, static_cast<unsigned>(conditions.size()), conditions.begin()) == 0;
  }
  std::unique_ptr<void, decltype(&seccomp_release)> filter_;
  bool complete_ = false;
};

void add_common(Rules& rules) {
  rules.allow({SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom), SCMP_SYS(sendto),
               SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(exit), SCMP_SYS(exit_group),
               SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(clock_gettime), SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid),
               SCMP_SYS(sched_yield)});
  // What locks need; the rarer operations have been the kernel's weak spots.
  for (const int operation : {FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT_BITSET, FUTEX_WAKE_BITSET})
    rules.allow_if(SCMP_SYS(futex), {equals_in(1, static_cast<uint64_t>(FUTEX_CMD_MASK), static_cast<uint64_t>(operation))});
  // abort() must end the process as SIGABRT: the cause that people read.
  rules.allow_if(SCMP_SYS(tgkill), {equals(0, static_cast<uint64_t>(getpid())), equals(2, SIGABRT)});
  // The handler of SIGSYS makes a forbidden call the end of the process: it stays.
  rules.allow_if(SCMP_SYS(rt_sigaction), {differs(0, SIGSYS)});
  rules.refuse_if(SCMP_SYS(rt_sigaction), EPERM, {equals(0, SIGSYS)});
  // printf asks this about its terminal.
  rules.refuse({SCMP_SYS(ioctl)}, ENOTTY);
}

void add_loading(Rules& rules) {
  rules.allow({SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(pread64), SCMP_SYS(close), SCMP_SYS(mmap), SCMP_SYS(mprotect)});
  // As the loader opens, and no other way: O_PATH passes landlock by.
  constexpr uint64_t loaders_flags = O_RDONLY | O_CLOEXEC;
  rules.allow_if(SCMP_SYS(openat), {equals(2, loaders_flags)});
  rules.refuse_if(SCMP_SYS(openat), EACCES, {differs(2, loaders_flags)});
  rules.refuse({SCMP_SYS(open), SCMP_SYS(getcwd), SCMP_SYS(readlink), SCMP_SYS(lseek)}, EACCES);
  // The filter of running is loaded under this one. A filter with a listener would hand out a descriptor.
  rules.allow_if(SCMP_SYS(seccomp), {equals(0, SECCOMP_SET_MODE_FILTER), equals(1, 0)});
}

void add_running(Rules& rules) {
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) rules.allow_if(call, {equals_in(2, PROT_EXEC, 0)});
  rules.refuse({SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek)}, ENOSYS);
}

}  // namespace

Status load_call_filter(CallFilter filter) {
  Rules rules;
  add_common(rules);
  if (filter == CallFilter::loading)
    add_loading(rules);
  else
    add_running(rules);
  return rules.load();
}

}  // namespace stratdock
