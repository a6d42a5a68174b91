"""`strategy validate` as its users meet it: typed, read by a program, and run by the CMake helper outside of the tree.

Environment: STRATDOCK_BINARY (the program), STRATDOCK_BUILD (its build folder, with the plugins of the tests).
"""
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

BINARY = os.environ["STRATDOCK_BINARY"]
BUILD = os.environ["STRATDOCK_BUILD"]
PATIENCE_S = 100


def bad_plugin(name):
    return os.path.join(BUILD, "tests", "plugins_bad_built", name + ".so")


class Folder(unittest.TestCase):
    """A temporary folder that is also where the program puts its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stratdock-validate-test-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.temporary = os.path.join(self.folder, "tmp")
        os.mkdir(self.temporary)

    def run_words(self, *words, **more):
        return subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env={**os.environ, "TMPDIR": self.temporary}, **more)

    def validate(self, *words):
        return self.run_words(BINARY, "strategy", "validate", *words)


class CommandTest(Folder):
    def test_a_good_plugin_has_a_line_for_each_test_and_exit_code_0(self):
        names = [line.split()[0] for line in self.validate("--list").stdout.splitlines()]
        self.assertIn("meaning.no_look_ahead", names)
        done = self.validate(bad_plugin("good"))
        lines = done.stdout.splitlines()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(sorted(line.split()[1] for line in lines[:-1]), sorted(names))
        self.assertIn(f"{len(names)} passed, 0 failed", lines[-1])
        self.assertEqual(os.listdir(self.temporary), [])

    def test_quick_is_all_but_the_measuring(self):
        quick = json.loads(self.validate(bad_plugin("good"), "--quick", "--json").stdout)
        self.assertTrue(quick["good"] and quick["quick"])
        self.assertNotIn("speed.analyze", [test["name"] for test in quick["tests"]])

    def test_a_failure_says_what_to_do_and_its_command_repeats_it(self):
        done = self.validate(bad_plugin("looks_ahead"), "--seed", "7")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"FAILED  meaning.no_look_ahead .*after candle")
        self.assertIn("what to do: read rows 0..count-1 only", done.stdout)
        said = re.search(r"seed 7; again: stratdock (.*)", done.stdout)[1]
        again = self.run_words(BINARY, *shlex.split(said))
        self.assertEqual(again.returncode, 1)
        self.assertEqual(again.stdout.splitlines()[0], next(line for line in done.stdout.splitlines() if line.startswith("FAILED")))

    def test_json_says_the_same(self):
        done = self.validate(bad_plugin("looks_ahead"), "--only", "meaning", "--json")
        self.assertEqual(done.returncode, 1)
        report = json.loads(done.stdout)
        verdicts = {test["name"]: test["verdict"] for test in report["tests"]}
        self.assertEqual([name for name, verdict in verdicts.items() if verdict == "failed"], ["meaning.no_look_ahead"])
        self.assertEqual((report["good"], report["failed"], report["seed"]), (False, 1, 1))
        failed = next(test for test in report["tests"] if test["verdict"] == "failed")
        self.assertTrue(failed["reason"] and failed["advice"] and "--only" in failed["command"])
        self.assertEqual(len(report["sha256"]), 64)

    def test_constructors_run_behind_the_sandbox_only(self):
        for name, cause in (("constructor_crash", "SIGSEGV"), ("constructor_socket", "the sandbox forbids")):
            done = self.validate(os.path.join(BUILD, "tests", "plugins", name + ".so"), "--brief")
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertRegex(done.stdout, "FAILED  library.loads .*" + cause)
            self.assertEqual(done.stdout.count("FAILED"), 1)

    def test_wrong_words_are_named(self):
        for words, code, said in (((), 2, "no file is named"), (("nothing.so",), 1, "no such file"),
                                  ((bad_plugin("good"), "--only", "meaning.determinstic"), 1, "did you mean meaning.deterministic"),
                                  ((bad_plugin("good"), "--limit", "0"), 2, "--limit")):
            done = self.validate(*words)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(said, done.stderr)
            self.assertEqual(done.stdout, "")


class OutsideTest(Folder):
    """The example that is installed with the SDK, built with nothing but an installed and then moved Stratdock."""

    def must(self, *words):
        done = self.run_words(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def configure(self, *more):
        return self.must("cmake", "-G", "Ninja", "-S", self.source, "-B", self.built, "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror", *more)

    def rewrite(self, old, new):
        path = os.path.join(self.source, "above_average.cpp")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))

    def test_the_example_is_validated_and_tested_and_a_mistake_fails_its_build(self):
        self.must("cmake", "--install", BUILD, "--prefix", os.path.join(self.folder, "installed"))
        self.prefix = os.path.join(self.folder, "moved")
        os.rename(os.path.join(self.folder, "installed"), self.prefix)
        self.source, self.built = os.path.join(self.folder, "source"), os.path.join(self.folder, "built")
        shutil.copytree(os.path.join(self.prefix, "share", "stratdock", "examples", "above_average"), self.source)
        self.configure()
        self.assertRegex(self.must("cmake", "--build", self.built), r"tests: \d+ passed, 0 failed")
        self.must("ctest", "--test-dir", self.built)

        for compiler in ("g++", "clang++"):
            if shutil.which(compiler):
                self.must(compiler, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-fsyntax-only", '-DGOLDEN_FOLDER=""',
                          "-I", os.path.join(self.prefix, "include"), os.path.join(self.source, "above_average_test.cpp"))

        # A decision that depends on other instances: the build of the library fails, and says why.
        self.rewrite("close_ = candle.close;", "static double shared = 0;\n    shared = shared * 0.9 + candle.close * 0.1;\n    close_ = shared;")
        failed = self.run_words("cmake", "--build", self.built, "--target", "above_average")
        self.assertNotEqual(failed.returncode, 0)
        self.assertRegex(failed.stdout, "FAILED  meaning.instances_independent")
        # So does the author's own golden test.
        self.must("cmake", "--build", self.built, "--target", "above_average_test")
        tested = self.run_words("ctest", "--test-dir", self.built, "--output-on-failure")
        self.assertNotEqual(tested.returncode, 0)
        self.assertIn("decided otherwise", tested.stdout)
        # Who does not want it says so; and without the program it says so itself.
        self.configure("-DSTRATDOCK_VALIDATE=OFF")
        self.must("cmake", "--build", self.built, "--target", "above_average")
        os.remove(os.path.join(self.prefix, "bin", "stratdock"))
        shutil.rmtree(self.built)
        bare = self.run_words("cmake", "-S", self.source, "-B", self.built, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.assertEqual(bare.returncode, 0, bare.stderr)
        if shutil.which("stratdock") is None:
            self.assertIn("without being validated", bare.stderr + bare.stdout)


if __name__ == "__main__":
    unittest.main()
