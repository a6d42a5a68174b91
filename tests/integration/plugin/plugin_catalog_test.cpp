// Which files become plugins, when, and what people read where one does not.
#include <catch2/catch.hpp>
#include <fcntl.h>

#include <fstream>
#include <iterator>

#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;
using Catch::Matchers::Contains;

TEST_CASE("A plugin lists its strategies with their schema, under its id and its alias") {
  Fixture fixture({"steady"});
  const auto found = fixture.host->find_strategy("steady");
  REQUIRE(found);
  CHECK(found->id == "test.steady");
  CHECK(fixture.host->find_strategy("test.steady"));
  CHECK_FALSE(fixture.host->find_strategy("unsteady"));
  REQUIRE(found->parameters.size() == 1);
  CHECK(found->parameters[0].key == "period");
  CHECK(std::get<int64_t>(found->parameters[0].default_value) == 20);
  CHECK(found->parameters[0].maximum == 1000);
  CHECK(fixture.plugin("steady").state == PluginState::ready);
  CHECK(fixture.plugin("steady").sha256.size() == 64);
  CHECK(found->plugin_sha256 == fixture.plugin("steady").sha256);
}

TEST_CASE("What is not a usable plugin is refused in plain words") {
  const auto [name, words] = GENERATE(table<std::string, std::string>({
      {"no_entry", "not a plugin"},
      {"missing_symbol", "nobody_has_this"},
      {"bad_default", "outside its own range"},
      {"future_major", "needs a host of at least 2.0; this host has 1.0"},
      {"future_minor", "needs a host of at least 1.7; this host has 1.0"},
      {"future_type", "parameter number of strategy test.future is of type 9, which this host (strategy ABI 1.0) does not know"},
      {"short_param", "parameter 0 of strategy test.short lacks a required field"},
      {"constructor_crash", "segmentation fault"},
      {"constructor_loop", "still loading after 2 s"},
      {"constructor_socket", "sandbox forbids"},
  }));
  Fixture fixture({name, "steady"});
  CHECK(fixture.plugin(name).state == PluginState::refused);
  CHECK_THAT(fixture.plugin(name).reason, Contains(words));
  CHECK(fixture.plugin("steady").state == PluginState::ready);
  CHECK(fixture.count(PluginEventKind::plugin_refused) == 1);
}

TEST_CASE("A strategy that requires a feed of a later ABI is refused by name, for its bot alone") {
  Fixture fixture({"future_feed", "steady"});
  CHECK(fixture.plugin("future_feed").state == PluginState::ready);
  const auto created = fixture.create(1, "future", {int64_t{1}});
  REQUIRE_FALSE(created);
  CHECK_THAT(created.error().text(), Contains("requires a feed of unknown kind 9") && Contains("update stratdock"));
  CHECK(fixture.create(2, "steady", {int64_t{5}}));
}

TEST_CASE("A text file is not a plugin") {
  Fixture fixture;
  std::ofstream(fixture.plugins() / "notes.so") << "just some words that are long enough to be no ELF header at all, surely so";
  REQUIRE(fixture.serve_until([&] { return fixture.plugin("notes").state == PluginState::refused; }));
  CHECK_THAT(fixture.plugin("notes").reason, Contains("not a shared library"));
}

TEST_CASE("A constructor reads nothing but library folders") {
  Fixture fixture({"constructor_reads"});
  // Where the kernel has landlock the constructor's open fails and the plugin is harmless; it must never have read the file.
  if (fixture.host->sandbox_report().empty()) CHECK(fixture.plugin("constructor_reads").state == PluginState::ready);
}

TEST_CASE("A file that is copied slowly is still being copied until it is whole, then ready within two seconds") {
  Fixture fixture;
  std::ifstream source(test_plugin("steady"), std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(source), {});
  REQUIRE(bytes.size() > 1'000);
  std::ofstream target(fixture.plugins() / "slow.so", std::ios::binary);
  for (size_t part = 0; part < 4; ++part) {
    target << bytes.substr(part * bytes.size() / 4, (part + 1) * bytes.size() / 4 - part * bytes.size() / 4) << std::flush;
    REQUIRE(fixture.serve_until([&] { return fixture.plugin("slow").state == PluginState::being_copied && !fixture.plugin("slow").file.empty(); }));
    if (part == 1) {
      // A copier that stops half-way and goes on later leaves an incomplete file closed.
      target.close();
      for (int i = 0; i < 5; ++i) fixture.host->on_readable();
      CHECK(fixture.plugin("slow").state == PluginState::being_copied);
      CHECK_THAT(fixture.plugin("slow").reason, Contains("still being copied"));
      target.open(fixture.plugins() / "slow.so", std::ios::binary | std::ios::app);
    }
    CHECK_FALSE(fixture.host->find_strategy("steady"));
  }
  target.close();
  CHECK(fixture.serve_until([&] { return fixture.host->find_strategy("steady").has_value(); }, 2'000));
}

TEST_CASE("Two files with the same strategy: the second is refused, naming both, and comes in when the first goes") {
  Fixture fixture({"steady"});
  fixture.install("steady_2", "z_copy");
  REQUIRE(fixture.serve_until([&] { return fixture.plugin("z_copy").state == PluginState::refused; }));
  CHECK_THAT(fixture.plugin("z_copy").reason, Contains("steady.so") && Contains("z_copy.so") && Contains("test.steady"));
  CHECK(fixture.host->find_strategy("steady")->version == "1.0.0");
  std::filesystem::remove(fixture.plugins() / "steady.so");
  REQUIRE(fixture.serve_until([&] { return fixture.host->find_strategy("steady") && fixture.host->find_strategy("steady")->version == "2.0.0"; }));
}

TEST_CASE("A plugin seen before is not run again to know what it offers") {
  TemporaryFolder folder;
  MemoryHistory history;
  PluginHostOptions options;
  options.plugin_folders = {folder.path() / "plugins"};
  options.cache_folder = folder.path() / "cache";
  options.worker_executable = environment("STRATDOCK_TEST_WORKER").empty() ? "build/dev/tests/stratdock_test_worker" : environment("STRATDOCK_TEST_WORKER");
  std::filesystem::create_directories(folder.path() / "plugins");
  std::filesystem::copy_file(test_plugin("steady"), folder.path() / "plugins" / "steady.so");
  REQUIRE(PluginHost(options, history).start());
  options.worker_executable = "/nonexistent";
  PluginHost second(options, history);
  REQUIRE(second.start());
  CHECK(second.find_strategy("steady"));
}

TEST_CASE("Parameters that the strategy refuses leave nothing behind") {
  Fixture fixture({"steady"});
  const auto refused = fixture.create(1, "steady", {int64_t{13}});
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().text(), Contains("period must not be 13"));
  CHECK_FALSE(fixture.create(1, "steady", {1.5}));
  CHECK_FALSE(fixture.create(1, "steady", {}));
  CHECK_FALSE(fixture.create(1, "nobody", {}));
  const auto needs = fixture.create(1, "steady", {int64_t{5}});
  REQUIRE(needs);
  CHECK(needs->warmup_candles == 3);
  CHECK(needs->window_candles == 5);
}
