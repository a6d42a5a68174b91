/*
 * The extensions of the strategy ABI, found by id through get_extension; included by strategy_abi.h, whose rules on
 * structs, threads, ownership and text hold here too. An id keeps its name for ever; a changed meaning gets "/2".
 *
 *   stratdock.log/1      the host's:      lines for the bot's log
 *   stratdock.explain/1  the strategy's:  indicator series, levels and panes for the chart
 *   stratdock.params/1   the strategy's:  change live parameters of a running instance
 */
#ifndef STRATDOCK_STRATEGY_EXTENSIONS_H
#define STRATDOCK_STRATEGY_EXTENSIONS_H

#include "strategy_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DOCK_EXTENSION_LOG "stratdock.log/1"
#define DOCK_EXTENSION_EXPLAIN "stratdock.explain/1"
#define DOCK_EXTENSION_PARAMS "stratdock.params/1"

#define DOCK_LOG_DEBUG 0
#define DOCK_LOG_INFO 1
#define DOCK_LOG_WARNING 2
#define DOCK_LOG_ERROR 3

/* GROWABLE, static, host's. Lines beyond the host's limits are dropped and counted. */
typedef struct dock_log {
  uint32_t struct_size;
  uint32_t reserved;
  /* [any] One line; `host` is the one given to create and names the bot. */
  void (*write)(const dock_host *host, int32_t level, const char *text) DOCK_NOEXCEPT;
} dock_log;
DOCK_ASSERT_SIZE(dock_log, 16);
DOCK_ASSERT_AT(dock_log, write, 8);

#define DOCK_STYLE_LINE 0u
#define DOCK_STYLE_HISTOGRAM 1u
#define DOCK_STYLE_DASHED 2u

/* GROWABLE, the instance's until destroy. A chart area; the pane "price" is the candles' own and need not be listed. */
typedef struct dock_pane {
  uint32_t struct_size;
  uint32_t reserved;
  const char *key;
  const char *name;
  double min; /* fixed axis; min == max == 0: fitted to the data */
  double max;
} dock_pane;
DOCK_ASSERT_SIZE(dock_pane, 40);
DOCK_ASSERT_AT(dock_pane, key, 8);
DOCK_ASSERT_AT(dock_pane, name, 16);
DOCK_ASSERT_AT(dock_pane, min, 24);
DOCK_ASSERT_AT(dock_pane, max, 32);

/* GROWABLE, the instance's until destroy. One line of a pane, a value per candle. */
typedef struct dock_series {
  uint32_t struct_size;
  uint32_t style;   /* DOCK_STYLE_* */
  const char *key;  /* "ema21", unique in the instance */
  const char *name; /* "EMA 21" */
  const char *unit; /* or "" */
  const char *pane; /* key of a pane, or "price" */
} dock_series;
DOCK_ASSERT_SIZE(dock_series, 40);
DOCK_ASSERT_AT(dock_series, style, 4);
DOCK_ASSERT_AT(dock_series, key, 8);
DOCK_ASSERT_AT(dock_series, name, 16);
DOCK_ASSERT_AT(dock_series, unit, 24);
DOCK_ASSERT_AT(dock_series, pane, 32);

/* GROWABLE, the instance's until destroy. A horizontal line of a pane, such as RSI 30. */
typedef struct dock_level {
  uint32_t struct_size;
  uint32_t style; /* DOCK_STYLE_LINE or DOCK_STYLE_DASHED */
  const char *pane;
  const char *name;
  double value;
} dock_level;
DOCK_ASSERT_SIZE(dock_level, 32);
DOCK_ASSERT_AT(dock_level, style, 4);
DOCK_ASSERT_AT(dock_level, pane, 8);
DOCK_ASSERT_AT(dock_level, name, 16);
DOCK_ASSERT_AT(dock_level, value, 24);

/* GROWABLE, allocated by the host, filled by the plugin; what it points to is the instance's until destroy. */
typedef struct dock_chart {
  uint32_t struct_size;
  uint32_t pane_count;
  uint32_t series_count;
  uint32_t level_count;
  const dock_pane *const *panes;    /* or NULL: none */
  const dock_series *const *series; /* or NULL: none */
  const dock_level *const *levels;  /* or NULL: none */
} dock_chart;
DOCK_ASSERT_SIZE(dock_chart, 40);
DOCK_ASSERT_AT(dock_chart, pane_count, 4);
DOCK_ASSERT_AT(dock_chart, series_count, 8);
DOCK_ASSERT_AT(dock_chart, level_count, 12);
DOCK_ASSERT_AT(dock_chart, panes, 16);
DOCK_ASSERT_AT(dock_chart, series, 24);
DOCK_ASSERT_AT(dock_chart, levels, 32);

/* GROWABLE, static, the strategy's. */
typedef struct dock_explain {
  uint32_t struct_size;
  uint32_t reserved;
  /* [instance] What there is to draw; the same at every call. */
  int32_t (*describe)(dock_instance *instance, dock_chart *out, dock_buffer *error) DOCK_NOEXCEPT;
  /* [instance] The value of every series at the last candle fed, in the order of describe; NaN: none yet. `count` is
   * the number of values there is room for, at least the chart's series_count. */
  int32_t (*values)(dock_instance *instance, double *values, uint32_t count, dock_buffer *error) DOCK_NOEXCEPT;
} dock_explain;
DOCK_ASSERT_SIZE(dock_explain, 24);
DOCK_ASSERT_AT(dock_explain, describe, 8);
DOCK_ASSERT_AT(dock_explain, values, 16);

/* GROWABLE, static, the strategy's. */
typedef struct dock_live_params {
  uint32_t struct_size;
  uint32_t reserved;
  /* [instance] Every value in schema order; only those flagged DOCK_PARAM_LIVE may differ from the ones in force. On
   * failure the old values stay in force. */
  int32_t (*change)(dock_instance *instance, const dock_config *config, dock_buffer *error) DOCK_NOEXCEPT;
} dock_live_params;
DOCK_ASSERT_SIZE(dock_live_params, 16);
DOCK_ASSERT_AT(dock_live_params, change, 8);

#ifdef __cplusplus
}
#endif

#endif
