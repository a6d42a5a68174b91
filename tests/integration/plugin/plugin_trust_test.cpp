// Which files are let in: by their hash, and by what the machine's sandbox lacks.
#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

#include "host/plugin/needed_libraries.hpp"
#include "host/plugin/plugin_file.hpp"
#include "host/plugin/sandbox.hpp"
#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;
using Catch::Matchers::Contains;

namespace {

bool is_complete_here() {
  WorkerOptions options;
  options.executable = worker_executable();
  const auto lacks = WorkerProcess::try_sandbox(options);
  return lacks && lacks->empty();
}

std::string hash_of(const std::string& name) { return *hash_of_file(test_plugin(name)); }

struct Manifest {
  explicit Manifest(const std::string& text, mode_t mode = 0644) {
    std::ofstream(path()) << text;
    chmod(path().c_str(), mode);
  }
  std::filesystem::path path() const { return folder.path() / "manifest.sha256"; }
  TemporaryFolder folder;
};

}  // namespace

TEST_CASE("Where plugins are pinned, a file without its pin is refused with its hash and the line to add") {
  PluginTrust trust;
  trust.only_pinned = true;
  trust.pins = {{"other.so", hash_of("other")}};
  Fixture fixture({"steady", "other"}, int64_t{256} << 20, trust);
  CHECK(fixture.plugin("other").state == PluginState::ready);
  CHECK(fixture.plugin("steady").state == PluginState::refused);
  CHECK(fixture.plugin("steady").sha256 == hash_of("steady"));
  CHECK_THAT(fixture.plugin("steady").reason, Contains("pins") && Contains("steady.so: " + hash_of("steady")));
  CHECK_FALSE(fixture.host->find_strategy("steady"));
}

TEST_CASE("Other bytes under a pinned name do not run, and the version before goes on") {
  PluginTrust trust;
  trust.only_pinned = true;
  trust.pins = {{"steady.so", hash_of("steady")}};
  Fixture fixture({"steady"}, int64_t{256} << 20, trust);
  REQUIRE(fixture.create(1, "steady", {int64_t{5}}));
  fixture.install("constructor_crash", "steady");
  REQUIRE(fixture.serve_until([&] { return !fixture.plugin("steady").reason.empty() && fixture.plugin("steady").state != PluginState::being_copied; }));
  CHECK_THAT(fixture.plugin("steady").reason, Contains("the pin says " + hash_of("steady")) && Contains(hash_of("constructor_crash")));
  fixture.close_row(0);
  CHECK(fixture.evaluate({1})[0].kind == AnswerKind::ok);
}

TEST_CASE("A private copy whose bytes were changed is not loaded") {
  Fixture fixture({"steady"});
  const auto copy = fixture.folder.path() / "cache" / (fixture.plugin("steady").sha256 + ".so");
  REQUIRE(std::filesystem::exists(copy));
  std::filesystem::permissions(copy, std::filesystem::perms::owner_all);
  std::filesystem::copy_file(test_plugin("other"), copy, std::filesystem::copy_options::overwrite_existing);
  const auto created = fixture.create(1, "steady", {int64_t{5}});
  REQUIRE_FALSE(created);
  CHECK_THAT(created.error().text(), Contains("was changed"));
}

TEST_CASE("What the kernel lacks is named at start with the setting to change, and what is not ours is refused") {
  if (is_instrumented_build() || !is_complete_here()) return;
  const auto [part, words] = GENERATE(table<SandboxPart, std::string>({
      {part_namespaces, "user.max_user_namespaces"},
      {part_landlock, "lsm="},
      {part_call_filter, "CONFIG_SECCOMP_FILTER"},
  }));
  CAPTURE(static_cast<int>(part));
  Fixture fixture({"steady", "other"}, int64_t{256} << 20, {}, part);
  REQUIRE(fixture.host->sandbox_report().size() == 1);
  CHECK_THAT(fixture.host->sandbox_report()[0], Contains(words));
  CHECK(fixture.count(PluginEventKind::sandbox_reduced) == 1);
  CHECK(fixture.plugin("steady").state == PluginState::refused);
  CHECK_THAT(fixture.plugin("steady").reason, Contains(words) && Contains("incomplete_sandbox: allow"));

  PluginTrust allowed;
  allowed.allow_incomplete_sandbox = true;
  Fixture trusting({"steady"}, int64_t{256} << 20, allowed, part);
  REQUIRE(trusting.create(1, "steady", {int64_t{5}}));
  trusting.close_row(0);
  CHECK(trusting.evaluate({1})[0].kind == AnswerKind::ok);

  const Manifest manifest(hash_of("steady") + "  steady.so\n");
  PluginTrust own;
  own.manifest = manifest.path();
  Fixture ours({"steady", "other"}, int64_t{256} << 20, own, part);
  CHECK(ours.plugin("steady").state == PluginState::ready);
  CHECK(ours.plugin("other").state == PluginState::refused);
}

TEST_CASE("A worker whose sandbox is incomplete does not open a library that needs it complete") {
  if (is_instrumented_build()) return;
  WorkerOptions options;
  options.executable = worker_executable();
  options.missing_parts = part_landlock;
  auto worker = WorkerProcess::spawn(options);
  REQUIRE(worker);
  const auto refused = (*worker)->load(test_plugin("constructor_crash"), true);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().text(), Contains("was not opened"));
}

TEST_CASE("A list of our plugins that everybody may write to is not believed") {
  const std::string hash(64, 'a');
  const Manifest good(hash + "  one.so\n"), open(hash + "  one.so\n", 0666);
  CHECK(OurPlugins::read(good.path()).contain(hash));
  CHECK_FALSE(OurPlugins::read(good.path()).contain(std::string(64, 'b')));
  CHECK_FALSE(OurPlugins::read(open.path()).contain(hash));
  CHECK_FALSE(OurPlugins::read("").contain(hash));
}

TEST_CASE("A plugin that needs a library of its own is refused before it runs, by the library's name") {
  Fixture fixture({"needs_library", "steady"});
  CHECK(fixture.plugin("needs_library").state == PluginState::refused);
  CHECK_THAT(fixture.plugin("needs_library").reason, Contains("it needs libseccomp.so.2, and a plugin may need nothing but libc.so.6"));
  CHECK(fixture.plugin("steady").state == PluginState::ready);
}

TEST_CASE("Whatever a file's headers say, looking for the libraries it needs ends and stays inside the file") {
  std::ifstream source(test_plugin("needs_library"), std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(source), {});
  REQUIRE(whole.size() > 1'000);
  TemporaryFolder folder;
  const auto file = folder.path() / "odd.so";
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  int refused = 0;
  for (int round = 0; round < 1'000; ++round) {
    std::string odd = whole;
    if (round % 4 == 0) odd.resize(random() % odd.size());
    // Most of what matters lies in the headers and in the dynamic section behind them.
    for (int flips = 0; flips < 8 && !odd.empty(); ++flips) odd[random() % (round % 2 ? std::min<size_t>(odd.size(), 512) : odd.size())] = static_cast<char>(random());
    std::ofstream(file, std::ios::binary) << odd;
    if (!needed_libraries(file)) ++refused;
  }
  CHECK(refused > 0);
  const auto names = *needed_libraries(test_plugin("needs_library"));
  CHECK(std::count(names.begin(), names.end(), "libseccomp.so.2") == 1);
}
