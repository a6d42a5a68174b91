#include "host/binance/web_socket.hpp"

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <algorithm>
#include <deque>
#include <mutex>
#include <thread>

#include "core/check.hpp"

namespace stratdock::binance {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using boost::system::error_code;

struct NetworkThread::State {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard = asio::make_work_guard(io);
  std::thread thread;

  void run() {
    for (;;) {
      try {
        io.run();
        return;
      } catch (const std::exception& error) {
        std::fprintf(stderr, "stratdock: a WebSocket connection threw: %s\n", error.what());
      }
    }
  }
};

NetworkThread::NetworkThread() : state_(std::make_unique<State>()) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

NetworkThread::~NetworkThread() {
  state_->io.stop();
  state_->thread.join();
}

// What both threads see of a connection, whichever stream it runs on.
class WebSocket::Session {
public:
  Session(const Origin& origin, WebSocketOptions options, std::shared_ptr<Wakeup> wakeup)
      : origin_(origin), options_(std::move(options)), wakeup_(std::move(wakeup)) {}
  virtual ~Session() = default;
  virtual void start() = 0;
  virtual void wish_write() = 0;
  virtual void wish_close() = 0;

  State state() {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  std::optional<TransportFault> ended() {
    const std::lock_guard lock(mutex_);
    return fault_;
  }
  std::vector<std::string> take_messages() {
    const std::lock_guard lock(mutex_);
    queued_bytes_ = 0;
    return std::exchange(messages_, {});
  }
  Status queue(std::string text) {
    const std::lock_guard lock(mutex_);
    if (state_ != State::open) return failure("sending to " + origin_.text() + ": the connection is not open");
    if (unsent_.size() >= options_.max_unsent_messages) return failure("sending to " + origin_.text() + ": " + std::to_string(unsent_.size()) + " messages wait to be sent already");
    unsent_.push_back(std::move(text));
    return {};
  }

protected:
  // The rest is for the network's thread.
  void opened() {
    {
      const std::lock_guard lock(mutex_);
      if (state_ != State::connecting) return;
      state_ = State::open;
    }
    wakeup_->ring();
  }
  // False when the queue is full.
  bool received(std::string text) {
    {
      const std::lock_guard lock(mutex_);
      if (messages_.size() >= options_.max_queued_messages || queued_bytes_ + text.size() > options_.max_queued_bytes) return false;
      queued_bytes_ += text.size();
      messages_.push_back(std::move(text));
    }
    wakeup_->ring();
    return true;
  }
  // The first reason stays.
  void ended_by(FaultKind kind, bool may_have_arrived, const std::string& doing, const std::string& found, int http_status = 0) {
    {
      const std::lock_guard lock(mutex_);
      if (state_ == State::closed) return;
      state_ = State::closed;
      unsent_.clear();
      fault_ = TransportFault{kind, may_have_arrived, http_status, {doing + " " + origin_.text() + ": " + found, "", 0}};
    }
    wakeup_->ring();
  }
  bool is_closed() { return state() == State::closed; }
  std::optional<std::string> next_unsent() {
    const std::lock_guard lock(mutex_);
    if (unsent_.empty()) return std::nullopt;
    std::string text = std::move(unsent_.front());
    unsent_.pop_front();
    return text;
  }

  const Origin origin_;
  const WebSocketOptions options_;

private:
  const std::shared_ptr<Wakeup> wakeup_;
  std::mutex mutex_;
  State state_ = State::connecting;
  std::optional<TransportFault> fault_;
  std::vector<std::string> messages_;
  size_t queued_bytes_ = 0;
  std::deque<std::string> unsent_;
};

namespace {

using PlainStream = websocket::stream<beast::tcp_stream>;
using TlsStream = websocket::stream<beast::ssl_stream<beast::tcp_stream>>;

asio::ssl::context make_tls_context(const std::string& certificate_file) {
  using Context = asio::ssl::context;
  Context context(Context::tls_client);
  context.set_options(Context::default_workarounds | Context::no_sslv2 | Context::no_sslv3 | Context::no_tlsv1 | Context::no_tlsv1_1);
  context.set_verify_mode(asio::ssl::verify_peer);
  error_code ignored;  // what cannot be loaded is not trusted: the handshake will say so
  context.set_default_verify_paths(ignored);
  if (!certificate_file.empty()) context.load_verify_file(certificate_file, ignored);
  return context;
}

}  // namespace

// Thread rule: everything but the constructor runs on the network's one thread.
template <typename Stream>
class WebSocket::StreamSession final : public Session, public std::enable_shared_from_this<StreamSession<Stream>> {
public:
  static constexpr bool tls = std::is_same_v<Stream, TlsStream>;

