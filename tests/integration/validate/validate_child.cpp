// An executable with the role of the validator's child alone: it starts in a few milliseconds.
#include "host/plugin/worker_main.hpp"
#include "host/validate/child.hpp"

int main() { return stratdock::validate::child_main(stratdock::worker_socket_fd); }
