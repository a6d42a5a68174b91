/* Libraries that are wrong before any strategy runs; one macro each. */
#include "test_plugin.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(MISSING_SYMBOL)
extern int nobody_has_this(void);
int uses_it(void);
int uses_it(void) { return nobody_has_this(); }
#endif

#if defined(CONSTRUCTOR)
static volatile int sink;
__attribute__((constructor)) static void attack(void) {
  (void)sink; /* one of them never reads it */
#if CONSTRUCTOR == 1
  *(volatile int *)(intptr_t)sink = 1;
#elif CONSTRUCTOR == 2
  for (;;) sink = 0;
#elif CONSTRUCTOR == 3
  sink = socket(AF_INET, SOCK_STREAM, 0);
#elif CONSTRUCTOR == 5
  /* Speaks for the worker, in its words (host/plugin/protocol.hpp: `loaded`), and never comes back. */
  static const char says[] = "{\"build_info\": \"\\u001b[31m\", \"strategies\": [{\"id\": \"test.impostor\", \"aliases\": [], \"name\": \"a\\u0007b\", "
                             "\"version\": \"1\", \"vendor\": \"\", \"doc\": \"\", \"parameters\": [], \"state_version\": 0}]}";
  const uint32_t size = sizeof says - 1, no_lines = 0;
  char message[512] = {2, 2, 0, 0, 1};
  memcpy(message + 5, &size, sizeof size);
  memcpy(message + 9, says, size);
  memcpy(message + 9 + size, &no_lines, sizeof no_lines);
  sink = (int)write(3, message, 9 + size + sizeof no_lines);
  for (;;) sink = 0;
#elif CONSTRUCTOR == 4
  /* Reading is refused rather than fatal here; going on after a success is what must not happen. */
  if (open("/etc/passwd", O_RDONLY) >= 0) _exit(42);
#endif
}
#endif

#if defined(NO_ENTRY)
int some_function(void);
DOCK_EXPORT int some_function(void) { return 1; }
#else
static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) {
  (void)host, (void)config, (void)out, (void)error;
#if defined(FEED_KIND)
  static int something;
  *out = (dock_instance *)&something;
  return DOCK_OK;
#else
  return DOCK_FAILED;
#endif
}
static void destroy(dock_instance *instance) { (void)instance; }
static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) {
  (void)instance, (void)out, (void)error;
#if defined(FEED_KIND)
  static const dock_feed feed = {.struct_size = sizeof(dock_feed), .kind = FEED_KIND, .required = 1};
  static const dock_feed *const feeds[] = {&feed};
  out->feed_count = 1;
  out->feeds = feeds;
#endif
  return DOCK_OK;
}
static int32_t analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  (void)instance, (void)input, (void)decision, (void)error;
  return DOCK_OK;
}
INTEGER_PARAM(number, "number", PARAM_DEFAULT, 0, 10);
static const dock_param *const params[] = {&number};
LIBRARY(params, 1, create, destroy, requirements, analyze)
#endif