  template <typename... StreamArguments>
  StreamSession(asio::io_context& io, const Origin& origin, WebSocketOptions options, std::shared_ptr<Wakeup> wakeup, StreamArguments&&... arguments)
      : Session(origin, std::move(options), std::move(wakeup)), io_(io), resolver_(io), deadline_(io), stream_(io, std::forward<StreamArguments>(arguments)...) {}

  void start() override {
    asio::post(io_, [self = this->shared_from_this()] { self->resolve(); });
  }
  void wish_write() override {
    asio::post(io_, [self = this->shared_from_this()] { self->write_next(); });
  }
  void wish_close() override {
    asio::post(io_, [self = this->shared_from_this()] { self->say_goodbye(); });
  }

private:
  auto bound(void (StreamSession::*member)(error_code)) {
    return [self = this->shared_from_this(), member](error_code error, auto&&...) { (*self.*member)(error); };
  }

  void resolve() {
    if (this->is_closed()) return;
    arm(this->options_.handshake_timeout_ms, FaultKind::timeout, "no connection was ready after " + std::to_string(this->options_.handshake_timeout_ms) + " ms");
    resolver_.async_resolve(this->origin_.host(), std::to_string(this->origin_.port()),
                            [self = this->shared_from_this()](error_code error, const tcp::resolver::results_type& found) {
                              if (error) return self->fail(FaultKind::address, "the host's name has no address");
                              beast::get_lowest_layer(self->stream_).async_connect(found, self->bound(&StreamSession::on_connect));
                            });
  }

  void on_connect(error_code error) {
    if (error) return fail(FaultKind::refused, "no connection came about");
    beast::get_lowest_layer(stream_).socket().set_option(tcp::no_delay(true), error);
    if constexpr (tls) {
      // The name goes into the handshake for hosts that serve several; an address is none.
      const std::string& host = this->origin_.host();
      const bool is_name = host.find(':') == std::string::npos && host.find_first_not_of("0123456789.") != std::string::npos;
      if (is_name) SSL_set_tlsext_host_name(stream_.next_layer().native_handle(), host.c_str());
      stream_.next_layer().set_verify_callback(asio::ssl::host_name_verification(host));
      stream_.next_layer().async_handshake(asio::ssl::stream_base::client, bound(&StreamSession::on_tls));
    } else {
      upgrade();
    }
  }

  void on_tls(error_code error) {
    if (error) return fail(FaultKind::tls, "its certificate was not accepted, or the TLS handshake failed");
    upgrade();
  }

  void upgrade() {
    websocket::stream_base::timeout timeouts;
    timeouts.handshake_timeout = std::chrono::milliseconds(this->options_.handshake_timeout_ms);
    timeouts.idle_timeout = std::chrono::milliseconds(this->options_.dead_after_ms);
    timeouts.keep_alive_pings = true;  // at half the idle time
    stream_.set_option(timeouts);
    stream_.read_message_max(this->options_.max_message_bytes);
    stream_.async_handshake(response_, this->origin_.authority(), this->options_.target, bound(&StreamSession::on_upgrade));
  }

  void on_upgrade(error_code error) {
    if (error == websocket::error::upgrade_declined)
      return fail(FaultKind::declined, "it answered the handshake with HTTP status " + std::to_string(response_.result_int()), response_.result_int());
    if (error) return fail(FaultKind::malformed, "it did not answer the handshake as a WebSocket server does");
    deadline_.cancel();
    stream_.text(true);
    stream_.auto_fragment(false);  // a request is one frame
    open_ = true;
    this->opened();
    watch();
    read_next();
    write_next();
  }

  // After a goodbye or a breach of the protocol the library waits for the peer to close, up to the idle time: not we.
  void watch() {
    deadline_.expires_after(std::chrono::milliseconds(std::max<int64_t>(1, this->options_.close_timeout_ms / 4)));
    deadline_.async_wait([self = this->shared_from_this()](error_code error) {
      if (error || self->closing_) return;
      if (!self->stream_.is_open() && std::exchange(self->was_down_, true)) {
        const int code = self->stream_.reason().code;
        if (code != websocket::close_code::none) return self->fail(FaultKind::cut, "it closed the connection with code " + std::to_string(code));
        return self->fail(FaultKind::malformed, "what came breaks the protocol");
      }
      self->watch();
    });
  }

