#include "host/validate/test_table.hpp"

#include <algorithm>

#include "host/validate/tests.hpp"

namespace stratdock::validate {
namespace {

constexpr const char* loads_name = "library.loads";
constexpr const char* parameters_name = "library.parameters";
constexpr const char* defaults_name = "create.defaults";
constexpr const char* range_name = "analyze.output_in_range";
constexpr const char* alone_name = "meaning.instances_independent";
constexpr const char* chunks_name = "meaning.chunk_invariant";
constexpr const char* snapshot_name = "state.same_bits";

constexpr TestSpec table[] = {
    {"library.single_export", "the library shows stratdock_entry_v1 and nothing else", "build it with stratdock_add_strategy(), or with -fvisibility=hidden and a version script", "", Stage::file, 1, true, single_export},
    {loads_name, "it loads with every symbol bound, and this host takes it", "link with -Wl,-z,defs, which names a missing symbol; the reason above says what the host refused", "", Stage::loading, 1, true, loads},
    {"library.scan_time", "loading it and reading its tables takes less than 100 ms", "do the work in create, not in static constructors or the entry", loads_name, Stage::loading, 1, true, scan_time},
    {"library.descriptor", "sizes, ids, names and functions of every strategy are there and sane", "correct the field named above; <stratdock/strategy_abi.h> says what it must be", loads_name, Stage::library, 1, true, descriptor},
    {parameters_name, "keys, types, ranges, choices and defaults fit each other", "correct the parameter named above", loads_name, Stage::library, 1, true, parameters},
    {"library.unique_ids", "no id or alias stands for two strategies", "give each strategy of the library an id and aliases of its own", loads_name, Stage::library, 1, true, unique_ids},

    {defaults_name, "an instance is made from the defaults, and asks for something sane", "the defaults must go together; requirements() must stay within the host's limits", parameters_name, Stage::strategy, 1, true, create_defaults},
    {"analyze.one_candle", "a first and only candle is taken in", "look back only as far as there are rows: count may be 1", defaults_name, Stage::strategy, 1, true, one_candle},
    {range_name, "decisions on an ordinary market are finite and in range, flat and holding", "confidence 0..1, size above 0 up to 1, stop-loss above 0 below 1, take-profit above 0; an untouched decision is HOLD", "analyze.one_candle", Stage::strategy, 1, true, output_in_range},
    {"create.extremes", "each parameter at its minimum and maximum works or is refused", "narrow min and max to what works, or refuse with DOCK_BAD_PARAMETERS (BadParameters in the SDK)", range_name, Stage::strategy, 1, true, create_extremes},
    {"create.random", "random parameters within their ranges work or are refused", "narrow the ranges, or refuse the combination with DOCK_BAD_PARAMETERS", "create.extremes", Stage::strategy, 1, true, create_random},
    {"create.refusals", "a combination that is refused gets a message that names a key, and no instance", "write which keys cannot go together into `error`, return DOCK_BAD_PARAMETERS, leave *out NULL", "create.extremes", Stage::strategy, 1, true, create_refusals},
    {"create.no_leak", "making, feeding and destroying an instance leaves no memory behind", "destroy must free all that create and analyze allocated", "analyze.one_candle", Stage::strategy, 1, true, create_no_leak},

    {"analyze.empty_window", "no candle at all is a HOLD or a refusal, not a crash", "with count 0 leave the decision untouched", defaults_name, Stage::strategy, 1, true, empty_window},
    {"analyze.warm_up_holds", "below its warm-up it only holds", "return without touching the decision until warm_up_candles were fed", range_name, Stage::strategy, 1, true, warm_up_holds},
    {"analyze.flat_prices", "a price that does not move gives finite advice", "guard divisions by ranges and deviations, which are zero here", range_name, Stage::strategy, 1, true, flat_prices},
    {"analyze.zero_volume", "candles in which nothing traded give finite advice", "guard divisions by volume", range_name, Stage::strategy, 1, true, zero_volume},
    {"analyze.huge_values", "prices and volumes of 1e12 and more give finite advice", "use double throughout and bound the results", range_name, Stage::strategy, 1, true, huge_values},
    {"analyze.tiny_values", "prices of 1e-8 give finite advice", "do not compare prices with fixed amounts", range_name, Stage::strategy, 1, true, tiny_values},
    {"analyze.gap", "missing candles and a jump of the price give finite advice", "open times ascend but are not evenly spaced", range_name, Stage::strategy, 1, true, gap},
    {"analyze.optional_columns_absent", "it works without quote volume, taker volume and trade count", "these three columns may be NULL", range_name, Stage::strategy, 1, true, optional_columns_absent},
    {"analyze.feeds_absent", "it works while its optional feeds are absent", "look at `available` before the rows of a feed", range_name, Stage::strategy, 1, true, feeds_absent},

    {"meaning.deterministic", "the same candles give the same bits in another process", "read no clock, address, random source or memory that was not set", range_name, Stage::strategy, 2, true, deterministic},
    {alone_name, "instances do not change each other's decisions", "keep everything in the instance: no static or global that analyze changes", "meaning.deterministic", Stage::strategy, 1, true, instances_independent},
    {chunks_name, "1, 2, 7 or all new candles at a time give the same decision", "take in each of the last new_count rows once, in order, and decide after the last; do not count calls or use `count` rows", alone_name, Stage::strategy, 1, true, chunk_invariant},
    {"meaning.looking_again", "asked again without a new candle, it answers the same", "with new_count 0 change nothing", alone_name, Stage::strategy, 1, true, looking_again},
    {"meaning.no_look_ahead", "what comes after a candle does not change the decision on it", "read rows 0..count-1 only", alone_name, Stage::strategy, 1, true, no_look_ahead},
    {"analyze.text_capacity", "texts stay within the host's buffers, and do not change the decision", "copy at most `capacity` bytes, set `length` to the full length; with capacity 0 data may be NULL", alone_name, Stage::strategy, 1, true, text_capacity},

    {snapshot_name, "a snapshot gives the same bits as feeding everything", "save all that analyze changes, as bits", chunks_name, Stage::strategy, 1, true, state_same_bits},
    {"state.seven_bytes_at_a_time", "short reads and writes are gone on with", "call read and write again with the rest until all is through", snapshot_name, Stage::strategy, 1, true, state_seven_bytes},
    {"state.empty", "an empty snapshot is refused", "return DOCK_BAD_STATE when read gives 0 too early", snapshot_name, Stage::strategy, 1, true, state_empty},
    {"state.cut", "a snapshot cut short anywhere is refused", "return DOCK_BAD_STATE when read gives 0 too early", snapshot_name, Stage::strategy, 1, true, state_cut},
    {"state.random", "random bytes for a snapshot are refused or survived", "check sizes and indices that come out of a snapshot before use", snapshot_name, Stage::strategy, 1, true, state_random},

    {"extensions.explain", "the chart's description is whole, its values fit, and asking changes no decision", "name the same lines at every call, write at most `count` values, and change nothing", alone_name, Stage::strategy, 1, true, explain},
    {"extensions.live_parameters", "parameters changed while it runs work, and refused ones leave the old in force", "check the new values first, then take them over; keep what candles have built up", chunks_name, Stage::strategy, 1, true, live_parameters},
    {"compatibility.older_host", "structs as small as 1.0 had them are neither read nor written beyond", "ask DOCK_HAS(p, field) before a field that is newer than 1.0", alone_name, Stage::strategy, 1, true, older_host},
    {"compatibility.newer_host", "structs with fields it does not know are taken as they are", "never compare struct_size with sizeof for equality; leave unknown fields alone", alone_name, Stage::strategy, 1, true, newer_host},
    {"threads.changing", "an instance may be called from another thread each time", "keep nothing in thread_local variables", chunks_name, Stage::threads, 1, true, changing_threads},
    {"threads.eight_at_once", "eight instances at once decide as each does alone", "share nothing between instances that is written after loading", "threads.changing", Stage::threads, 1, true, eight_at_once},
    {"speed.analyze", "analyze stays far below the host's limit of 100 ms a call", "update indicators by the new candle instead of computing the window again", range_name, Stage::strategy, 1, false, analyze_speed},
};

}  // namespace

std::span<const TestSpec> test_table() { return table; }

const TestSpec* find_test(std::string_view name) {
  const auto* found = std::find_if(std::begin(table), std::end(table), [&](const TestSpec& test) { return name == test.name; });
  return found == std::end(table) ? nullptr : found;
}

}  // namespace stratdock::validate
