// The table of attacks: every way out, outside as a control, from a plugin's constructor and from its analyze, as root and as
// an ordinary user. Prints it and compares it with the committed one; itself the worker when called as one.
// usage: attack_table FOLDER_OF_TEST_PLUGINS TABLE [--write]
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstring>
#include <iterator>
#include <sstream>

#include "host/plugin/worker_main.hpp"
#include "tests/integration/plugin/attack_controls.h"
#include "tests/integration/plugin/plugin_test_support.hpp"

using namespace stratdock;
using namespace stratdock::plugin_test;

namespace {

constexpr uid_t ordinary_user = 65'534;
constexpr const char* escaped = "OUT";

struct Libraries {
  std::string steady, attack;
};

// What was seen of one way: outside, in a constructor, in analyze.
struct Row {
  std::string outside, constructor, analyze;
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put_after(std::string& bytes, const std::string& mark, const std::string& text) {
  const size_t at = bytes.find(mark);
  if (at == std::string::npos) std::abort();
  bytes.replace(at + mark.size(), text.size() + 1, text.c_str(), text.size() + 1);
}

// A host with a plugin that behaves, whose bot decides in every round, beside those that attack.
class Stage {
public:
  explicit Stage(const Libraries& libraries) : libraries_(libraries) {
    put("steady", libraries.steady);
    if (!settle("steady") || !fixture_.create(1, "steady", {int64_t{5}})) std::abort();
    steady_copy_ = fixture_.folder.path() / "cache" / (fixture_.plugin("steady").sha256 + ".so");
  }
  // What the catalog saw of the constructor.
  std::string constructor(const std::string& way) {
    install('C', way);
    const PluginInfo info = fixture_.plugin(way);
    const std::string cell = info.state == PluginState::ready ? judge(true, info.build_info) : judge(false, info.reason);
    evaluate({1});
    return end(way, cell);
  }
  std::string analyze(char when, const std::string& way) {
    if (!bring_up(when, way)) return end(way, "not created");
    const auto answers = evaluate({1, bot_});
    return end(way, answers[1].kind == AnswerKind::ok ? judge(true, answers[1].decision.reasons) : judge(false, answers[1].cause));
  }
  std::string destroy(const std::string& way) {
    if (!bring_up('D', way)) return end(way, "not created");
    evaluate({1, bot_});
    const size_t before = fixture_.count(PluginEventKind::instance_crashed);
    fixture_.host->destroy_instance(bot_);
    return end(way, fixture_.count(PluginEventKind::instance_crashed) == before + 1 ? "ended" : "not noticed");
  }
  static int64_t longest_ms;

private:
  void install(char when, const std::string& way) {
    std::string attack = libraries_.attack;
    put_after(attack, "STRATDOCK-WAY->", std::string(1, when) + ":attack." + way);
    put_after(attack, "STRATDOCK-PLACE>", steady_copy_.string());
    put(way, attack);
    if (!settle(way)) problem_ = "the host did not look at the file";
  }
  bool bring_up(char when, const std::string& way) {
    install(when, way);
    return fixture_.create(++bot_, "attack." + way, {}, row_).has_value();
  }
  void put(const std::string& name, const std::string& bytes) {
    const auto temporary = fixture_.folder.path() / "incoming";
    std::ofstream(temporary, std::ios::binary) << bytes;
    std::filesystem::rename(temporary, fixture_.plugins() / (name + ".so"));
  }
  bool settle(const std::string& name) {
    return fixture_.serve_until([&] { return !fixture_.plugin(name).file.empty() && fixture_.plugin(name).state != PluginState::being_copied; });
  }
  std::vector<EvaluateAnswer> evaluate(const std::vector<int64_t>& bots) {
    fixture_.close_row(row_++);
    const int64_t start_ms = steady_now_ms();
    auto answers = fixture_.evaluate(bots);
    longest_ms = std::max(longest_ms, steady_now_ms() - start_ms);
    if (answers[0].kind != AnswerKind::ok) problem_ = "the other plugin's bot did not decide: " + answers[0].cause;
    return answers;
  }
  // Takes the plugin away; the other one's bot has to have decided whatever was done.
  std::string end(const std::string& way, const std::string& cell) {
    fixture_.host->destroy_instance(bot_);
    std::filesystem::remove(fixture_.plugins() / (way + ".so"));
    fixture_.serve_until([&] { return fixture_.plugin(way).file.empty(); });
    evaluate({1});
    return problem_.empty() ? cell : std::exchange(problem_, {});
  }
  // `alive`: the process went on and said this itself; else the host says how it ended.
  static std::string judge(bool alive, const std::string& words) {
    if (alive) return words.starts_with("refused") ? "refused" : words;
    return words.empty() ? "unknown" : "ended";
  }

