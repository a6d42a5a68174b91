/* The ways out, outside of any sandbox: each has to work, or its row in the table proves nothing. */
#define _GNU_SOURCE
#include "tests/integration/plugin/attack_controls.h"

#include <poll.h>
#include <sys/wait.h>

#include "tests/plugins_hostile/ways_out.h"

enum { patience_ms = 400, kept_descriptor = 7 };

int control_count(void) { return way_count; }
const char *control_name(int index) { return ways[index].name; }
const char *control_tries(int index) { return ways[index].tries; }
int control_is_endless(int index) { return ways[index].kind == way_endless; }
int control_is_spoken(int index) { return ways[index].kind == way_speaks; }

static long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void run_way(const struct way *way, int socket_fd) {
  dup2(socket_fd, 3);
  const int nowhere = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) dup2(nowhere, fd);
  dup2(nowhere, kept_descriptor);
  setenv("STRATDOCK_CANARY", "found", 1);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  _exit(way->go() ? 1 : 0);
}

/* The process that stands for the engine: reads what comes over the socket, and looks how the way's process ends. */
static int watch_way(const struct way *way) {
  int pair[2], status = 0;
  static char part[70000];
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  setpgid(0, 0);
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) run_way(way, pair[1]);
  close(pair[1]);
  const long long end_ms = now_ms() + (way->kind == way_endless ? patience_ms : 20000);
  for (;;) {
    struct pollfd said = {pair[0], POLLIN, 0};
    poll(&said, 1, 5);
    while (recv(pair[0], part, sizeof part, MSG_DONTWAIT) > 0) continue;
    if (waitpid(child, &status, WNOHANG) == child) break;
    if (now_ms() < end_ms) continue;
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return way->kind == way_endless;
  }
  if (way->kind == way_dies) return !WIFEXITED(status) || WEXITSTATUS(status) > 1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

int control_works(int index, const char *engine_file) {
  int status = 0;
  const pid_t victim = fork();
  if (victim == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    way_place = engine_file;
    _exit(watch_way(&ways[index]));
  }
  return waitpid(victim, &status, 0) == victim && WIFEXITED(status) && WEXITSTATUS(status) == 1;
}
