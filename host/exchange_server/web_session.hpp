// The inside of web.hpp that its sources share: the loop's context and a listener's common state.
// Thread rule: as web.hpp. Invariant: sessions hold `ListenerState` by shared_ptr, so a listener may go before them.
#pragma once

#include <atomic>
#include <memory>

#include "host/exchange_server/web.hpp"

namespace boost::asio {
class io_context;
namespace ssl {
class context;
}
} // namespace boost::asio

namespace stratdock::exchange_server {

struct ListenerState {
  boost::asio::io_context* context = nullptr;
  WebService* service = nullptr;
  ListenerSettings settings;
  std::shared_ptr<boost::asio::ssl::context> tls; // null: plain
};

boost::asio::io_context& context_of(EventLoop& loop);
// Unique over all listeners of the process.
uint64_t next_connection_number();
// Serves one accepted TCP connection, given by its file descriptor, until either side ends it.
void start_session(int socket, std::shared_ptr<ListenerState> state);

} // namespace stratdock::exchange_server
