/* Ways out of a worker: each tries one thing. The same code runs in a plugin (attack.c) and outside of any sandbox as the
 * control that shows it works (tests/integration/plugin/attack_table.cpp). ATTACKS.md has the results. */
#ifndef WAYS_OUT_H
#define WAYS_OUT_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum way_kind {
  way_returns, /* 1 where it worked */
  way_dies,    /* takes its process down: that is the harm */
  way_endless, /* never comes back */
  way_speaks   /* says something terrible over the engine's socket: the host has to live with it */
};

/* A file of the engine's that is nobody's business. */
static const char *way_place = "/etc/hostname";

static volatile int way_sink;
static int way_worked(long result) { return result >= 0; }
static int way_open(const char *path, int flags) { return way_worked(openat(AT_FDCWD, path, flags | O_CLOEXEC, 0600)); }
static int way_open_of_parent(const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", getppid(), name);
  return way_open(path, O_RDONLY);
}
static void *way_idle(void *argument) { return argument; }
static long way_thread(void) {
  pthread_t thread;
  return pthread_create(&thread, NULL, way_idle, NULL) == 0 && pthread_join(thread, NULL) == 0 ? 0 : -1;
}
static long way_fork(void) {
  const long child = syscall(SYS_fork);
  if (child == 0) _exit(0);
  return child;
}
static void way_ignore(int number) { (void)number; }
static void way_never(void) {
  for (;;) way_sink = 0;
}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winfinite-recursion"
static int way_deepen(volatile char *above) {
  volatile char frame[4096];
  frame[0] = above ? above[0] : 0;
  return way_deepen(frame) + frame[0];
}
#pragma GCC diagnostic pop
static void way_exit_later(void) { _exit(7); }

/* What a full part of a message looks like that goes on in the next one; see host/plugin/protocol.hpp. */
static long way_half_message(void) {
  static char part[60004] = {2, 13, 1, 0};
  return write(3, part, sizeof part);
}
static long way_send_descriptor(void) {
  char control[CMSG_SPACE(sizeof(int))] = {0}, byte = 0;
  struct iovec piece = {&byte, 1};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memset(CMSG_DATA(header), 0, sizeof(int));
  return sendmsg(3, &message, MSG_NOSIGNAL);
}
static long way_abstract_socket(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0way-out"};
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  return fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof address);
}
static long way_transfer(int write_it) {
  static char target;
  char byte = 0;
  struct iovec here = {&byte, 1}, there = {&target, 1};
  return syscall(write_it ? SYS_process_vm_writev : SYS_process_vm_readv, getppid(), &here, 1L, &there, 1L, 0L) == 1 ? 0 : -1;
}
static long way_32_bit(void) {
#if defined(__x86_64__)
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "r8", "r9", "r10", "r11", "memory"); /* getpid */
  return result > 0 ? 0 : -1;
#else
  return -1;
