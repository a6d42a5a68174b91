// One connection: HTTP requests one after the other, or a WebSocket after an upgrade; plain or TLS.
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <ctime>
#include <deque>
#include <optional>

#include "host/exchange_server/web_session.hpp"

namespace stratdock::exchange_server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;
using Bytes = std::shared_ptr<const std::string>;

constexpr size_t max_header_bytes = 64 * 1024, max_body_bytes = 1024 * 1024;
constexpr std::chrono::minutes idle_for{5};

template <typename Stream> beast::tcp_stream& transport(Stream& stream) {
  return beast::get_lowest_layer(stream);
}

// Ends with a TCP reset instead of an orderly close.
template <typename Stream> void reset_connection(Stream& stream) {
  error_code ignored;
  auto& socket = transport(stream).socket();
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

std::string date_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

// Who takes this for a proxy sends the whole address; a server has to understand it as well (RFC 9112, 3.2.2).
std::string without_host(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const size_t path = target.find('/', scheme.size());
    return path == std::string_view::npos ? "/" : std::string(target.substr(path));
  }
  return std::string(target);
}

// The answer to a HEAD has the headers of the whole and no body, or the next answer would be taken for it.
std::string text_of(const HttpAnswer& answer, bool keep_alive, bool is_head) {
  const beast::string_view reason = http::obsolete_reason(static_cast<http::status>(answer.status));
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " " + std::string(reason.data(), reason.size()) +
                     "\r\nDate: " + date_text() + "\r\nContent-Type: " + answer.content_type +
                     "\r\nContent-Length: " + std::to_string(answer.body.size()) +
                     "\r\nConnection: " + (keep_alive ? "keep-alive" : "close") + "\r\n";
  for (const auto& [name, value] : answer.headers)
    text += name + ": " + value + "\r\n";
  return text + "\r\n" + (is_head ? "" : answer.body);
}

HttpRequest request_of(const http::request<http::string_body>& message, const std::string& peer, uint64_t connection) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  const beast::string_view target = message.target();
  request.target = without_host({target.data(), target.size()});
  request.body = message.body();
  request.peer = peer;
  request.connection = connection;
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  return request;
}

