// The control of the test that counts arrivals: the HTTP library used the careless way.
#pragma once

#include <string>

// Two POSTs over one pooled client at `address`: "/first" and "/second". What became of the second: its status, or 0.
int post_twice_over_one_client(const std::string& address);
