#!/usr/bin/env python3
"""gate_test.py: the gate itself: headers that were changed in ways known to break libraries, or not to, each with the
sentence that the gate has to say. Every row starts from the frozen header of 1.0 and is compared with its layout.
"""
import concurrent.futures
import os
import sys
import tempfile

import gate
import next_minor

FROZEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "1.0")

PASSES = None


def edit(*pairs, minor=False):
    def change(header):
        for old, new in pairs:
            header.replace(old, new)
        if minor:
            header.raise_minor()
    return change


def append(struct, field, minor=True):
    def change(header):
        header.append(struct, field)
        if minor:
            header.raise_minor()
    return change


STOP = "  double stop_loss_fraction;   /* of the close, below it, > 0 and < 1 */\n"
CONFIDENCE = "  double confidence;           /* 0..1, shown as 0-100 */\n"

# What was done, how, and what the gate must say (all of it, or this part); PASSES: nothing.
TABLE = [
    ("nothing", edit(), PASSES),
    ("a whole later minor", next_minor.grow, PASSES),
    ("a field appended", append("dock_decision", "double urgency;"), PASSES),
    ("a function appended that may be NULL", append("dock_strategy", "/* [any] or NULL */\n  void (*rest)(void) DOCK_NOEXCEPT;"), PASSES),
    ("a new constant", edit(("#define DOCK_FEED_NEWS 2u", "#define DOCK_FEED_BOOK 4u\n#define DOCK_FEED_NEWS 2u"), minor=True), PASSES),
    ("a field vanishes", edit((STOP, "")), "dock_decision.stop_loss_fraction vanished (take_profit_fraction stands in its place): libraries of 1.0 still use it"),
    ("a field is renamed", edit((STOP, STOP.replace("stop_loss_fraction", "stop_fraction"))), "dock_decision.stop_loss_fraction vanished (stop_fraction stands in its place)"),
    ("a field is put in the middle", edit((CONFIDENCE, "  double urgency;\n" + CONFIDENCE)),
     "dock_decision.confidence moved from offset 16 to 24, because urgency was put before it: libraries of 1.0 would read the wrong field"),
    ("a gap is given a meaning", edit(("  int32_t action;    /* DOCK_HOLD, DOCK_BUY, DOCK_SELL */\n  uint32_t reserved;", "  int32_t action;\n  uint32_t urgency;")),
     "dock_decision.reserved vanished (urgency stands in its place)"),
    ("two fields change places", edit(("  const double *high;\n  const double *low;", "  const double *low;\n  const double *high;")),
     "dock_candles.high moved from offset 40 to 48"),
    ("a type of the same size", edit(("  uint64_t seed;            /*", "  int64_t seed;             /*")), "dock_config.seed changed from `uint64_t` to `int64_t`: libraries of 1.0 read it as before"),
    ("a pointer loses const", edit(("  const double *close;", "  double *close;")), "dock_candles.close changed from `const double *` to `double *`"),
    ("a constant is renumbered", edit(("#define DOCK_SELL 2", "#define DOCK_SELL 3")), "DOCK_SELL changed from 2 to 3: libraries of 1.0 mean the old value"),
    ("a constant becomes unsigned", edit(("#define DOCK_BUY 1\n", "#define DOCK_BUY 1u\n")), "DOCK_BUY changed from 1 to 1 (as unsigned)"),
    ("a constant vanishes", edit(("#define DOCK_PARAM_ADVANCED 2u /* folded away in forms */\n", "")), "DOCK_PARAM_ADVANCED vanished"),
    ("an extension is renamed", edit(('"stratdock.explain/1"', '"stratdock.chart/1"')), "DOCK_EXTENSION_EXPLAIN changed from stratdock.explain/1 to stratdock.chart/1"),
    ("the entry is renamed", edit(('"stratdock_entry_v1"', '"stratdock_entry"')), "DOCK_ENTRY_NAME changed from stratdock_entry_v1 to stratdock_entry"),
    ("a constant takes another's value", edit(("#define DOCK_FEED_NEWS 2u", "#define DOCK_FEED_BOOK 3u\n#define DOCK_FEED_NEWS 2u"), minor=True),
     "DOCK_FEED_BOOK is new and has the value of DOCK_FEED_ASSESSMENT: nobody could tell them apart"),
    ("a FROZEN struct grows", append("dock_value", "double more;"), "the frozen struct dock_value changed (32 to 40 bytes, FROZEN to FROZEN): libraries of 1.0 keep arrays of the old one"),
    ("a FROZEN struct is thawed", edit(("/* FROZEN. One value", "/* GROWABLE. One value")), "dock_value"),
    ("a function gets a parameter", edit(("  int32_t (*requirements)(dock_instance *instance, dock_requirements *out, dock_buffer *error)",
                                           "  int32_t (*requirements)(dock_instance *instance, dock_requirements *out, uint32_t size, dock_buffer *error)")),
     "dock_strategy.requirements changed from `int32_t (*)(dock_instance *, dock_requirements *, dock_buffer *) noexcept` to `int32_t (*)(dock_instance *, "
     "dock_requirements *, uint32_t, dock_buffer *) noexcept`: libraries of 1.0 call it the old way"),
    ("a function may throw", edit(("  void (*destroy)(dock_instance *instance) DOCK_NOEXCEPT;", "  void (*destroy)(dock_instance *instance);")), "dock_strategy.destroy is not noexcept: a forgotten exception would cross the border"),
    ("the entry gets a parameter", edit(("dock_library *stratdock_entry_v1(void)", "dock_library *stratdock_entry_v1(uint32_t minor)")), "stratdock_entry_v1 changed from"),
    ("a field is required now", edit(("/* [instance] or NULL, both or neither. At any", "/* [instance] Always there. At any")), "dock_strategy.save_state may no longer be NULL: libraries of 1.0 leave it out"),
    ("a field may be NULL now", edit(("  const double *volume;           /* base asset */", "  const double *volume;           /* base asset, or NULL */")),
     "dock_candles.volume may now be NULL: libraries of 1.0 do not look before they use it"),
    ("a new field is required", append("dock_strategy", "/* [any] Says more. */\n  void (*more)(void) DOCK_NOEXCEPT;"), 'dock_strategy.more is new and not marked "or NULL": libraries of 1.0 leave it zero'),
    ("a thread rule is tightened", edit(("  /* [any] Makes an instance.", "  /* [instance] Makes an instance.")), "dock_strategy.create changed its thread rule from [any] to [instance]"),
    ("a struct changes hands", edit(("/* GROWABLE, host's. What an instance is made from. */", "/* GROWABLE, the instance's until destroy. What it is made from. */")),
     'struct dock_config is "the instance\'s until destroy" and was "host\'s": libraries of 1.0 allocate, keep and free it the old way'),
    ("a struct vanishes", edit(("typedef struct dock_log {", "typedef struct dock_line {"), ("} dock_log;", "} dock_line;"),
                               ("DOCK_ASSERT_SIZE(dock_log, 16);\nDOCK_ASSERT_AT(dock_log, write, 8);\n", "")), "struct dock_log vanished"),
    ("something new in an old minor", append("dock_decision", "double urgency;", minor=False),
     "dock_decision.urgency was added, but the header still says minor 0: a released minor never changes, raise DOCK_ABI_MINOR"),
    ("another major", edit(("#define DOCK_ABI_MAJOR 1u", "#define DOCK_ABI_MAJOR 2u")), "DOCK_ABI_MAJOR changed from 1 to 2"),
    ("padding", append("dock_decision", "uint32_t urgency;"), "struct dock_decision has padding: its fields have 100 of its 104 bytes"),
    ("a compiler's type", append("dock_decision", "long urgency;"), "dock_decision.urgency is of type `long`, whose size is the compiler's choice"),
    ("a bit-field", append("dock_decision", "uint32_t urgency : 3;"), "dock_decision.urgency is a bit-field"),
    ("a growable struct by value", append("dock_input", "dock_candles more;"), "dock_input.more holds a dock_candles by value, which may grow: point to it"),
    ("a header that does not compile", edit((STOP, "  doubel stop_loss_fraction;\n")), "the header does not compile: "),
]


def judge(row):
    what, change, expected = row
    with tempfile.TemporaryDirectory() as folder:
        header = next_minor.Header(os.path.join(FROZEN, "include"))
        change(header)
        header.write(os.path.join(folder, "include"))
        said, _ = gate.check(os.path.join(folder, "include"), [os.path.join(FROZEN, "layout.txt")])
    right = not said if expected is PASSES else bool(said) and expected in said[0] and "\n" not in said[0]
    return right, f"{'ok' if right else 'WRONG'}: {what}: {said[0] if said else 'passes'}" + ("" if right else f"\n   expected: {expected or 'passes'}\n   all: {said}")


def main():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(judge, TABLE))
    for _, line in results:
        print(line)
    wrong = sum(1 for right, _ in results if not right)
    print(f"{len(results)} changed headers, {wrong} judged wrongly")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
