// configs/README.md is the one list of settings that users have: it must name all of them.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "host/config/sections.hpp"

using namespace stratdock;

namespace {

template <typename Section>
void add_keys(std::set<std::string>& keys, const Fields<Section>& fields) {
  for (const auto& field : fields) keys.insert(field.key);
}

}  // namespace

TEST_CASE("the document of the settings names every one") {
  const char* source = std::getenv("STRATDOCK_SOURCE_DIR");
  std::ifstream stream(std::filesystem::path(source == nullptr ? "." : source) / "configs/README.md");
  const std::string document((std::istreambuf_iterator<char>(stream)), {});
  REQUIRE_FALSE(document.empty());
  std::set<std::string> keys;
  add_keys(keys, top_fields());
  add_keys(keys, bot_fields());
  add_keys(keys, market_fields());
  add_keys(keys, dashboard_fields());
  add_keys(keys, paper_fields());
  add_keys(keys, risk_fields());
  add_keys(keys, plugin_fields());
  add_keys(keys, log_fields());
  add_keys(keys, feed_fields());
  REQUIRE(keys.size() > 40);
  for (const std::string& key : keys) {
    INFO("configs/README.md does not name " << key);
    CHECK(std::regex_search(document, std::regex("[`{ ]" + key + "[`:,}]")));
  }
}
