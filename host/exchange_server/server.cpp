#include "host/exchange_server/server.hpp"

#include "host/exchange_server/control_door.hpp"
#include "host/exchange_server/fault_script.hpp"
#include "host/exchange_server/market_streams.hpp"
#include "host/exchange_server/rest_door.hpp"
#include "host/exchange_server/socket_door.hpp"

namespace stratdock::exchange_server {

namespace {
constexpr int64_t goodbye_ms = 200; // for serverShutdown to reach the clients
}

// Sends each request and socket to its door.
struct Server::Impl : WebService {
  explicit Impl(const ServerSettings& settings)
      : venue(settings.is_market_time), limits(settings.limits), api(venue, limits) {}

  void on_request(HttpRequest request, std::function<void(HttpAnswer)> answer) override {
    rest->on_request(std::move(request), std::move(answer));
  }
  HttpAnswer on_upgrade(const HttpRequest& request) override {
    HttpAnswer answer;
    answer.status = 101;
    if (!SocketDoor::serves(request.target) && !MarketStreams::serves(request.target)) {
      answer.status = 404;
      answer.body = error_json(-1000, "There is no stream at this path; there are /ws, /stream and /ws-api/v3.");
    } else if (!limits.may_connect(request.peer, venue.now_ms())) {
      answer.status = 429;
      answer.body = error_json(-1003, "Too many connection attempts; try again in five minutes.");
    } else if (std::optional<HttpAnswer> refused = faults->upgrading(request)) {
      return *refused;
    }
    return answer;
  }
  void on_socket_open(const HttpRequest& request, WebSocket& socket) override {
    log->note("socket_opened", "\"connection\":" + std::to_string(socket.connection()) + ",\"is_api\":" +
                                   (SocketDoor::serves(request.target) ? "true" : "false"));
    const bool is_api = SocketDoor::serves(request.target);
    faults->socket_opened(socket, is_api ? StreamKind::user : StreamKind::market);
    if (is_api) sockets->opened(request, socket);
    else streams->opened(request, socket);
  }
  void on_socket_text(WebSocket& socket, std::string text) override {
    if (sockets->knows(socket)) sockets->received(socket, text);
    else streams->received(socket, text);
  }
  void on_socket_control(WebSocket& socket) override {
    if (!sockets->knows(socket)) streams->controlled(socket);
  }
  void on_socket_closed(WebSocket& socket) override {
    log->note("socket_closed", "\"connection\":" + std::to_string(socket.connection()));
    sockets->closed(socket);
    streams->closed(socket);
    faults->socket_closed(socket);
  }

  EventLoop loop;
  Venue venue;
  Limits limits;
  Api api;
  std::unique_ptr<JudgeLog> log;
  std::unique_ptr<Exchange> exchange;
  std::unique_ptr<MarketDriver> driver;
  std::unique_ptr<RestDoor> rest;
  std::unique_ptr<MarketStreams> streams;
  std::unique_ptr<SocketDoor> sockets;
  std::unique_ptr<FaultActions> actions;
  std::unique_ptr<FaultScript> faults;
  std::unique_ptr<ControlDoor> control;
  std::unique_ptr<WebListener> listener, control_listener;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(const ServerSettings& settings) {
  auto impl = std::make_unique<Impl>(settings);
  auto log = JudgeLog::open(settings.log_file, impl->venue.clock());
  if (!log) return tl::unexpected(log.error());
  impl->log = std::move(*log);
  auto source = make_candle_source(settings.market);
  if (!source) return tl::unexpected(source.error());
  auto driver = MarketDriver::open(impl->loop, impl->venue, std::move(*source), settings.driver);
  if (!driver) return tl::unexpected(driver.error());
  impl->driver = std::move(*driver);
  for (const AccountSettings& account : settings.accounts)
    impl->venue.add_account(account);

  impl->exchange = std::make_unique<Exchange>(
      Exchange{impl->loop, impl->venue, impl->limits, impl->api, *impl->log, nullptr, 0});
  impl->rest = std::make_unique<RestDoor>(*impl->exchange);
  impl->streams = std::make_unique<MarketStreams>(*impl->exchange);
  impl->sockets = std::make_unique<SocketDoor>(*impl->exchange);
  impl->actions = std::make_unique<FaultActions>(*impl->exchange, *impl->sockets);
  impl->faults = std::make_unique<FaultScript>(*impl->exchange, *impl->actions);
  impl->exchange->filter = impl->faults.get();
  impl->control = std::make_unique<ControlDoor>(*impl->exchange, *impl->driver, *impl->faults);
  impl->venue.set_listeners(impl->streams.get(), {impl->log.get(), impl->sockets.get()});
  if (Status started = impl->driver->start(); !started) return tl::unexpected(started.error());
  if (!settings.faults_file.empty())
    if (Status loaded = impl->faults->load(settings.faults_file.string()); !loaded) return tl::unexpected(loaded.error());

  auto listener = WebListener::open(impl->loop, settings.listener, *impl);
  if (!listener) return tl::unexpected(listener.error());
  impl->listener = std::move(*listener);
  if (settings.has_control) {
    ListenerSettings plain;
    plain.port = settings.control_port;
    auto control = WebListener::open(impl->loop, plain, *impl->control);
    if (!control) return tl::unexpected(control.error());
    impl->control_listener = std::move(*control);
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

void Server::run() {
  impl_->loop.on_signal([this] { stop(); });
  impl_->loop.run();
}

void Server::stop() {
  impl_->loop.post([this] {
    impl_->listener->stop_accepting();
    impl_->streams->shut_down();
    impl_->sockets->shut_down();
    impl_->loop.after(goodbye_ms, [this] { impl_->loop.stop(); });
  });
}

uint16_t Server::port() const {
  return impl_->listener->port();
}
uint16_t Server::control_port() const {
  return impl_->control_listener ? impl_->control_listener->port() : 0;
}
Venue& Server::venue() {
  return impl_->venue;
}
MarketDriver& Server::driver() {
  return *impl_->driver;
}

} // namespace stratdock::exchange_server
