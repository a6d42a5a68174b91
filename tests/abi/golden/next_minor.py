#!/usr/bin/env python3
"""next_minor.py INCLUDE_FOLDER OUT_FOLDER: the header as a later minor may make it, for tests: a field at the end of every
GROWABLE struct, a new struct, new constants, everything marked. The asserts of sizes and offsets are dropped, so that other
changes of the header (gate_test.py) can be compiled too.
"""
import os
import re
import shutil
import sys

# One more field for each: a number, a pointer, a pair of words, a function.
APPENDED = {
    "dock_param": "double step; /* 0: none */",
    "dock_config": "int64_t interval_ms; /* of the bot's candles; 0: not told */",
    "dock_candles": "const double *average_price; /* or NULL */",
    "dock_feed": "int64_t depth; /* 0: the host's default */",
    "dock_requirements": "uint32_t cadence; /* 0: as before */\n  uint32_t reserved_1;",
    "dock_feed_data": "int64_t newest_ms; /* 0: not told */",
    "dock_input": "double spread; /* 0: not told */",
    "dock_decision": "double urgency; /* 0: as before */",
    "dock_host": "const char *bot_name; /* or NULL */",
    "dock_writer": "uint64_t limit; /* 0: none */",
    "dock_reader": "uint64_t total; /* 0: not told */",
    "dock_strategy": "/* [instance] or NULL */\n  int32_t (*rest)(dock_instance *instance, dock_buffer *error) DOCK_NOEXCEPT;",
    "dock_library": "const char *homepage; /* or NULL */",
    "dock_chart": "uint64_t color_count; /* 0: none */",
    "dock_explain": "/* [instance] or NULL */\n  int32_t (*forget)(dock_instance *instance) DOCK_NOEXCEPT;",
}
NEW_STRUCT = ("\n/* GROWABLE, host's. */\ntypedef struct dock_book {\n  uint32_t struct_size;\n  uint32_t row_count;\n"
              "  const double *price;\n} dock_book;\n#define DOCK_FEED_BOOK 4u\n#define DOCK_SET_URGENCY 8u\n")


class Header:
    """The two headers as texts that can be edited; what is to be replaced must be there once."""

    def __init__(self, include):
        self.include, self.texts = include, {}
        for name in ("strategy_abi.h", "strategy_extensions.h"):
            with open(os.path.join(include, "stratdock", name), encoding="utf-8") as source:
                self.texts[name] = source.read()
        for keyword in ("static_assert", "_Static_assert"):
            self.replace(f"DOCK_STATIC_ASSERT(condition) {keyword}(condition,", f"DOCK_STATIC_ASSERT(condition) {keyword}(1,")

    def replace(self, old, new):
        holding = [name for name, text in self.texts.items() if old in text]
        if len(holding) != 1 or self.texts[holding[0]].count(old) != 1:
            raise ValueError(f"the header holds this {sum(text.count(old) for text in self.texts.values())} times, not once: {old}")
        self.texts[holding[0]] = self.texts[holding[0]].replace(old, new)

    def append(self, struct, field):
        for name, text in self.texts.items():
            changed, count = re.subn(r"(struct %s \{.*?\n)(\}[^;\n]*;)" % struct, lambda m: f"{m[1]}  {field}\n{m[2]}", text, count=1, flags=re.S)
            if count:
                self.texts[name] = changed
                return
        raise ValueError(f"the header has no struct {struct}")

    def raise_minor(self):
        text = self.texts["strategy_abi.h"]
        self.texts["strategy_abi.h"] = re.sub(r"(#define DOCK_ABI_MINOR )(\d+)u", lambda m: f"{m[1]}{int(m[2]) + 1}u", text)

    def write(self, out):
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(os.path.join(out, "stratdock"))
        for name, text in self.texts.items():
            with open(os.path.join(out, "stratdock", name), "w", encoding="utf-8") as target:
                target.write(text)


def grow(header):
    for struct, field in APPENDED.items():
        header.append(struct, field)
    header.replace("/* The plugin's own: a strategy at work for one bot. */", NEW_STRUCT + "\n/* The plugin's own. */")
    header.raise_minor()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    made = Header(sys.argv[1])
    grow(made)
    made.write(sys.argv[2])