int64_t steady_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// A WebSocket's server side. Lives as long as its pending read.
template <typename Stream> class SocketSession : public WebSocket, public std::enable_shared_from_this<SocketSession<Stream>> {
public:
  SocketSession(Stream stream, std::shared_ptr<ListenerState> state, HttpRequest request)
      : socket_(std::move(stream)), state_(std::move(state)), request_(std::move(request)), timer_(*state_->context) {}

  void start(const http::request<http::string_body>& upgrade) {
    transport(socket_).expires_never();
    socket_.set_option(websocket::stream_base::timeout{std::chrono::seconds(15), websocket::stream_base::none(), false});
    socket_.read_message_max(max_body_bytes);
    socket_.text(true);
    socket_.auto_fragment(false);
    socket_.control_callback([this](websocket::frame_type kind, beast::string_view payload) {
      if (kind == websocket::frame_type::pong && std::string_view(payload.data(), payload.size()) == last_ping_)
        last_pong_ms_ = steady_ms();
      if (kind != websocket::frame_type::close && is_open_) state_->service->on_socket_control(*this);
    });
    socket_.async_accept(upgrade, [self = this->shared_from_this()](error_code error) {
      if (error) return;
      self->is_open_ = true;
      self->opened_ms_ = self->last_pong_ms_ = steady_ms();
      self->state_->service->on_socket_open(self->request_, *self);
      self->wait_to_ping();
      self->read();
      self->write();
    });
  }

  uint64_t connection() const override { return request_.connection; }

  void send(std::string text) override {
    if (is_closing_) return;
    queued_bytes_ += text.size();
    if (queued_bytes_ > max_queued_bytes) return reset(); // reads too slowly
    queue_.push_back(std::move(text));
    write();
  }

  void close(int code, const std::string& reason) override {
    if (is_closing_) return;
    is_closing_ = true;
    closing_ = websocket::close_reason(static_cast<websocket::close_code>(code), reason);
    if (!is_writing_) close_now();
  }

  void reset() override {
    is_closing_ = true;
    asio::post(*state_->context, [self = this->shared_from_this()] { reset_connection(self->socket_); });
  }

private:
  void read() {
    socket_.async_read(buffer_, [self = this->shared_from_this()](error_code error, size_t) {
      if (error) return self->ended();
      std::string text = beast::buffers_to_string(self->buffer_.data());
      self->buffer_.consume(self->buffer_.size());
      self->state_->service->on_socket_text(*self, std::move(text));
      self->read();
    });
  }

  void write() {
    if (!is_open_ || is_writing_ || queue_.empty()) return;
    is_writing_ = true;
    socket_.async_write(asio::buffer(queue_.front()), [self = this->shared_from_this()](error_code error, size_t) {
      self->is_writing_ = false;
      if (error) return;
      self->queued_bytes_ -= self->queue_.front().size();
      self->queue_.pop_front();
      if (self->queue_.empty() && self->closing_) return self->close_now(); // a reset has no goodbye
      self->write();
    });
  }

  void close_now() {
    socket_.async_close(*closing_, [self = this->shared_from_this()](error_code) {});
  }

  void wait_to_ping() {
    timer_.expires_after(milliseconds(state_->settings.ping_every_ms));
    timer_.async_wait([weak = this->weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (!error && self && self->is_open_ && !self->is_closing_) self->ping();
    });
  }

  void ping() {
    const int64_t now_ms = steady_ms();
    if (now_ms - last_pong_ms_ >= state_->settings.pong_within_ms) return close(1008, "Pong timeout");
    if (now_ms - opened_ms_ >= state_->settings.socket_life_ms) return close(1001, "Connection life is over");
    last_ping_ = std::to_string(now_ms);
    socket_.async_ping(websocket::ping_data(last_ping_), [self = this->shared_from_this()](error_code) {});
    wait_to_ping();
  }

  void ended() {
    if (!std::exchange(is_open_, false)) return;
    is_closing_ = true;
    timer_.cancel();
    state_->service->on_socket_closed(*this);
  }

  websocket::stream<Stream> socket_;
  std::shared_ptr<ListenerState> state_;
  HttpRequest request_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::deque<std::string> queue_;
  size_t queued_bytes_ = 0;
  bool is_open_ = false, is_writing_ = false, is_closing_ = false;
  std::optional<websocket::close_reason> closing_;
  std::string last_ping_;
  int64_t last_pong_ms_ = 0, opened_ms_ = 0;
};

template <typename Stream> class HttpSession : public std::enable_shared_from_this<HttpSession<Stream>> {
public:
  HttpSession(Stream stream, std::shared_ptr<ListenerState> state)
      : stream_(std::move(stream)), state_(std::move(state)), timer_(*state_->context),
        connection_(next_connection_number()) {
    error_code error;
    peer_ = transport(stream_).socket().remote_endpoint(error).address().to_string(error);
  }

  void start() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      transport(stream_).expires_after(std::chrono::seconds(15));
      stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](error_code error) {
        if (!error) self->read();
      });
    } else {
      read();
    }
  }

