// An executable with the worker role alone.
#include "host/plugin/worker_main.hpp"

int main() { return stratdock::worker_main(stratdock::worker_socket_fd); }
