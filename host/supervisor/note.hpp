// The note's writing side. Thread rule: the supervisor's thread. Invariant: readers see the old note or the new one, never half.
#pragma once

#include "host/supervisor/supervisor.hpp"

namespace stratdock {

void write_note(const std::filesystem::path& data_folder, const SupervisorNote& note);
void remove_note(const std::filesystem::path& data_folder);

}  // namespace stratdock
