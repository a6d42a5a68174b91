// Reads lines "KIND <tab> JSON" and prints what our parsers made of each, one line of JSON for one of input.
#include "print_messages.hpp"

#include <iostream>

int main() {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    const size_t tab = line.find('\t');
    const std::string_view kind = std::string_view(line).substr(0, tab);
    const std::string_view text = tab == std::string::npos ? "" : std::string_view(line).substr(tab + 1);
    printing::Json printed = printing::print_market(kind, text);
    if (printed.is_null()) printed = printing::print_account(kind, text);
    if (printed.is_null()) {
      std::cerr << "print_messages: no kind of message is called \"" << kind << "\"\n";
      return 2;
    }
    std::cout << printed.dump() << '\n';
  }
}