#endif
}
/* A filter that pretends to the next seccomp call that it worked. */
static inline long way_lying_filter(void) {
  struct sock_filter steps[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
                                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {sizeof steps / sizeof steps[0], steps};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
static long way_listening_filter(void) {
  struct sock_filter steps[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {1, steps};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}
static int way_inherited_descriptor(void) {
  char byte;
  for (int fd = 4; fd < 64; ++fd)
    if (read(fd, &byte, 0) == 0) return 1;
  return 0;
}
static long way_take_memory(void) {
  char *block = malloc(1 << 20);
  if (block) *(volatile char *)block = 1;
  return block ? 0 : -1;
}
static int way_all(long (*once)(void), int times) {
  for (int i = 0; i < times; ++i)
    if (once() < 0) return 0;
  return 1;
}

/* Makes one and removes it again. */
static int way_system_v(long make, long control) {
  const int flags = IPC_CREAT | 0600;
  const long id = make == SYS_msgget ? syscall(make, IPC_PRIVATE, flags) : syscall(make, IPC_PRIVATE, 1L, flags);
  if (id < 0) return 0;
  if (control == SYS_semctl) syscall(control, id, 0L, IPC_RMID, 0L);
  else syscall(control, id, IPC_RMID, NULL);
  return 1;
}

/* WAY(name, kind, what it tries, expression: whether it worked) */
#define WAYS(WAY) \
  WAY(read_passwd, way_returns, "open /etc/passwd for reading", way_open("/etc/passwd", O_RDONLY)) \
  WAY(read_engine_file, way_returns, "read a private file of the engine", way_open(way_place, O_RDONLY)) \
  WAY(read_library_folder, way_returns, "read a file in a library folder", way_open("/usr/lib/os-release", O_RDONLY)) \
  WAY(read_own_environment, way_returns, "open /proc/self/environ", way_open("/proc/self/environ", O_RDONLY)) \
  WAY(read_parent_environment, way_returns, "open the parent's /proc/PID/environ", way_open_of_parent("environ")) \
  WAY(read_parent_memory, way_returns, "open the parent's /proc/PID/mem", way_open_of_parent("mem")) \
  WAY(read_own_maps, way_returns, "open /proc/self/maps", way_open("/proc/self/maps", O_RDONLY)) \
  WAY(list_root, way_returns, "open the root folder to list it", way_open("/", O_RDONLY | O_DIRECTORY)) \
  WAY(path_descriptor, way_returns, "open /etc by O_PATH, which landlock does not see", way_open("/etc", O_PATH)) \
  WAY(stat_passwd, way_returns, "ask size and times of /etc/passwd", way_worked(syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &(struct stat){0}, 0))) \
  WAY(access_passwd, way_returns, "ask whether /etc/passwd may be read", way_worked(access("/etc/passwd", R_OK))) \
  WAY(read_program_link, way_returns, "read where /proc/self/exe leads", way_worked(readlink("/proc/self/exe", (char[64]){0}, 63))) \
  WAY(current_folder, way_returns, "ask the current folder", getcwd((char[4096]){0}, 4096) != NULL) \
  WAY(make_file, way_returns, "make a file in /tmp", way_open("/tmp/way-out", O_WRONLY | O_CREAT) && unlink("/tmp/way-out") == 0) \
  WAY(make_folder, way_returns, "make a folder in /tmp", way_worked(mkdir("/tmp/way-out.d", 0700)) && rmdir("/tmp/way-out.d") == 0) \
  WAY(make_link, way_returns, "make a symbolic link in /tmp", way_worked(symlink("/", "/tmp/way-out.l")) && unlink("/tmp/way-out.l") == 0) \
  WAY(make_pipe, way_returns, "make a named pipe in /tmp", way_worked(mkfifo("/tmp/way-out.p", 0600)) && unlink("/tmp/way-out.p") == 0) \
  WAY(change_mode, way_returns, "change the mode of an engine's file", way_worked(chmod(way_place, 0500))) \
  WAY(change_times, way_returns, "change the times of an engine's file", way_worked(utimes(way_place, NULL))) \
  WAY(change_folder, way_returns, "change the current folder", way_worked(chdir("/tmp"))) \
  WAY(shared_memory_file, way_returns, "make a file in /dev/shm", way_open("/dev/shm/way-out", O_RDWR | O_CREAT) && unlink("/dev/shm/way-out") == 0) \
  WAY(memory_file, way_returns, "memfd_create", way_worked(syscall(SYS_memfd_create, "way-out", 0))) \
  WAY(internet_socket, way_returns, "an internet socket", way_worked(socket(AF_INET, SOCK_STREAM, 0))) \
  WAY(internet_datagrams, way_returns, "an internet socket for datagrams, version 6", way_worked(socket(AF_INET6, SOCK_DGRAM, 0))) \
  WAY(netlink_socket, way_returns, "a socket to the kernel's routing", way_worked(socket(AF_NETLINK, SOCK_RAW, 0))) \
  WAY(abstract_socket, way_returns, "a socket with an abstract name", way_worked(way_abstract_socket())) \
  WAY(socket_pair, way_returns, "a pair of sockets", way_worked(socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0}))) \
  WAY(pipe_pair, way_returns, "a pipe", way_worked(pipe((int[2]){0}))) \
  WAY(duplicate_descriptor, way_returns, "duplicate the engine's socket", way_worked(dup(3))) \
  WAY(replace_descriptor, way_returns, "put another file in a descriptor's place", (close(0), way_open("/etc/passwd", O_RDONLY))) \
  WAY(inherited_descriptor, way_returns, "read from a descriptor that the engine left open", way_inherited_descriptor()) \
  WAY(terminal_input, way_returns, "ask a descriptor's terminal or length", way_worked(syscall(SYS_fcntl, 0, F_GETFL))) \
  WAY(run_program, way_returns, "become another program", way_worked(execl("/bin/false", "false", (char *)0))) \
  WAY(fork_once, way_returns, "fork", way_worked(way_fork())) \
  WAY(fork_bomb, way_returns, "fork fifty times", way_all(way_fork, 50)) \
  WAY(clone_3, way_returns, "clone3", syscall(SYS_clone3, NULL, 0) < 0 && errno == EINVAL) \
  WAY(start_thread, way_returns, "start a thread", way_worked(way_thread())) \
  WAY(thousands_of_threads, way_returns, "start two thousand threads", way_all(way_thread, 2000)) \
  WAY(user_namespace, way_returns, "be root in a user namespace", way_worked(unshare(CLONE_NEWUSER))) \
  WAY(trace_parent, way_returns, "attach to the parent as a debugger", way_worked(ptrace(PTRACE_SEIZE, getppid(), 0, 0))) \
  WAY(be_traced, way_returns, "have the parent attach", way_worked(ptrace(PTRACE_TRACEME, 0, 0, 0))) \
  WAY(read_parent, way_returns, "process_vm_readv of the parent", way_worked(way_transfer(0))) \
  WAY(write_parent, way_returns, "process_vm_writev to the parent", way_worked(way_transfer(1))) \
  WAY(signal_parent, way_returns, "signal the parent", way_worked(kill(getppid(), SIGWINCH))) \
  WAY(signal_group, way_returns, "signal the group of processes", way_worked(kill(0, 0))) \
  WAY(queue_signal, way_returns, "queue a signal with a value", way_worked(sigqueue(getpid(), SIGWINCH, (union sigval){0}))) \
  WAY(thread_signal, way_returns, "signal a thread otherwise than by abort", way_worked(syscall(SYS_tgkill, getpid(), getpid(), SIGWINCH))) \
  WAY(process_descriptor, way_returns, "a descriptor of the parent", way_worked(syscall(SYS_pidfd_open, getppid(), 0))) \
  WAY(parents_descriptor, way_returns, "take a descriptor out of the parent", way_worked(syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, getppid(), 0), 0, 0))) \
  WAY(parents_priority, way_returns, "slow the parent down", way_worked(setpriority(PRIO_PROCESS, (id_t)getppid(), 19))) \
  WAY(parents_limits, way_returns, "read the parent's limits", way_worked(prlimit(getppid(), RLIMIT_NOFILE, NULL, &(struct rlimit){0, 0}))) \
  WAY(own_limits, way_returns, "set its own limits", way_worked(setrlimit(RLIMIT_CPU, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}))) \
  WAY(scheduler, way_returns, "change its own scheduling", way_worked(sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0}))) \
  WAY(affinity, way_returns, "choose its processors", way_worked(sched_setaffinity(0, sizeof(long), (cpu_set_t *)(long[16]){1}))) \
  WAY(new_session, way_returns, "leave the session", way_worked(setsid())) \
  WAY(outlive_parent, way_returns, "switch off the parent-death signal", way_worked(prctl(PR_SET_PDEATHSIG, 0))) \
  WAY(be_dumpable, way_returns, "open its memory to others", way_worked(prctl(PR_SET_DUMPABLE, 1))) \
  WAY(rename_process, way_returns, "take another name", way_worked(prctl(PR_SET_NAME, "kworker/0:1"))) \
  WAY(personality_of_old, way_returns, "make all memory executable", way_worked(personality(READ_IMPLIES_EXEC))) \
  WAY(call_of_32_bit, way_returns, "a system call by its 32-bit number", way_worked(way_32_bit())) \
  WAY(io_uring, way_returns, "io_uring_setup, system calls behind the filter's back", syscall(SYS_io_uring_setup, 0, NULL) < 0 && (errno == EFAULT || errno == EINVAL)) \
  WAY(kernel_key, way_returns, "keep a key in the kernel", way_worked(syscall(SYS_add_key, "user", "way-out", "x", 1L, -1L))) \
  WAY(listening_filter, way_returns, "a filter that hands out a descriptor", way_worked(way_listening_filter())) \
  WAY(watch_files, way_returns, "inotify", way_worked(inotify_init1(0))) \
  WAY(wait_for_events, way_returns, "epoll", way_worked(epoll_create1(0))) \
  WAY(timer, way_returns, "a timer that signals", way_worked(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {1000, 0}}, NULL))) \
  WAY(sleep_a_little, way_returns, "sleep", way_worked(nanosleep(&(struct timespec){0, 1000}, NULL))) \
  WAY(host_name, way_returns, "ask the machine's name", way_worked(uname(&(struct utsname){0}))) \
  WAY(user_number, way_returns, "ask who runs it", way_worked(syscall(SYS_getuid))) \
  WAY(system_v_memory, way_returns, "shared memory of System V", way_system_v(SYS_shmget, SYS_shmctl)) \
  WAY(system_v_queue, way_returns, "a message queue of System V", way_system_v(SYS_msgget, SYS_msgctl)) \
  WAY(system_v_semaphore, way_returns, "a semaphore of System V", way_system_v(SYS_semget, SYS_semctl)) \
  WAY(posix_queue, way_returns, "a message queue of POSIX", way_worked(mq_open("/way-out", O_RDWR | O_CREAT, 0600, NULL)) && mq_unlink("/way-out") == 0) \
  WAY(canary_in_environment, way_returns, "find the engine's secret in the environment", getenv("STRATDOCK_CANARY") != NULL) \
  WAY(catch_forbidden_calls, way_returns, "catch SIGSYS and go on", way_worked(sigaction(SIGSYS, &(struct sigaction){.sa_handler = way_ignore}, NULL))) \
  WAY(take_memory, way_returns, "take 400 MiB where 256 are allowed", way_all(way_take_memory, 400)) \
  WAY(map_code, way_returns, "map memory that can be written and run", mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) \
  WAY(turn_into_code, way_returns, "make written memory run", way_worked(mprotect(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096, PROT_READ | PROT_EXEC))) \
  WAY(null_pointer, way_dies, "write to address 0", (*(volatile int *)(intptr_t)way_sink = 1)) \
  WAY(overflow_stack, way_dies, "recurse without end", way_deepen(NULL)) \
  WAY(divide_by_zero, way_dies, "divide by zero", 100 / way_sink) \
  WAY(abort_process, way_dies, "abort", (abort(), 0)) \
  WAY(exit_process, way_dies, "exit", (exit(7), 0)) \
  WAY(exit_in_handler, way_dies, "end the process in a handler of exit", (atexit(way_exit_later), exit(0), 0)) \
  WAY(trap_instruction, way_dies, "an instruction that does not exist", (__builtin_trap(), 0)) \
  WAY(endless_loop, way_endless, "loop without end", (way_never(), 0)) \
  WAY(swallow_crash, way_endless, "catch its own crash and crash again, without end", (signal(SIGSEGV, way_ignore), *(volatile int *)(intptr_t)way_sink = 1)) \
  WAY(half_message, way_endless, "begin a message to the engine and never end it", (way_half_message(), way_never(), 0)) \
  WAY(endless_message, way_speaks, "a message to the engine without end", way_all(way_half_message, 2000)) \
  WAY(send_descriptor, way_speaks, "send the engine a descriptor", way_worked(way_send_descriptor())) \
  WAY(corrupt_answer, way_speaks, "send the engine noise", way_worked(write(3, "noise", 5))) \
  WAY(empty_answer, way_speaks, "send the engine an empty packet", way_worked(sendto(3, "", 0, MSG_NOSIGNAL, NULL, 0)))

#define DEFINE_WAY(name, kind, tries, worked) \
  static int try_##name(void) { return (worked); }
WAYS(DEFINE_WAY)

struct way {
  const char *name, *tries;
  enum way_kind kind;
  int (*go)(void);
};
#define LIST_WAY(name, kind, tries, worked) {#name, tries, kind, try_##name},
static const struct way ways[] = {WAYS(LIST_WAY)};
enum { way_count = sizeof ways / sizeof ways[0] };

static inline const struct way *find_way(const char *name) {
  for (int i = 0; i < way_count; ++i)
    if (strcmp(ways[i].name, name) == 0) return &ways[i];
  return NULL;
}

#endif
