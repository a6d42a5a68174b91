// What a strategy wants drawn on its bot's chart: write `void explain(Chart& chart) const` and name each line with its
// present value; the SDK calls it once to describe and then once a candle for the values.
//
//   void explain(Chart& chart) const {
//     chart.line("ema", ema_name_.text(), ema_.value());  // a member: Label ema_name_{"EMA", settings.ema_length}
//     chart.pane("rsi", "RSI", 0, 100);
//     chart.level("rsi", "oversold", 30);
//     chart.line("rsi14", "RSI 14", rsi_.value(), "rsi");
//   }
//
// Owns: the descriptions it hands to the host, per instance and thread of the call. Thread rule: the ABI's [instance].
// Invariant: explain() names the same lines in the same order at every call; texts are literals or live with the instance.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <stratdock/strategy_abi.h>

namespace stratdock::sdk {

class Chart {
 public:
  virtual ~Chart() = default;
  virtual void pane(const char* key, const char* name, double min, double max) = 0;  // min == max == 0: fitted
  virtual void line(const char* key, const char* name, double value, const char* pane = "price",
                    std::uint32_t style = DOCK_STYLE_LINE) = 0;
  virtual void level(const char* pane, const char* name, double value) = 0;
};

// A name with a length, "EMA 21": a text that lives with the instance whose member it is.
class Label {
 public:
  Label(std::string_view name, std::int64_t length) {
    char* const end = text_.data() + text_.size() - 1;
    char* at = std::copy_n(name.data(), std::min<std::size_t>(name.size(), 15), text_.data());
    *at++ = ' ';
    std::to_chars(at, end, length);
  }
  const char* text() const { return text_.data(); }

 private:
  std::array<char, 40> text_{};
};

namespace detail {

// Collects descriptions; the host reads them through pointers, so they live with the instance.
class ChartDescription final : public Chart {
 public:
  void pane(const char* key, const char* name, double min, double max) override {
    panes_.push_back({sizeof(dock_pane), 0, key, name, min, max});
  }
  void line(const char* key, const char* name, double, const char* pane, std::uint32_t style) override {
    series_.push_back({sizeof(dock_series), style, key, name, "", pane});
  }
  void level(const char* pane, const char* name, double value) override {
    levels_.push_back({sizeof(dock_level), DOCK_STYLE_DASHED, pane, name, value});
  }
  void give(dock_chart& out) {
    out.pane_count = point(panes_, pane_pointers_, out.panes);
    out.series_count = point(series_, series_pointers_, out.series);
    out.level_count = point(levels_, level_pointers_, out.levels);
  }

 private:
  template <class Item>
  static std::uint32_t point(const std::vector<Item>& items, std::vector<const Item*>& pointers,
                             const Item* const*& out) {
    pointers.clear();
    for (const Item& item : items) pointers.push_back(&item);
    out = pointers.empty() ? nullptr : pointers.data();
    return static_cast<std::uint32_t>(pointers.size());
  }
  std::vector<dock_pane> panes_;
  std::vector<dock_series> series_;
  std::vector<dock_level> levels_;
  std::vector<const dock_pane*> pane_pointers_;
  std::vector<const dock_series*> series_pointers_;
  std::vector<const dock_level*> level_pointers_;
};

class ChartValues final : public Chart {
 public:
  ChartValues(double* values, std::uint32_t room) : values_(values), room_(room) {}
  void pane(const char*, const char*, double, double) override {}
  void level(const char*, const char*, double) override {}
  void line(const char*, const char*, double value, const char*, std::uint32_t) override {
    if (count_ < room_) values_[count_++] = value;
  }

 private:
  double* values_;
  std::uint32_t room_;
  std::uint32_t count_ = 0;
};

}  // namespace detail
}  // namespace stratdock::sdk