  const Libraries& libraries_;
  Fixture fixture_;
  std::filesystem::path steady_copy_;
  std::string problem_;
  int64_t row_ = 0, bot_ = 2;  // 1 is the neighbour's
};
int64_t Stage::longest_ms = 0;

// dlopen itself maps code; and what never returns costs the two seconds that loading may take, so one of a kind is enough.
bool is_tried_in_constructor(int index) {
  const std::string name = control_name(index);
  return name != "map_code" && name != "turn_into_code" && name != "swallow_crash" && name != "half_message";
}

std::string spoken(int index, std::string cell) { return cell == escaped && control_is_spoken(index) ? "no effect" : cell; }

constexpr const char* after_a_lie[] = {"read_passwd", "internet_socket", "fork_once", "outlive_parent"};
constexpr const char* in_a_destructor[] = {"null_pointer", "exit_process"};

std::vector<Row> run_all(const Libraries& libraries) {
  TemporaryFolder folder;
  const std::string engine_file = folder.path() / "engine-file";
  std::ofstream(engine_file) << "private";
  chmod(engine_file.c_str(), 0600);
  Stage stage(libraries);
  std::vector<Row> rows;
  for (int index = 0; index < control_count(); ++index) {
    const std::string name = control_name(index);
    Row& row = rows.emplace_back();
    row.outside = control_works(index, engine_file.c_str()) ? "works" : "fails";
    row.constructor = is_tried_in_constructor(index) ? spoken(index, stage.constructor(name)) : "-";
    row.analyze = spoken(index, stage.analyze('A', name));
  }
  for (const char* name : after_a_lie) rows.push_back({"works", "-", stage.analyze('L', name)});
  for (const char* name : in_a_destructor) rows.push_back({"works", "-", stage.destroy(name)});
  return rows;
}

std::vector<std::pair<std::string, std::string>> names() {
  std::vector<std::pair<std::string, std::string>> list;
  for (int index = 0; index < control_count(); ++index) list.emplace_back(control_name(index), control_tries(index));
  for (const char* name : after_a_lie)
    list.emplace_back(std::string("lie: ") + name, "the same, after a constructor told the worker that its narrower filter stands");
  for (const char* name : in_a_destructor) list.emplace_back(std::string("destroy: ") + name, "the same, when the instance is destroyed");
  return list;
}

// Everything again in a process of another user, which tells its rows by a pipe.
std::vector<Row> run_as(uid_t user, const Libraries& libraries) {
  int pipe_fds[2];
  if (pipe(pipe_fds) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    close(pipe_fds[0]);
    // A process that changes its user is closed to itself, and could not map users into a namespace.
    if (setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0 || prctl(PR_SET_DUMPABLE, 1) != 0) _exit(2);
    std::string text;
    for (const Row& row : run_all(libraries)) text += row.outside + "\t" + row.constructor + "\t" + row.analyze + "\n";
    text += "longest " + std::to_string(Stage::longest_ms) + "\n";
    if (write(pipe_fds[1], text.data(), text.size()) != static_cast<ssize_t>(text.size())) _exit(2);
    _exit(0);
  }
  close(pipe_fds[1]);
  std::string text;
  char part[4096];
  for (ssize_t size; (size = read(pipe_fds[0], part, sizeof part)) > 0;) text.append(part, static_cast<size_t>(size));
  close(pipe_fds[0]);
  waitpid(child, nullptr, 0);
  std::vector<Row> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("longest ")) {
      Stage::longest_ms = std::max<int64_t>(Stage::longest_ms, std::stoll(line.substr(8)));
      continue;
    }
    std::istringstream cells(line);
    Row& row = rows.emplace_back();
    std::getline(cells, row.outside, '\t'), std::getline(cells, row.constructor, '\t'), std::getline(cells, row.analyze, '\t');
  }
  return rows;
}