private:
  void read() {
    parser_.emplace();
    parser_->header_limit(max_header_bytes);
    parser_->body_limit(max_body_bytes);
    transport(stream_).expires_after(idle_for);
    http::async_read_header(stream_, buffer_, *parser_, [self = this->shared_from_this()](error_code error, size_t) {
      if (error) return self->unreadable(error);
      if (beast::iequals(self->parser_->get()[http::field::expect], "100-continue")) return self->ask_for_body();
      self->read_body();
    });
  }

  // Some clients hold their body back until they hear that it is welcome.
  void ask_for_body() {
    static constexpr std::string_view welcome = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(welcome), [self = this->shared_from_this()](error_code error, size_t) {
      if (!error) self->read_body();
    });
  }

  void read_body() {
    if (parser_->is_done()) return received();
    http::async_read(stream_, buffer_, *parser_, [self = this->shared_from_this()](error_code error, size_t) {
      if (error) return self->unreadable(error);
      self->received();
    });
  }

  void unreadable(error_code error) {
    if (error == http::error::end_of_stream || error.category() != http::make_error_code(http::error{}).category()) return;
    keep_alive_ = false;
    HttpAnswer answer;
    answer.status = error == http::error::header_limit ? 414 : error == http::error::body_limit ? 413 : 400;
    answer.body = "{\"code\":-1000,\"msg\":\"The request cannot be read: " + error.message() + "\"}";
    deliver(std::move(answer));
  }

  void received() {
    transport(stream_).expires_never();
    HttpRequest request = request_of(parser_->get(), peer_, connection_);
    keep_alive_ = parser_->get().keep_alive();
    is_head_ = parser_->get().method() == http::verb::head;
    if (websocket::is_upgrade(parser_->get())) {
      HttpAnswer answer = state_->service->on_upgrade(request);
      if (answer.status != 101) return deliver(std::move(answer));
      const auto upgrade = parser_->release();
      return std::make_shared<SocketSession<Stream>>(std::move(stream_), state_, std::move(request))->start(upgrade);
    }
    state_->service->on_request(std::move(request), [self = this->shared_from_this()](HttpAnswer answer) {
      asio::post(*self->state_->context, [self, answer = std::move(answer)]() mutable { self->deliver(std::move(answer)); });
    });
  }

  void deliver(HttpAnswer answer) {
    if (answer.delivery.delay_ms > 0) {
      timer_.expires_after(milliseconds(std::exchange(answer.delivery.delay_ms, 0)));
      timer_.async_wait([self = this->shared_from_this(), answer = std::move(answer)](error_code error) mutable {
        if (!error) self->deliver(std::move(answer));
      });
      return;
    }
    using How = Delivery::How;
    const Delivery& delivery = answer.delivery;
    if (delivery.how == How::reset) return reset_connection(stream_);
    if (delivery.how == How::silent) return wait_for_the_end();
    std::string text = text_of(answer, keep_alive_, is_head_);
    for (int i = 1; i < delivery.copies; ++i)
      text += text_of(answer, keep_alive_, is_head_);
    if (delivery.how == How::cut) {
      text.resize(text.size() - std::min(text.size(), delivery.bytes));
      keep_alive_ = false;
    }
    const auto bytes = std::make_shared<const std::string>(std::move(text));
    if (delivery.how == How::drip) return drip(bytes, 0, std::max<size_t>(1, delivery.bytes), delivery.drip_ms);
    asio::async_write(stream_, asio::buffer(*bytes),
                      [self = this->shared_from_this(), bytes](error_code error, size_t) { self->sent(error); });
  }

  void drip(const Bytes& bytes, size_t from, size_t step, int64_t pause_ms) {
    const size_t size = std::min(step, bytes->size() - from);
    asio::async_write(stream_, asio::buffer(bytes->data() + from, size),
                      [self = this->shared_from_this(), bytes, from, size, step, pause_ms](error_code error, size_t) {
                        if (error || from + size == bytes->size()) return self->sent(error);
                        self->timer_.expires_after(milliseconds(pause_ms));
                        self->timer_.async_wait([self, bytes, next = from + size, step, pause_ms](error_code ended) {
                          if (!ended) self->drip(bytes, next, step, pause_ms);
                        });
                      });
  }

  void sent(error_code error) {
    if (error) return;
    if (keep_alive_) return read();
    transport(stream_).socket().shutdown(tcp::socket::shutdown_both, error);
  }

  // Half-open: holds the connection until the peer gives up.
  void wait_for_the_end() {
    stream_.async_read_some(buffer_.prepare(1024), [self = this->shared_from_this()](error_code error, size_t) {
      if (!error) self->wait_for_the_end();
    });
  }

  Stream stream_;
  std::shared_ptr<ListenerState> state_;
  asio::steady_timer timer_;
  uint64_t connection_;
  std::string peer_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  bool keep_alive_ = true, is_head_ = false;
};

} // namespace

void start_session(int socket, std::shared_ptr<ListenerState> state) {
  tcp::socket accepted(*state->context);
  error_code error;
  accepted.assign(tcp::v4(), socket, error);
  if (error) return;
  if (state->tls) {
    auto session = std::make_shared<HttpSession<TlsStream>>(TlsStream(beast::tcp_stream(std::move(accepted)), *state->tls), state);
    session->start();
  } else {
    std::make_shared<HttpSession<PlainStream>>(PlainStream(std::move(accepted)), state)->start();
  }
}

} // namespace stratdock::exchange_server
