// The program's own libraries in a worker, which uses hardly any: their private pages, half a megabyte, given back.
// Thread rule: once, by the worker's only thread. Invariant: no code of such a library runs afterwards, neither at the
// process's end; what the loader reads of them (names, sections, tables of addresses) stays.
#pragma once

namespace stratdock {

// From here on the process ends without the destructors of libraries. Those of `needed_libraries.hpp`, seccomp's and the
// program itself stay as they are.
void forget_unused_libraries();

}  // namespace stratdock