  void read_next() { stream_.async_read(buffer_, bound(&StreamSession::on_read)); }

  void on_read(error_code error) {
    if (error == beast::error::timeout)
      return fail(FaultKind::silent, "nothing came for " + std::to_string(this->options_.dead_after_ms) + " ms, although it was pinged");
    if (error == websocket::error::closed) {
      const auto& reason = stream_.reason();
      return fail(FaultKind::cut, "it closed the connection with code " + std::to_string(reason.code));
    }
    if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow)
      return fail(FaultKind::overflow, "a message is larger than " + std::to_string(this->options_.max_message_bytes) + " bytes");
    if (error && error.category() == make_error_code(websocket::error::bad_opcode).category())
      return fail(FaultKind::malformed, "what came breaks the protocol: " + error.message());
    if (error) return fail(FaultKind::cut, "the connection was cut");
    // Text only is spoken here; somebody else's frames would be garbage to the parsers as well, and they say so.
    std::string text = beast::buffers_to_string(buffer_.data());
    buffer_.consume(buffer_.size());
    if (!this->received(std::move(text))) return fail(FaultKind::overflow, "more messages came than were taken");
    read_next();
  }

  void write_next() {
    if (!open_ || writing_ || this->is_closed()) return;
    auto next = this->next_unsent();
    if (!next) return;
    sending_ = std::move(*next);
    writing_ = true;
    stream_.async_write(asio::buffer(sending_), [self = this->shared_from_this()](error_code error, size_t) {
      self->writing_ = false;
      if (error) return self->fail(FaultKind::cut, "the connection was cut while sending");
      self->write_next();
    });
  }

  void say_goodbye() {
    if (this->is_closed() || closing_) return;
    if (!open_ || writing_) return fail(FaultKind::closed, "closed by this program");
    closing_ = true;
    arm(this->options_.close_timeout_ms, FaultKind::closed, "closed by this program, unanswered");
    stream_.async_close(websocket::close_code::normal, [self = this->shared_from_this()](error_code) { self->fail(FaultKind::closed, "closed by this program"); });
  }

  void arm(int64_t timeout_ms, FaultKind kind, const std::string& found) {
    deadline_.expires_after(std::chrono::milliseconds(timeout_ms));
    deadline_.async_wait([self = this->shared_from_this(), kind, found](error_code error) {
      if (!error) self->fail(kind, found);
    });
  }

  // Everything ends here: the socket goes at once, whatever is still pending comes back with an error and is ignored.
  void fail(FaultKind kind, const std::string& found, int http_status = 0) {
    if (closing_) kind = FaultKind::closed;
    this->ended_by(kind, open_, open_ ? "speaking with" : "connecting to", found, http_status);
    deadline_.cancel();
    resolver_.cancel();
    error_code ignored;
    beast::get_lowest_layer(stream_).socket().close(ignored);
  }

  asio::io_context& io_;
  tcp::resolver resolver_;
  asio::steady_timer deadline_;
  Stream stream_;
  beast::flat_buffer buffer_;
  websocket::response_type response_;
  std::string sending_;
  bool open_ = false, writing_ = false, closing_ = false, was_down_ = false;
};

WebSocket::WebSocket(NetworkThread& network, const Origin& origin, WebSocketOptions options, std::shared_ptr<Wakeup> wakeup) {
  STRATDOCK_CHECK(origin.web_socket());
  STRATDOCK_CHECK(options.certificate_file.empty() || origin.venue() == Venue::paper);
  asio::io_context& io = network.state_->io;
  if (origin.tls()) {
    auto context = make_tls_context(options.certificate_file);
    session_ = std::make_shared<StreamSession<TlsStream>>(io, origin, std::move(options), std::move(wakeup), context);
  } else {
    session_ = std::make_shared<StreamSession<PlainStream>>(io, origin, std::move(options), std::move(wakeup));
  }
  session_->start();
}

WebSocket::~WebSocket() { close(); }
WebSocket::State WebSocket::state() const { return session_->state(); }
std::optional<TransportFault> WebSocket::ended() const { return session_->ended(); }
std::vector<std::string> WebSocket::take_messages() { return session_->take_messages(); }
void WebSocket::close() { session_->wish_close(); }

Status WebSocket::send(std::string text) {
  Status queued = session_->queue(std::move(text));
  if (queued) session_->wish_write();
  return queued;
}

}  // namespace stratdock::binance
