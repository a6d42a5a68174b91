// Where the pool meets the files; apart, so that what uses the pool can be tested without them.
#include <sys/stat.h>

#include "dashboard/store_pool.hpp"

namespace stratdock::dashboard {

StoreOpeners open_store_folder(const std::string& folder) {
  StoreOpeners openers;
  openers.journal = [folder] { return store::open_journal_reader(folder); };
  openers.live = [folder] { return store::open_live_reader(folder); };
  openers.commands = [folder] { return store::open_commands(folder); };
  openers.identity = [folder] {
    std::string identity;
    for (const char* name : {"/journal.db", "/commands.db", "/live.db"}) {
      struct stat info{};
      if (stat((folder + name).c_str(), &info) == 0) identity += std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino) + ";";
      else identity += "-;";
    }
    return identity;
  };
  openers.ring_engine = [folder] { store::ring_doorbell(folder, "engine"); };
  return openers;
}

}  // namespace stratdock::dashboard
