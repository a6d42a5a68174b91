/*
 * The strategy ABI, version 1.0. Frozen: a library built with it runs on every host of 1.x, for ever.
 *
 * Owns: every struct, constant and function type that crosses between the host and a strategy library. Plain C11,
 * also valid C++20. C++ authors need not read it: <stratdock/strategy.hpp> turns it into a class of forty lines.
 *
 * A library exports ONE symbol, `stratdock_entry_v1`. It returns static const data and does no work.
 *
 * Structs are of two kinds:
 *   GROWABLE  `struct_size` is the first field; passed by pointer, never an array element. Later minors append fields
 *             only, and an appended field that is all zero means "as before". Whoever allocates one zeroes it and sets
 *             struct_size to its own sizeof, which is never less than in 1.0; whoever reads or writes a field newer
 *             than 1.0 first asks DOCK_HAS. Never copy or assign one that the other side allocated as a whole: it may
 *             be shorter or longer than yours.
 *   FROZEN    no size, never changes, may be an array element or a field of another struct.
 * A field named `reserved` fills a gap: written as 0, never read, never given a meaning. Bits and constants that a later
 * minor adds are unknown to an older side: an unknown bit is ignored, any other unknown value is refused by name.
 *
 * Threads: every function is tagged.
 *   [any]       any thread, also at the same time as any other call.
 *   [instance]  never two calls at once on one instance; the OS thread may differ from call to call.
 *
 * Ownership: each side frees what it allocates and nothing changes hands. "static" below is text or data that lives as
 * long as the process. What the host passes into a call is valid until that call returns, unless said otherwise.
 *
 * Text is UTF-8. `const char *` is NUL-terminated; a dock_buffer is not. NULL is allowed only where marked "or NULL".
 * Times are milliseconds since 1970-01-01 UTC. Fractions are 0.05 for five percent. No exception, longjmp or signal
 * may leave a function; in C++ the function types are noexcept, so forgetting that does not compile.
 *
 * Invariant: a decision is a function of the parameters, the seed, the position and the feeds of that call, and every
 * candle since the first one fed, in however many calls those came: a call that only brings candles of the past says
 * nothing of the position then, and its advice is not used. A strategy reads no clock, file, socket or random source, and
 * starts no thread.
 */
#ifndef STRATDOCK_STRATEGY_ABI_H
#define STRATDOCK_STRATEGY_ABI_H

#include <stddef.h>
#include <stdint.h>

#if UINTPTR_MAX != UINT64_MAX
#error "the strategy ABI is defined for 64-bit pointers"
#endif

