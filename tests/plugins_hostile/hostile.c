/* A strategy that does something terrible when the candle that opens at `at_ms` is the last one. */
#define _GNU_SOURCE
#include "test_plugin.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum behaviour {
  holds, segfaults, loops, aborts, allocates, answers_nan, exits, opens_file, opens_socket, sleeps, overflows_stack, forks, kills_parent,
  answers_bad_action, reports_error, answers_endless_text, writes_to_host, starts_thread, maps_code, traces_parent, divides, closes_socket,
  crashes_on_destroy, crashes_on_create, waits_for_ever
};

struct dock_instance {
  int64_t behaviour, at_ms;
};

INTEGER_PARAM(behaviour_param, "behaviour", 0, 0, 100);
INTEGER_PARAM(at_param, "at_ms", 0, 0, 0);
static const dock_param *const params[] = {&at_param, &behaviour_param};

static volatile int sink;
static void crash(void) { *(volatile int *)(intptr_t)sink = 1; }

static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) {
  (void)host, (void)error;
  if (config->values[1].i64 == crashes_on_create) crash();
  *out = calloc(1, sizeof(struct dock_instance));
  (*out)->at_ms = config->values[0].i64;
  (*out)->behaviour = config->values[1].i64;
  return DOCK_OK;
}

static void destroy(dock_instance *instance) {
  if (instance->behaviour == crashes_on_destroy) crash();
  free(instance);
}

static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) {
  (void)instance, (void)error;
  out->window = 1;
  return DOCK_OK;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winfinite-recursion"
static int deepen(volatile char *above) {
  volatile char frame[4096];
  frame[0] = above ? above[0] : 0;
  return deepen(frame) + frame[0];
}
#pragma GCC diagnostic pop

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *idle(void *argument) { return argument; }

static int32_t misbehave(dock_instance *instance, dock_decision *decision, dock_buffer *error) {
  pthread_t thread;
#ifdef REPAIRED
  instance->behaviour = holds;
#endif
  switch ((enum behaviour)instance->behaviour) {
    case segfaults: crash(); break;
    case loops: for (;;) sink = 0;
    case aborts: abort();
    case allocates:
      while (malloc(1 << 20)) continue;
      put_text(error, "no memory is left");
      return DOCK_OUT_OF_MEMORY;
    case answers_nan: decision->confidence = NAN; break;
    case exits: exit(3);
    case opens_file: sink = open("/etc/passwd", O_RDONLY); break;
    case opens_socket: sink = socket(AF_INET, SOCK_STREAM, 0); break;
    case sleeps: usleep(10000000); break;
    case overflows_stack: sink = deepen(NULL); break;
    case forks: sink = fork(); break;
    case kills_parent: sink = kill(getppid(), SIGKILL); break;
    case answers_bad_action: decision->action = 7; break;
    case reports_error: put_text(error, "out of ideas"); return DOCK_FAILED;
    case answers_endless_text: decision->reasoning.length = UINT64_MAX; break;
    case writes_to_host: decision->reasoning.data = (char *)1; decision->reasoning.capacity = 100; decision->reasoning.length = 100; break;
    case starts_thread: sink = pthread_create(&thread, NULL, idle, NULL); break;
    case maps_code: sink = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED; break;
    case traces_parent: sink = (int)ptrace(PTRACE_ATTACH, getppid(), 0, 0); break;
    case divides: sink = 100 / sink; break;
    case closes_socket: sink = close(3); break;
    case waits_for_ever: pthread_mutex_lock(&lock), pthread_mutex_lock(&lock); break;
    default: break;
  }
  return DOCK_OK;
}

static int32_t analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  const dock_candles *candles = input->candles;
  const int64_t last_ms = candles->open_time_ms[candles->count - 1];
  if (last_ms != instance->at_ms) return DOCK_OK;
  return misbehave(instance, decision, error);
}

LIBRARY(params, 2, create, destroy, requirements, analyze)
