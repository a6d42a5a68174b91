// The functions of the tests, a source file for each group; test_table.cpp says what each means.
// Thread rule: the child's main thread. Invariant: a test makes what it needs itself and leaves nothing that another counts on.
#pragma once

#include "host/validate/test_table.hpp"

namespace stratdock::validate {

Outcome single_export(Subject& subject);
Outcome loads(Subject& subject);
Outcome scan_time(Subject& subject);
Outcome descriptor(Subject& subject);
Outcome parameters(Subject& subject);
Outcome unique_ids(Subject& subject);

Outcome create_defaults(Subject& subject);
Outcome create_extremes(Subject& subject);
Outcome create_random(Subject& subject);
Outcome create_refusals(Subject& subject);
Outcome create_no_leak(Subject& subject);

Outcome one_candle(Subject& subject);
Outcome output_in_range(Subject& subject);
Outcome empty_window(Subject& subject);
Outcome warm_up_holds(Subject& subject);
Outcome flat_prices(Subject& subject);
Outcome zero_volume(Subject& subject);
Outcome huge_values(Subject& subject);
Outcome tiny_values(Subject& subject);
Outcome gap(Subject& subject);
Outcome optional_columns_absent(Subject& subject);
Outcome feeds_absent(Subject& subject);
Outcome text_capacity(Subject& subject);

Outcome deterministic(Subject& subject);
Outcome instances_independent(Subject& subject);
Outcome chunk_invariant(Subject& subject);
Outcome looking_again(Subject& subject);
Outcome no_look_ahead(Subject& subject);

Outcome state_same_bits(Subject& subject);
Outcome state_seven_bytes(Subject& subject);
Outcome state_empty(Subject& subject);
Outcome state_cut(Subject& subject);
Outcome state_random(Subject& subject);

Outcome explain(Subject& subject);
Outcome live_parameters(Subject& subject);

Outcome older_host(Subject& subject);
Outcome newer_host(Subject& subject);

Outcome changing_threads(Subject& subject);
Outcome eight_at_once(Subject& subject);
Outcome analyze_speed(Subject& subject);

}  // namespace stratdock::validate
