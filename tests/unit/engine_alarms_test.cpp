// The alarm table and the document that shows it.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "host/engine/alarms.hpp"

using namespace stratdock;

TEST_CASE("every alarm has a code of its own, a severity, and a next step") {
  std::set<std::string_view> codes;
  for (const AlarmKind& kind : alarm_kinds()) {
    INFO(kind.code);
    CHECK(codes.insert(kind.code).second);
    CHECK((kind.severity == "info" || kind.severity == "warning" || kind.severity == "error"));
    CHECK_FALSE(kind.meaning.empty());
    CHECK_FALSE(kind.protection.empty());
    CHECK_FALSE(kind.next_command.empty());
  }
  CHECK(alarm_kind("NO_SUCH_CODE").code == "UNKNOWN");
}

TEST_CASE("ALARMS.md shows the table, row for row") {
  const char* source = std::getenv("STRATDOCK_SOURCE_DIR");
  std::ifstream in(std::string(source == nullptr ? "." : source) + "/host/engine/ALARMS.md");
  std::stringstream text;
  text << in.rdbuf();
  size_t rows = 0;
  for (const AlarmKind& kind : alarm_kinds()) {
    std::stringstream row;
    row << "| " << kind.code << " | " << kind.severity << " | " << kind.meaning << " | " << kind.protection << " | `" << kind.next_command << "` |\n";
    INFO(row.str());
    CHECK(text.str().find(row.str()) != std::string::npos);
    ++rows;
  }
  size_t lines = 0;
  for (size_t at = 0; (at = text.str().find("\n| ", at)) != std::string::npos; ++at) ++lines;
  CHECK(lines == rows + 1);  // and the head
}
