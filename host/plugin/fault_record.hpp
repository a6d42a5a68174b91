// Who broke what, and when that is enough: the same instance three times, or two instances of a plugin within ten minutes.
// Thread rule: one thread. Invariant: only calls in flight are charged; errors that a strategy reports are not faults.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace stratdock {

enum class Verdict : uint8_t { hold, quarantine_instance, quarantine_plugin };

class FaultRecord {
public:
  static constexpr int instance_limit = 3;
  static constexpr int64_t plugin_window_ms = 10 * 60'000;

  // The instance's call killed its worker or missed the deadline. `now_ms` is any clock that never goes back.
  Verdict charge(const std::string& plugin, int64_t instance_id, int64_t now_ms) {
    const int count = ++counts_[instance_id];
    auto& recent = recent_[plugin];
    std::erase_if(recent, [&](const Charge& charge) { return charge.at_ms <= now_ms - plugin_window_ms; });
    bool others = false;
    for (const Charge& charge : recent) others = others || charge.instance_id != instance_id;
    recent.push_back({instance_id, now_ms});
    if (others) return Verdict::quarantine_plugin;
    return count >= instance_limit ? Verdict::quarantine_instance : Verdict::hold;
  }
  void forgive_instance(int64_t instance_id) { counts_.erase(instance_id); }
  void forgive_plugin(const std::string& plugin) { recent_.erase(plugin); }

private:
  struct Charge {
    int64_t instance_id, at_ms;
  };
  std::map<int64_t, int> counts_;
  std::map<std::string, std::vector<Charge>> recent_;
};

}  // namespace stratdock
