/* What the test plugins share: the tables around one strategy. Each file defines ID and the two functions it names here.
 * Plain C11 on the ABI alone, so that these tests do not depend on the SDK. */
#ifndef TEST_PLUGIN_H
#define TEST_PLUGIN_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stratdock/strategy_abi.h>

#ifndef ID
#define ID "test.steady"
#endif
#ifndef ALIAS
#define ALIAS "steady"
#endif
#ifndef VERSION
#define VERSION "1.0.0"
#endif

#ifndef BUILD_NOTE
#define BUILD_NOTE "test"
#endif

static inline void put_text(dock_buffer *buffer, const char *text) {
  const uint64_t length = strlen(text);
  buffer->length = length;
  memcpy(buffer->data, text, length < buffer->capacity ? length : buffer->capacity);
}

#define INTEGER_PARAM(symbol, param_key, value, low, high)                                                             \
  static const dock_param symbol = {.struct_size = PARAM_SIZE, .type = PARAM_TYPE, .key = param_key,    \
                                    .name = param_key, .doc = "a test's parameter", .unit = "",                        \
                                    .default_value = {.type = PARAM_TYPE, .i64 = value}, .min = low, .max = high}

#define LIBRARY(param_list, count, create_function, destroy_function, requirements_function, analyze_function)         \
  static const char *const aliases[] = {ALIAS};                                                                        \
  static const dock_strategy strategy = {.struct_size = sizeof(dock_strategy), .id = ID, .aliases = aliases,           \
                                         .alias_count = 1, .param_count = count, .name = "A test", .version = VERSION, \
                                         .vendor = "tests", .doc = "For tests.", .params = param_list,                 \
                                         .create = create_function, .destroy = destroy_function,                       \
                                         .requirements = requirements_function, .analyze = analyze_function};          \
  static const dock_strategy *const strategies[] = {&strategy};                                                        \
  static const dock_library library = {.struct_size = sizeof(dock_library), .abi_major = ABI_MAJOR,                    \
                                       .min_host_minor = MIN_HOST_MINOR, .strategy_count = 1,                          \
                                       .strategies = strategies, .build_info = BUILD_NOTE};                                \
  DOCK_EXPORT const dock_library *stratdock_entry_v1(void) { return &library; }

#ifndef PARAM_TYPE
#define PARAM_TYPE DOCK_TYPE_INTEGER
#endif
#ifndef PARAM_SIZE
#define PARAM_SIZE sizeof(dock_param)
#endif
#ifndef ABI_MAJOR
#define ABI_MAJOR DOCK_ABI_MAJOR
#endif
#ifndef MIN_HOST_MINOR
#define MIN_HOST_MINOR 0
#endif

#endif
