/* A hostile plugin for each way out: the tests write the way's name into a copy of this library, so that each is a file of
 * its own. The first letter of `selected` says when: C in the constructor, A in analyze, D when it is destroyed, L in
 * analyze too, after the constructor has tried to keep the narrower filter of system calls from coming. */
#define _GNU_SOURCE
#include "test_plugin.h"

#include "ways_out.h"

enum { mark_size = 15 };
/* Replaced in the file, so nothing may be concluded from these contents. */
char selected[128] = "STRATDOCK-WAY->A:attack.none";
char place[512] = "STRATDOCK-PLACE>/etc/hostname";
static char outcome[256];

struct dock_instance {
  int unused;
};

static const char *attack(void) {
  const volatile char *name = selected + mark_size + sizeof "A:attack." - 1;
  const struct way *way = find_way((const char *)name);
  way_place = place + mark_size + 1;
  errno = 0;
  if (!way) snprintf(outcome, sizeof outcome, "there is no way %s", (const char *)name);
  else if (way->go()) snprintf(outcome, sizeof outcome, "OUT");
  else snprintf(outcome, sizeof outcome, "refused: %s", strerror(errno));
  return outcome;
}

static char when(void) { return *(volatile char *)(selected + mark_size); }

__attribute__((constructor)) static void construct(void) {
  if (when() == 'C') attack();
  if (when() == 'L') way_lying_filter();
}

static int32_t create(const dock_host *host, const dock_config *config, dock_instance **out, dock_buffer *error) {
  (void)host, (void)config, (void)error;
  *out = calloc(1, sizeof(struct dock_instance));
  return DOCK_OK;
}
static void destroy(dock_instance *instance) {
  if (when() == 'D') attack();
  free(instance);
}
static int32_t requirements(dock_instance *instance, dock_requirements *out, dock_buffer *error) {
  (void)instance, (void)error;
  out->window = 1;
  return DOCK_OK;
}
static int32_t analyze(dock_instance *instance, const dock_input *input, dock_decision *decision, dock_buffer *error) {
  (void)instance, (void)input, (void)error;
  if (when() == 'A' || when() == 'L') put_text(&decision->reasoning, attack());
  return DOCK_OK;
}

static const dock_strategy strategy = {.struct_size = sizeof(dock_strategy), .id = selected + mark_size + 2, .name = "An attack", .version = "1.0.0",
                                       .vendor = "tests", .doc = "For tests.", .create = create, .destroy = destroy,
                                       .requirements = requirements, .analyze = analyze};
static const dock_strategy *const strategies[] = {&strategy};
static const dock_library library = {.struct_size = sizeof(dock_library), .abi_major = DOCK_ABI_MAJOR, .strategy_count = 1,
                                     .strategies = strategies, .build_info = outcome};
DOCK_EXPORT const dock_library *stratdock_entry_v1(void) { return &library; }
