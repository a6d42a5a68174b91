// The event loop and the port that accepts.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "host/exchange_server/web_session.hpp"

namespace stratdock::exchange_server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::string_view find_header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

uint64_t next_connection_number() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

struct EventLoop::Impl {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  std::unique_ptr<asio::signal_set> signals;
};

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}
EventLoop::~EventLoop() = default;
void EventLoop::run() {
  impl_->context.run();
}
void EventLoop::stop() {
  impl_->context.stop();
}
void EventLoop::post(std::function<void()> work) {
  asio::post(impl_->context, std::move(work));
}
void EventLoop::after(int64_t delay_ms, std::function<void()> work) {
  auto timer = std::make_shared<asio::steady_timer>(impl_->context, std::chrono::milliseconds(delay_ms));
  timer->async_wait([timer, work = std::move(work)](error_code error) {
    if (!error) work();
  });
}
void EventLoop::on_signal(std::function<void()> work) {
  impl_->signals = std::make_unique<asio::signal_set>(impl_->context, SIGINT, SIGTERM);
  impl_->signals->async_wait([work = std::move(work)](error_code error, int) {
    if (!error) work();
  });
}

asio::io_context& context_of(EventLoop& loop) {
  return loop.impl().context;
}

struct WebListener::Impl {
  std::shared_ptr<ListenerState> state;
  std::shared_ptr<tcp::acceptor> acceptor;
};

namespace {

void accept_next(const std::shared_ptr<tcp::acceptor>& acceptor, const std::shared_ptr<ListenerState>& state) {
  acceptor->async_accept([acceptor, state](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !acceptor->is_open()) return;
    if (!error) {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      const int handle = socket.release(ignored);
      if (!ignored) start_session(handle, state);
    }
    if (!error) return accept_next(acceptor, state);
    // No descriptors left, most likely: they come back when clients go.
    auto pause = std::make_shared<asio::steady_timer>(*state->context, std::chrono::milliseconds(100));
    pause->async_wait([pause, acceptor, state](error_code) { accept_next(acceptor, state); });
  });
}

Result<std::shared_ptr<asio::ssl::context>> tls_context(const ListenerSettings& settings) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  error_code error;
  context->use_certificate_chain(asio::buffer(settings.certificate), error);
  if (error)
    return failure("serving TLS: the certificate cannot be used: " + error.message(), "give a PEM file with the chain");
  context->use_private_key(asio::buffer(settings.private_key), asio::ssl::context::pem, error);
  if (error)
    return failure("serving TLS: the private key cannot be used: " + error.message(),
                   "give the PEM file of the certificate's own key, without a password");
  return context;
}

} // namespace

Result<std::unique_ptr<WebListener>> WebListener::open(EventLoop& loop, const ListenerSettings& settings,
                                                       WebService& service) {
  auto impl = std::make_unique<Impl>();
  impl->state = std::make_shared<ListenerState>();
  impl->state->context = &context_of(loop);
  impl->state->service = &service;
  impl->state->settings = settings;
  if (!settings.certificate.empty()) {
    auto tls = tls_context(settings);
    if (!tls) return tl::unexpected(tls.error());
    impl->state->tls = *tls;
  }
  impl->acceptor = std::make_shared<tcp::acceptor>(context_of(loop));
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), settings.port);
  error_code error;
  impl->acceptor->open(endpoint.protocol(), error);
  if (!error) impl->acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) impl->acceptor->bind(endpoint, error);
  if (!error) impl->acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return failure("listening on 127.0.0.1:" + std::to_string(settings.port) + ": " + error.message(),
                   "choose another port, or 0 for any free one");
  accept_next(impl->acceptor, impl->state);
  return std::unique_ptr<WebListener>(new WebListener(std::move(impl)));
}

WebListener::WebListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebListener::~WebListener() {
  stop_accepting();
}
uint16_t WebListener::port() const {
  error_code error;
  return impl_->acceptor->local_endpoint(error).port();
}
void WebListener::stop_accepting() {
  error_code ignored;
  impl_->acceptor->close(ignored);
}

} // namespace stratdock::exchange_server