#ifdef __cplusplus
#define DOCK_NOEXCEPT noexcept
#define DOCK_STATIC_ASSERT(condition) static_assert(condition, #condition)
extern "C" {
#else
#define DOCK_NOEXCEPT
#define DOCK_STATIC_ASSERT(condition) _Static_assert(condition, #condition)
#endif

/* The one symbol that stays visible in a library built with hidden visibility. */
#define DOCK_EXPORT __attribute__((visibility("default")))

/* The layout is part of the contract: a build in which it differs does not compile. */
#define DOCK_ASSERT_SIZE(type, size) DOCK_STATIC_ASSERT(sizeof(type) == (size))
#define DOCK_ASSERT_AT(type, field, offset) DOCK_STATIC_ASSERT(offsetof(type, field) == (offset))

/* True when the GROWABLE struct behind p was allocated by a side that knows `field`. */
#define DOCK_HAS(p, field)                                                          \
  ((uint64_t)(p)->struct_size >= (uint64_t)((const char *)&(p)->field - (const char *)(p)) + sizeof((p)->field))

/* A host loads a library iff the majors are equal and the library's min_host_minor <= the host's minor. */
#define DOCK_ABI_MAJOR 1u
#define DOCK_ABI_MINOR 0u
#define DOCK_ENTRY_NAME "stratdock_entry_v1"

/* Status: 0 or negative, never positive; an unknown negative value means DOCK_FAILED. The text beside it goes into
 * `error`, which is never NULL. */
#define DOCK_OK 0
#define DOCK_FAILED (-1)
#define DOCK_BAD_PARAMETERS (-2) /* a combination is impossible (fast >= slow); the text names the keys */
#define DOCK_BAD_INPUT (-3)      /* candles or feeds break what this header promises */
#define DOCK_BAD_STATE (-4)      /* a snapshot that cannot be loaded: the host feeds everything again */
#define DOCK_OUT_OF_MEMORY (-5)
#define DOCK_UNSUPPORTED (-6)

/* What a decision may advise. Zero is HOLD, so that an untouched decision is one. */
#define DOCK_HOLD 0
#define DOCK_BUY 1
#define DOCK_SELL 2

/* Bits of dock_decision.set: which optional fraction carries a value. */
#define DOCK_SET_SIZE 1u
#define DOCK_SET_STOP_LOSS 2u
#define DOCK_SET_TAKE_PROFIT 4u

/* Types of a parameter and of a value, and the field of dock_value that carries it. */
#define DOCK_TYPE_INTEGER 1u /* i64 */
#define DOCK_TYPE_NUMBER 2u  /* f64, finite */
#define DOCK_TYPE_BOOLEAN 3u /* i64, 0 or 1 */
#define DOCK_TYPE_TEXT 4u    /* text */
#define DOCK_TYPE_CHOICE 5u  /* i64: index into choices; text: that choice */

/* Bits of dock_param.flags. */
#define DOCK_PARAM_LIVE 1u     /* may change while the instance runs, through stratdock.params/1 */
#define DOCK_PARAM_ADVANCED 2u /* folded away in forms */

/* Kinds of feed. A host that does not know the kind gives the feed as absent, or, where it is required, no instance. */
#define DOCK_FEED_CANDLES 1u    /* candles of another symbol or interval */
#define DOCK_FEED_NEWS 2u       /* recent articles on the symbol's ticker */
#define DOCK_FEED_ASSESSMENT 3u /* a language model's validated answer to the strategy's prompt over the news */

/* FROZEN. Host memory for run-time text. The writer copies at most `capacity` bytes and sets `length` to the full
 * length of the text, so that truncation shows. Capacity 0 means the host does not want the text: `data` may then be
 * NULL and `length` may stay 0, which saves the making of it. */
typedef struct dock_buffer {
  char *data;        /* or NULL when capacity is 0 */
  uint64_t capacity; /* bytes */
  uint64_t length;   /* bytes the text has; zeroed by the host before a call */
} dock_buffer;
DOCK_ASSERT_SIZE(dock_buffer, 24);
DOCK_ASSERT_AT(dock_buffer, capacity, 8);
DOCK_ASSERT_AT(dock_buffer, length, 16);

/* FROZEN. One value of a parameter; fields the type does not use are zero or NULL. */
typedef struct dock_value {
  uint32_t type; /* DOCK_TYPE_* */
  uint32_t reserved;
  int64_t i64;
  double f64;
  const char *text; /* or NULL */
} dock_value;
DOCK_ASSERT_SIZE(dock_value, 32);
DOCK_ASSERT_AT(dock_value, i64, 8);
DOCK_ASSERT_AT(dock_value, f64, 16);
DOCK_ASSERT_AT(dock_value, text, 24);

/* GROWABLE, static. One parameter of a strategy. The host checks type and range, refuses unknown keys, fills in
 * defaults and hands over every parameter once, in schema order. The schema also makes forms and documentation. */
typedef struct dock_param {
  uint32_t struct_size;
  uint32_t type;         /* DOCK_TYPE_* */
  uint32_t flags;        /* DOCK_PARAM_* */
  uint32_t choice_count; /* entries of choices; 0 unless the type is CHOICE */
  const char *key;       /* the YAML name, ^[a-z][a-z0-9_]*$, stable for ever */
  const char *name;      /* for people, a few words */
  const char *doc;       /* a sentence */
  const char *unit;      /* "%", "candles", "min" ... or "" */
  dock_value default_value;
  double min; /* inclusive; INTEGER and NUMBER only; an infinite bound is none; min == max == 0: no bounds */
  double max; /* inclusive */
  const char *const *choices; /* or NULL */
} dock_param;
DOCK_ASSERT_SIZE(dock_param, 104);
DOCK_ASSERT_AT(dock_param, type, 4);
DOCK_ASSERT_AT(dock_param, flags, 8);
DOCK_ASSERT_AT(dock_param, choice_count, 12);
DOCK_ASSERT_AT(dock_param, key, 16);
DOCK_ASSERT_AT(dock_param, name, 24);
DOCK_ASSERT_AT(dock_param, doc, 32);
DOCK_ASSERT_AT(dock_param, unit, 40);
DOCK_ASSERT_AT(dock_param, default_value, 48);
DOCK_ASSERT_AT(dock_param, min, 80);
DOCK_ASSERT_AT(dock_param, max, 88);
DOCK_ASSERT_AT(dock_param, choices, 96);

/* GROWABLE, host's. What an instance is made from. */
typedef struct dock_config {
  uint32_t struct_size;
  uint32_t value_count;     /* the strategy's param_count */
  const dock_value *values; /* or NULL: none. One per parameter, in schema order, already checked; copy what must outlive
                             * the call */
  uint64_t seed;            /* the only source of randomness allowed */
} dock_config;
DOCK_ASSERT_SIZE(dock_config, 24);
DOCK_ASSERT_AT(dock_config, value_count, 4);
DOCK_ASSERT_AT(dock_config, values, 8);
DOCK_ASSERT_AT(dock_config, seed, 16);

/* GROWABLE, host's. Closed candles as columns of `count` rows, oldest first, open times strictly ascending (gaps are
 * real). The columns point into the host's history: valid during the call, never copied. Every candle since the first
 * one fed comes as new exactly once; the oldest new row has in front of it what the requirements' `window` leaves room
 * for, never more, and less only where there are not so many. */
typedef struct dock_candles {
  uint32_t struct_size;
  uint32_t count;     /* 0: no candle yet; the columns may then be NULL */
  uint32_t new_count; /* the last new_count rows have not been fed before: all of them in the first call (unless a state
                       * was loaded); 0 when the host asks once more about the same candle */
  uint32_t reserved;
  int64_t interval_ms;
  const int64_t *open_time_ms;
  const double *open;
  const double *high;
  const double *low;
  const double *close;
  const double *volume;           /* base asset */
  const double *quote_volume;     /* quote asset, or NULL */
  const double *taker_buy_volume; /* base asset, or NULL */
  const double *trade_count;      /* or NULL */
} dock_candles;
DOCK_ASSERT_SIZE(dock_candles, 96);
DOCK_ASSERT_AT(dock_candles, count, 4);
DOCK_ASSERT_AT(dock_candles, new_count, 8);
DOCK_ASSERT_AT(dock_candles, interval_ms, 16);
DOCK_ASSERT_AT(dock_candles, open_time_ms, 24);
DOCK_ASSERT_AT(dock_candles, open, 32);
DOCK_ASSERT_AT(dock_candles, high, 40);
DOCK_ASSERT_AT(dock_candles, low, 48);
DOCK_ASSERT_AT(dock_candles, close, 56);
DOCK_ASSERT_AT(dock_candles, volume, 64);
DOCK_ASSERT_AT(dock_candles, quote_volume, 72);
DOCK_ASSERT_AT(dock_candles, taker_buy_volume, 80);
DOCK_ASSERT_AT(dock_candles, trade_count, 88);

/* GROWABLE, the instance's until destroy. A feed that an instance asks for. */
typedef struct dock_feed {
  uint32_t struct_size;
  uint32_t kind;         /* DOCK_FEED_* */
  uint32_t required;     /* 1: the bot cannot start without it. 0: the strategy copes with its absence */
  uint32_t min_rows;     /* rows wanted at least, once that many exist; CANDLES: so many stay in view with the new ones */
  uint32_t max_rows;     /* NEWS, ASSESSMENT: the newest rows given at most; 0 = no limit */
  uint32_t reserved;
  const char *symbol;    /* or NULL: the bot's own */
  int64_t interval_ms;   /* CANDLES: the interval, 0 = the bot's own */
  int64_t refresh_ms;    /* NEWS, ASSESSMENT: how often the host looks for something new; 0 = its default */
  const char *prompt;    /* ASSESSMENT: the host replaces {symbol}, {ticker} and {articles}; or NULL */
  const char *answer_schema; /* ASSESSMENT: JSON schema of the answer, an object; or NULL */
} dock_feed;
DOCK_ASSERT_SIZE(dock_feed, 64);
DOCK_ASSERT_AT(dock_feed, kind, 4);
DOCK_ASSERT_AT(dock_feed, required, 8);
DOCK_ASSERT_AT(dock_feed, min_rows, 12);
DOCK_ASSERT_AT(dock_feed, max_rows, 16);
DOCK_ASSERT_AT(dock_feed, symbol, 24);
DOCK_ASSERT_AT(dock_feed, interval_ms, 32);
DOCK_ASSERT_AT(dock_feed, refresh_ms, 40);
DOCK_ASSERT_AT(dock_feed, prompt, 48);
DOCK_ASSERT_AT(dock_feed, answer_schema, 56);

/* GROWABLE, allocated by the host, filled by the plugin; what it points to is the instance's until destroy. */
typedef struct dock_requirements {
  uint32_t struct_size;
  uint32_t warm_up_candles; /* below this many since the first one fed, the strategy only says HOLD */
  uint32_t window;          /* candles of history at the start, and rows shown at each call up to the oldest new one; the
                             * host takes warm_up_candles where that is more */
  uint32_t feed_count;
  const dock_feed *const *feeds; /* or NULL: none */
} dock_requirements;
DOCK_ASSERT_SIZE(dock_requirements, 24);
DOCK_ASSERT_AT(dock_requirements, warm_up_candles, 4);
DOCK_ASSERT_AT(dock_requirements, window, 8);
DOCK_ASSERT_AT(dock_requirements, feed_count, 12);
DOCK_ASSERT_AT(dock_requirements, feeds, 16);

/* GROWABLE, host's. What a feed holds at this decision: only rows with known_at_ms <= input.now_ms, oldest first.
 *   CANDLES     `candles` is set, row_count and new_count are its own; the other pointers are NULL. Closed candles, each
 *               new exactly once; the first call brings all from min_rows before the instance's own first candle on.
 *   NEWS        columns "published_at_ms" and "sentiment" (-1..1); text: title, source, body, each ended by '\n'.
 *   ASSESSMENT  one column per property of answer_schema of type number, integer, boolean (0/1) or enum (its index),
 *               in the order of the schema; text: the property "reasoning".
 * NaN marks a value that is not known. */
typedef struct dock_feed_data {
  uint32_t struct_size;
  uint32_t kind;      /* as asked */
  uint32_t available; /* 1: the feed works, even if it has no rows. 0: `fault` says why it is absent */
  uint32_t row_count;
  uint32_t new_count; /* rows at the end that were not in the previous call */
  uint32_t column_count;
  const char *const *column_names; /* or NULL: no columns */
  const double *const *columns; /* column_count pointers to row_count values each, or NULL: no columns */
  const char *const *text;      /* row_count texts, or NULL */
  const int64_t *known_at_ms;   /* row_count times: when the host first had the row; or NULL: no rows, or CANDLES */
  const dock_candles *candles;  /* or NULL */
  const char *fault;            /* or NULL: "no news key set", "the answer's signal is not in the schema" ... */
} dock_feed_data;
DOCK_ASSERT_SIZE(dock_feed_data, 72);
DOCK_ASSERT_AT(dock_feed_data, kind, 4);
DOCK_ASSERT_AT(dock_feed_data, available, 8);
DOCK_ASSERT_AT(dock_feed_data, row_count, 12);
DOCK_ASSERT_AT(dock_feed_data, new_count, 16);
DOCK_ASSERT_AT(dock_feed_data, column_count, 20);
DOCK_ASSERT_AT(dock_feed_data, column_names, 24);
DOCK_ASSERT_AT(dock_feed_data, columns, 32);
DOCK_ASSERT_AT(dock_feed_data, text, 40);
DOCK_ASSERT_AT(dock_feed_data, known_at_ms, 48);
DOCK_ASSERT_AT(dock_feed_data, candles, 56);
DOCK_ASSERT_AT(dock_feed_data, fault, 64);

/* GROWABLE, host's. Everything a decision may know. */
typedef struct dock_input {
  uint32_t struct_size;
  uint32_t feed_count;
  int64_t now_ms;     /* end of the last candle (its open time + interval): live, backtest and replay alike */
  const char *symbol; /* "BTCUSDT"; the same for the life of the instance */
  const dock_candles *candles;
  const dock_feed_data *const *feeds; /* one per requested feed, in the order asked; or NULL when none was asked */
  double position_fraction; /* value held / (value held + the bot's cash), 0..1; 0 = flat */
  double entry_price;       /* average price of what is held, quote per base; 0 when flat */
  int64_t entry_time_ms;    /* first fill of what is held; 0 when flat */
} dock_input;
DOCK_ASSERT_SIZE(dock_input, 64);
DOCK_ASSERT_AT(dock_input, feed_count, 4);
DOCK_ASSERT_AT(dock_input, now_ms, 8);
DOCK_ASSERT_AT(dock_input, symbol, 16);
DOCK_ASSERT_AT(dock_input, candles, 24);
DOCK_ASSERT_AT(dock_input, feeds, 32);
DOCK_ASSERT_AT(dock_input, position_fraction, 40);
DOCK_ASSERT_AT(dock_input, entry_price, 48);
DOCK_ASSERT_AT(dock_input, entry_time_ms, 56);

/* GROWABLE, allocated and zeroed by the host, but for struct_size and the buffers. Advice, never money: fractions only.
 * A value that is not finite or out of range is an error of the strategy, not a trade. */
typedef struct dock_decision {
  uint32_t struct_size;
  uint32_t set;      /* DOCK_SET_*: which of the three optional fractions below carry a value */
  int32_t action;    /* DOCK_HOLD, DOCK_BUY, DOCK_SELL */
  uint32_t reserved;
  double confidence;           /* 0..1, shown as 0-100 */
  double size_fraction;        /* of the bot's cash, > 0 and <= 1; not set: 1 */
  double stop_loss_fraction;   /* of the close, below it, > 0 and < 1 */
  double take_profit_fraction; /* of the close, above it, > 0 */
  dock_buffer recommended_symbol; /* that the bot had better trade; length 0: none */
  dock_buffer reasoning;          /* for people; several reasons are separated by "; " */
} dock_decision;
DOCK_ASSERT_SIZE(dock_decision, 96);
DOCK_ASSERT_AT(dock_decision, set, 4);
DOCK_ASSERT_AT(dock_decision, action, 8);
DOCK_ASSERT_AT(dock_decision, confidence, 16);
DOCK_ASSERT_AT(dock_decision, size_fraction, 24);
DOCK_ASSERT_AT(dock_decision, stop_loss_fraction, 32);
DOCK_ASSERT_AT(dock_decision, take_profit_fraction, 40);
DOCK_ASSERT_AT(dock_decision, recommended_symbol, 48);
DOCK_ASSERT_AT(dock_decision, reasoning, 72);

/* GROWABLE, host's, one per instance: valid from create until destroy has returned. */
typedef struct dock_host dock_host;
struct dock_host {
  uint32_t struct_size;
  uint32_t abi_minor;  /* the host's */
  const char *name;    /* static */
  const char *version; /* static */
  void *data;          /* the host's own, not for the plugin */
  /* [any] Gives a static struct of the named extension ("stratdock.log/1"); NULL says that this host has none. */
  const void *(*get_extension)(const dock_host *host, const char *id) DOCK_NOEXCEPT;
};
DOCK_ASSERT_SIZE(dock_host, 40);
DOCK_ASSERT_AT(dock_host, abi_minor, 4);
DOCK_ASSERT_AT(dock_host, name, 8);
DOCK_ASSERT_AT(dock_host, version, 16);
DOCK_ASSERT_AT(dock_host, data, 24);
DOCK_ASSERT_AT(dock_host, get_extension, 32);

/* GROWABLE, host's. Where save_state writes. */
typedef struct dock_writer dock_writer;
struct dock_writer {
  uint32_t struct_size;
  uint32_t reserved;
  void *data; /* the host's own, not for the plugin */
  /* [instance] Takes 1..size bytes and returns how many (a short write is normal: call again with the rest), or a
   * negative status. */
  int64_t (*write)(const dock_writer *writer, const void *bytes, uint64_t size) DOCK_NOEXCEPT;
};
DOCK_ASSERT_SIZE(dock_writer, 24);
DOCK_ASSERT_AT(dock_writer, data, 8);
DOCK_ASSERT_AT(dock_writer, write, 16);

/* GROWABLE, host's. Where load_state reads. */
typedef struct dock_reader dock_reader;
struct dock_reader {
  uint32_t struct_size;
  uint32_t reserved;
  void *data; /* the host's own, not for the plugin */
  /* [instance] Gives 1..size bytes and returns how many (a short read is normal), 0 at the end, or a negative status. */
  int64_t (*read)(const dock_reader *reader, void *bytes, uint64_t size) DOCK_NOEXCEPT;
};
DOCK_ASSERT_SIZE(dock_reader, 24);
DOCK_ASSERT_AT(dock_reader, data, 8);
DOCK_ASSERT_AT(dock_reader, read, 16);

/* The plugin's own: a strategy at work for one bot. */
typedef struct dock_instance dock_instance;

/* GROWABLE, static. */
typedef struct dock_strategy {
  uint32_t struct_size;
  uint32_t flags;               /* none defined: 0 */
  const char *id;               /* "com.example.ema_cross", ^[a-z0-9_]+(\.[a-z0-9_]+)+$, for ever */
  const char *const *aliases;   /* short names for the YAML, ^[a-z0-9_]+$, or NULL */
  uint32_t alias_count;
  uint32_t param_count;
  const char *name;             /* for people */
  const char *version;          /* of the strategy, "1.2.0" */
  const char *vendor;
  const char *doc;              /* what it does, a paragraph */
  const dock_param *const *params; /* or NULL: none */
  uint32_t state_version;       /* changes when old snapshots no longer load; 0 without save_state */
  uint32_t reserved;

  /* [any] Makes an instance. On failure *out stays NULL and the text says which keys cannot go together. */
  int32_t (*create)(const dock_host *host, const dock_config *config, dock_instance **out,
                    dock_buffer *error) DOCK_NOEXCEPT;
  /* [instance] The last call on it. */
  void (*destroy)(dock_instance *instance) DOCK_NOEXCEPT;
  /* [instance] What the instance needs; asked once, right after create. */
  int32_t (*requirements)(dock_instance *instance, dock_requirements *out, dock_buffer *error) DOCK_NOEXCEPT;
  /* [instance] Takes in the new candles and advises on the last. After an error the host holds for that candle and
   * goes on with the next one; an instance that cannot go on says so at every call. */
  int32_t (*analyze)(dock_instance *instance, const dock_input *input, dock_decision *decision,
                     dock_buffer *error) DOCK_NOEXCEPT;
  /* [instance] or NULL, both or neither. At any time between other calls. */
  int32_t (*save_state)(dock_instance *instance, const dock_writer *writer, dock_buffer *error) DOCK_NOEXCEPT;
  /* [instance] or NULL. Comes after create and before any analyze; what it restores must give the same bits as feeding
   * every candle since the first. A failed load leaves the instance fit for destroy alone. */
  int32_t (*load_state)(dock_instance *instance, const dock_reader *reader, dock_buffer *error) DOCK_NOEXCEPT;
  /* [any] or NULL. Gives a static struct of the named extension; NULL says that this strategy has none. */
  const void *(*get_extension)(const char *id) DOCK_NOEXCEPT;
} dock_strategy;
DOCK_ASSERT_SIZE(dock_strategy, 136);
DOCK_ASSERT_AT(dock_strategy, flags, 4);
DOCK_ASSERT_AT(dock_strategy, id, 8);
DOCK_ASSERT_AT(dock_strategy, aliases, 16);
DOCK_ASSERT_AT(dock_strategy, alias_count, 24);
DOCK_ASSERT_AT(dock_strategy, param_count, 28);
DOCK_ASSERT_AT(dock_strategy, name, 32);
DOCK_ASSERT_AT(dock_strategy, version, 40);
DOCK_ASSERT_AT(dock_strategy, vendor, 48);
DOCK_ASSERT_AT(dock_strategy, doc, 56);
DOCK_ASSERT_AT(dock_strategy, params, 64);
DOCK_ASSERT_AT(dock_strategy, state_version, 72);
DOCK_ASSERT_AT(dock_strategy, create, 80);
DOCK_ASSERT_AT(dock_strategy, destroy, 88);
DOCK_ASSERT_AT(dock_strategy, requirements, 96);
DOCK_ASSERT_AT(dock_strategy, analyze, 104);
DOCK_ASSERT_AT(dock_strategy, save_state, 112);
DOCK_ASSERT_AT(dock_strategy, load_state, 120);
DOCK_ASSERT_AT(dock_strategy, get_extension, 128);

/* GROWABLE, static. What stratdock_entry_v1 returns. */
typedef struct dock_library {
  uint32_t struct_size;
  uint32_t abi_major;      /* DOCK_ABI_MAJOR */
  uint32_t built_minor;    /* DOCK_ABI_MINOR of the header it was built with */
  uint32_t min_host_minor; /* 0 unless the author raises it on purpose */
  uint32_t strategy_count;
  uint32_t reserved;
  const dock_strategy *const *strategies;
  const char *build_info;  /* compiler and SDK, for people */
} dock_library;
DOCK_ASSERT_SIZE(dock_library, 40);
DOCK_ASSERT_AT(dock_library, abi_major, 4);
DOCK_ASSERT_AT(dock_library, built_minor, 8);
DOCK_ASSERT_AT(dock_library, min_host_minor, 12);
DOCK_ASSERT_AT(dock_library, strategy_count, 16);
DOCK_ASSERT_AT(dock_library, strategies, 24);
DOCK_ASSERT_AT(dock_library, build_info, 32);

/* [any] The one export. Never NULL, the same static data at every call. */
typedef const dock_library *(*dock_entry_function)(void) DOCK_NOEXCEPT;
DOCK_EXPORT const dock_library *stratdock_entry_v1(void) DOCK_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#include "strategy_extensions.h"

#endif
