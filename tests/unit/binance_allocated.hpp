// Bytes that this program has allocated by new and not deleted, by the sizes asked for; counted over all threads.
#pragma once

#include <cstdint>

int64_t allocated_bytes();
