// The dashboard's process, as the supervisor starts it: DATA_FOLDER PORT [WEB_ROOT].
#include <sys/prctl.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "dashboard/dashboard.hpp"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: dashboard_under_test DATA_FOLDER PORT [WEB_ROOT]\n", stderr);
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  stratdock::dashboard::DashboardOptions options;
  options.data_folder = argv[1];
  options.port = std::atoi(argv[2]);
  if (argc > 3) options.web_root = argv[3];
  return stratdock::dashboard::dashboard_main(options);
}
