// A C++ strategy that lets an exception out of analyze.
#include <stratdock/strategy_abi.h>

#include <stdexcept>

struct dock_instance {
  int unused = 0;
};

namespace {

int32_t create(const dock_host*, const dock_config*, dock_instance** out, dock_buffer*) noexcept {
  *out = new dock_instance;
  return DOCK_OK;
}
void destroy(dock_instance* instance) noexcept { delete instance; }
int32_t requirements(dock_instance*, dock_requirements* out, dock_buffer*) noexcept {
  out->window = 1;
  return DOCK_OK;
}
// A plugin that dodges noexcept by a cast gets the same treatment as one that breaks it.
int32_t analyze(dock_instance*, const dock_input*, dock_decision*, dock_buffer*) { throw std::runtime_error("no"); }

const dock_strategy strategy = [] {
  dock_strategy table{};
  table.struct_size = sizeof table;
  table.id = "test.throws";
  table.name = table.version = table.vendor = table.doc = "throws";
  table.create = create;
  table.destroy = destroy;
  table.requirements = requirements;
  table.analyze = reinterpret_cast<decltype(table.analyze)>(analyze);
  return table;
}();
const dock_strategy* const strategies[] = {&strategy};
const dock_library library = [] {
  dock_library table{};
  table.struct_size = sizeof table;
  table.abi_major = DOCK_ABI_MAJOR;
  table.strategy_count = 1;
  table.strategies = strategies;
  table.build_info = "test";
  return table;
}();

}  // namespace

const dock_library* stratdock_entry_v1() noexcept { return &library; }