bool is_safe(const std::string& cell) { return cell == "refused" || cell == "ended" || cell == "no effect" || cell == "-"; }

// Prints what is wrong; the number of faults.
int count_faults(const std::vector<Row>& rows, const char* user) {
  const auto list = names();
  int faults = rows.size() == list.size() ? 0 : 1;
  for (size_t i = 0; i < std::min(rows.size(), list.size()); ++i) {
    const Row& row = rows[i];
    if (row.outside == "works" && is_safe(row.constructor) && is_safe(row.analyze)) continue;
    ++faults;
    std::printf("FAULT as %s: %s: outside: %s; constructor: %s; analyze: %s\n", user, list[i].first.c_str(), row.outside.c_str(), row.constructor.c_str(), row.analyze.c_str());
  }
  return faults;
}

std::string table_of(const std::vector<Row>& root, const std::vector<Row>& user) {
  std::string text = "| way out | what it tries | outside | root: constructor | root: analyze | user: constructor | user: analyze |\n|---|---|---|---|---|---|---|\n";
  const auto list = names();
  for (size_t i = 0; i < list.size() && i < root.size() && i < user.size(); ++i)
    text += "| " + list[i].first + " | " + list[i].second + " | " + root[i].outside + ", " + user[i].outside + " | " + root[i].constructor + " | " +
            root[i].analyze + " | " + user[i].constructor + " | " + user[i].analyze + " |\n";
  return text;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 2 && std::strcmp(arguments[1], "worker") == 0) return worker_main(worker_socket_fd);
  if (count < 3) return std::fprintf(stderr, "usage: attack_table FOLDER_OF_TEST_PLUGINS TABLE [--write]\n"), 2;
#ifdef STRATDOCK_SANITIZE
  return std::printf("skipped: an instrumented build has no sandbox\n"), 0;
#endif
  setenv("STRATDOCK_TEST_WORKER", "/proc/self/exe", 1);
  umask(022);
  const std::filesystem::path plugins = arguments[1], table_file = arguments[2];
  const Libraries libraries{read_file(plugins / "steady.so"), read_file(plugins / "attack.so")};
  if (auto lacks = WorkerProcess::try_sandbox({}); !lacks || !lacks->empty())
    return std::printf("skipped: the sandbox is incomplete on this machine: %s\n", lacks ? lacks->front().c_str() : lacks.error().text().c_str()), 0;
  const bool is_root = geteuid() == 0;
  const auto mine = run_all(libraries);
  const auto user = is_root ? run_as(ordinary_user, libraries) : mine;
  int faults = count_faults(mine, is_root ? "root" : "an ordinary user") + (is_root ? count_faults(user, "an ordinary user") : 0);
  std::printf("%zu ways out; the longest decision beside an attack took %lld ms\n", mine.size(), static_cast<long long>(Stage::longest_ms));
  if (!is_root) return std::printf("note: not run by root, so the table is not compared\n"), faults == 0 ? 0 : 1;
  const std::string table = table_of(mine, user);
  const std::string committed = read_file(table_file);
  const size_t begin = committed.find("| way out |");
  if (count > 3) {
    std::ofstream(table_file) << committed.substr(0, begin) + table;
  } else if (begin == std::string::npos || committed.substr(begin) != table) {
    std::printf("%sThe table in %s is another; with --write this one takes its place.\n", table.c_str(), table_file.c_str());
    ++faults;
  }
  return faults == 0 ? 0 : 1;
}
