#!/usr/bin/env python3
"""Shows for every rule of tidy.py that it finds what it should, and leaves a sound tree alone."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy  # noqa: E402

# A small tree in which every room includes what it may.
SOUND = {
    "plugin_api/README.md": "x\n",
    "plugin_api/include/stratdock/strategy_abi.h": "#include <stdint.h>\n",
    "plugin_api/include/stratdock/strategy.hpp": "#include <stratdock/strategy_abi.h>\n#include <vector>\n",
    "core/README.md": "x\n",
    "core/bot.hpp": '#include "core/result.hpp"\n#include <tl/expected.hpp>\n#include <string>\n',
    "core/bot.cpp": "#include <nlohmann/json.hpp>\n",
    "plugins/README.md": "x\n",
    "plugins/volatile/README.md": "x\n",
    "plugins/volatile/volatile.cpp": '#include <stratdock/strategy.hpp>\n#include "rules.hpp"\n#include <cmath>\n',
    "plugins/volatile/rules.hpp": "#include <array>\n",
    "host/README.md": "x\n",
    "host/cli/README.md": "x\n",
    "host/cli/main.cpp": '#include "dashboard/dashboard.hpp"\n#include "host/engine/engine.hpp"\n',
    "dashboard/README.md": "x\n",
    "dashboard/server.cpp": '#include "host/store/store.hpp"\n#include "core/bot.hpp"\n#include <cpprest/http_listener.h>\n',
    "dashboard/row_json.hpp": "#include <nlohmann/json_fwd.hpp>\n",
    "dashboard/web/README.md": "x\n",
    "dashboard/web/package-lock.json": '{"packages": {"": {}, "node_modules/htm": {"version": "3.1.1"}}}\n',
    "THIRD_PARTY.md": "| htm | 3.1.1 |\nlibzip-dev\n",
    "tools/README.md": "x\n",
    "tools/packages.txt": "build libzip-dev - -\ntest catch2 - -\n",
}

# rule -> files that each, added to the sound tree, must be found by this rule.
BROKEN = {
    "plugin_api_includes": [("plugin_api/include/stratdock/a.hpp", '#include "core/decimal.hpp"\n'),
                            ("plugin_api/include/stratdock/a.h", "#include <unistd.h>\n")],
    "plugins_includes": [("plugins/volatile/a.cpp", '#include "core/decimal.hpp"\n'),
                         ("plugins/volatile/a.cpp", "#include <fstream>\n"),
                         ("plugins/volatile/a.cpp", "#  include <chrono>\n"),
                         ("plugins/volatile/a.cpp", "#include <sys/socket.h>\n")],
    "core_includes": [("core/a.cpp", '#include "host/store/store.hpp"\n'),
                      ("core/a.cpp", "#include <thread>\n"),
                      ("core/a.hpp", "#include <nlohmann/json.hpp>\n"),
                      ("core/a.cpp", "#include <stratdock/strategy_abi.h>\n"),
                      ("core/a.cpp", "#include <unistd.h>\n")],
    "core_has_no_clock": [("core/a.cpp", "auto now = std::chrono::system_clock::now();\n")],
    "host_includes": [("host/engine/a.cpp", '#include "dashboard/server.hpp"\n'),
                      ("host/cli/a.cpp", '#include "plugins/volatile/rules.hpp"\n')],
    "dashboard_includes": [("dashboard/a.cpp", '#include "host/engine/engine.hpp"\n'),
                           ("dashboard/a.cpp", "#include <stratdock/strategy_abi.h>\n")],
    "third_party_stays_in_cpp": [("host/config/a.hpp", "#include <yaml-cpp/yaml.h>\n"),
                                 ("host/store/a.hpp", "#include <sqlite3.h>\n"),
                                 ("dashboard/a.hpp", "#include <cpprest/json.h>\n")],
    "cpprest_in_few_files": [({f"host/exchange/{i}.cpp": "#include <cpprest/json.h>\n" for i in range(tidy.MAX_CPPREST_FILES)}, None)],
    "no_machine_paths": [("host/cli/a.cpp", 'open("/home/somebody/candles.csv");\n'), ("core/notes.md", "see /root/x\n")],
    "no_registry_hosts": [("dashboard/web/.npmrc", "registry=https://registry.npmjs.org/\n")],
    "lock_files_without_addresses": [("dashboard/web/package-lock.json", '"resolved": "x"\n')],
    "third_party_is_listed": [
        ("dashboard/web/package-lock.json", '{"packages": {"node_modules/htm": {"version": "3.2.0"}}}\n'),
        ("tools/packages.txt", "build libssl-dev - -\n")],
    "folders_have_readmes": [("host/market/market.cpp", "\n"), ("cmake/Flags.cmake", "\n")],
    "test_names_are_whole": [("tests/unit/a_test.cpp", 'TEST_CASE("this; that") {}\n')],
    "readmes_are_short": [("core/README.md", "line\n" * (tidy.MAX_README_LINES + 1))],
    "sources_are_short": [("core/a.cpp", "\n" * (tidy.MAX_SOURCE_LINES + 1))],
}


def findings_of(files, rules=None):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            path = os.path.join(folder, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return tidy.findings(folder, rules)


class RulesCanFail(unittest.TestCase):
    def test_a_sound_tree_has_no_findings(self):
        self.assertEqual(findings_of(SOUND), [])

    def test_every_rule_has_an_example_that_breaks_it(self):
        self.assertEqual(sorted(BROKEN), sorted(tidy.RULES))

    def test_each_example_is_found_by_its_rule(self):
        for rule, examples in BROKEN.items():
            for path, text in examples:
                added = path if text is None else {path: text}
                with self.subTest(rule=rule, added=added):
                    found = findings_of({**SOUND, **added}, [rule])
                    self.assertTrue(found, "nothing was found")
                    self.assertTrue(all(finding[0] == rule for finding in found))
                    self.assertTrue(any(finding[1] in added or os.path.dirname(next(iter(added))) == finding[1]
                                        for finding in found))


if __name__ == "__main__":
    unittest.main()
