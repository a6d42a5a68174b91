// The whole client against the program's own paper exchange, over TLS: candles, orders, lists and the account's events.
#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "host/binance/live_candle_source.hpp"
#include "host/binance/order_channel.hpp"
#include "host/binance/user_stream.hpp"

using namespace stratdock;
using namespace stratdock::binance;

namespace {

// `stratdock paper-exchange` as a process; address and keys as it prints them.
class PaperExchangeProcess {
public:
  explicit PaperExchangeProcess(const std::string& program) {
    char pattern[] = "/tmp/stratdock_exchange_XXXXXX";
    folder_ = mkdtemp(pattern);
    int out[2];
    REQUIRE(::pipe(out) == 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(out[1], 1);
      const std::string file = certificate();
      ::execl(program.c_str(), "stratdock", "paper-exchange", "--port", "0", "--symbols", "BTCUSDT,ETHUSDT", "--interval", "1s", "--tls", "--ca-file", file.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(out[1]);
    std::string text;
    char c = 0;
    while (text.find("Stop with") == std::string::npos && ::read(out[0], &c, 1) == 1) text += c;
    reading_ = out[0];
    address = word_after(text, "REST");
    address = address.substr(0, address.find("/api/"));
    key = word_after(text, "API key");
    secret = word_after(text, "secret");
  }
  ~PaperExchangeProcess() {
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
    ::close(reading_);
    std::filesystem::remove_all(folder_);
  }
  std::string certificate() const { return folder_ + "/certificate.pem"; }
  std::string address, key, secret;

private:
  static std::string word_after(const std::string& text, const std::string& label) {
    const size_t at = text.find(label);
    if (at == std::string::npos) return "";
    const size_t begin = text.find_first_not_of(' ', at + label.size());
    return text.substr(begin, text.find_first_of(" \n", begin) - begin);
  }
  std::string folder_;
  pid_t child_ = -1;
  int reading_ = -1;
};

std::string program() {
  const char* set = std::getenv("STRATDOCK_PROGRAM");
  return set == nullptr ? "" : set;
}

bool has_paper_exchange() {
  return !program().empty() && std::system(("'" + program() + "' paper-exchange --help >/dev/null 2>&1").c_str()) == 0;
}

struct Client {
  explicit Client(const PaperExchangeProcess& exchange) : session(*paper_endpoints(exchange.address, exchange.certificate()), *Signer::create(Secret(exchange.key), Secret(exchange.secret))), rest(session) {}

  template <typename Condition>
  void wait_until(Condition condition) {
    for (const int64_t end_ms = steady_now_ms() + 60'000;;) {
      session.wakeup->drain();
      const int64_t now_ms = steady_now_ms();
      rest.poll(now_ms);
      channel.poll(now_ms);
      stream.poll(now_ms);
      if (condition()) return;
      REQUIRE(now_ms < end_ms);
      session.wakeup->wait(50);
    }
  }
  // The answer to one call; `start` gets the handler.
  template <typename T, typename Start>
  T answer(Start start) {
    std::optional<Reply<T>> reply;
    const Status started = start([&reply](const Reply<T>& came) { reply = came; });
    INFO((started ? "" : started.error().text()));
    REQUIRE(started);
    wait_until([&] { return reply.has_value(); });
    INFO(reply->verdict.message);
    REQUIRE(reply->ok());
    return *reply->value;
  }

  NetworkThread network;
  Session session;
  RestClient rest;
  OrderChannel channel{network, session, rest};
  std::vector<ExecutionReport> executions;
  int gaps = 0;
  UserStream stream{network, session,
                    [this](const UserEvent& event) {
                      if (const auto* report = std::get_if<ExecutionReport>(&event)) executions.push_back(*report);
                    },
                    [this](const std::string&) { ++gaps; }};
};

Decimal decimal(const char* text) { return *Decimal::parse(text); }

}  // namespace

TEST_CASE("the client trades on the paper exchange") {
  if (!has_paper_exchange()) {
    WARN("skipped: this build has no stratdock paper-exchange");
    std::puts("skipped: this build has no stratdock paper-exchange");
    return;
  }
  PaperExchangeProcess exchange(program());
  INFO(exchange.address);
  Client client(exchange);
  client.wait_until([&] { return client.session.clock.certain(steady_now_ms()) && client.channel.state().connected && client.stream.live(); });
  CHECK(client.gaps == 1);

  SECTION("orders, lists and events") {
    const auto before = client.answer<AccountReport>([&](auto handler) { return client.rest.account(handler); });
    OrderRequest buy;
    buy.symbol = "BTCUSDT";
    buy.quote_quantity = decimal("500");
    buy.client_id = "buy-1";
    const auto bought = client.answer<OrderReport>([&](auto handler) { return client.channel.place(buy, Purpose::entry, client.session.signing_time(), handler); });
    CHECK(bought.order.status == OrderStatus::filled);
    REQUIRE_FALSE(bought.fills.empty());
    client.wait_until([&] { return !client.executions.empty() && client.executions.back().report.order.status == OrderStatus::filled; });
    CHECK(client.executions.back().report.order.order_id == bought.order.order_id);

    const auto found = client.answer<OrderReport>([&](auto handler) { return client.channel.query("BTCUSDT", {std::nullopt, "buy-1"}, handler); });
    CHECK(found.order.executed_quantity == bought.order.executed_quantity);
    TradeRange of_order;
    of_order.order_id = bought.order.order_id;
    const auto trades = client.answer<std::vector<Fill>>([&](auto handler) { return client.rest.account_trades("BTCUSDT", of_order, handler); });
    Decimal sum;
    for (const Fill& fill : trades) sum += fill.quantity;
    CHECK(sum == bought.order.executed_quantity);

    const Decimal price = bought.fills[0].price;
    OrderListRequest oco;
    oco.symbol = "BTCUSDT";
    oco.list_client_id = "oco-1";
    oco.above.symbol = oco.below.symbol = "BTCUSDT";
    oco.above.side = oco.below.side = Side::sell;
    oco.above.type = OrderType::limit_maker;
    oco.below.type = OrderType::stop_loss;
    oco.above.quantity = oco.below.quantity = multiply(sum, decimal("0.9"), Rounding::down).floor_to(decimal("0.001"));
    oco.above.price = multiply(price, decimal("1.5"), Rounding::down).floor_to(decimal("1"));
    oco.below.stop_price = multiply(price, decimal("0.5"), Rounding::down).floor_to(decimal("1"));
    oco.above.client_id = "oco-1-a";
    oco.below.client_id = "oco-1-b";
    const auto placed = client.answer<ListReport>([&](auto handler) { return client.channel.place_list(oco, Purpose::protection, client.session.signing_time(), handler); });
    CHECK(placed.legs.size() == 2);
    const auto open = client.answer<OrdersAndLists>([&](auto handler) { return client.channel.open_orders("BTCUSDT", handler); });
    CHECK(open.orders.size() == 2);
    const auto canceled = client.answer<ListReport>([&](auto handler) { return client.channel.cancel_list("BTCUSDT", {std::nullopt, "oco-1"}, "", client.session.signing_time(), handler); });
    CHECK(canceled.is_done());
    CHECK(client.answer<OrdersAndLists>([&](auto handler) { return client.rest.open_orders("", handler); }).orders.empty());

    const auto after = client.answer<AccountReport>([&](auto handler) { return client.channel.account(handler); });
    const auto free = [](const AccountReport& account, const std::string& asset) {
      for (const auto& balance : account.balances)
        if (balance.asset == asset) return balance.free;
      return Decimal{};
    };
    CHECK(free(before, "USDT") - free(after, "USDT") == bought.order.executed_quote_quantity);
    CHECK(client.channel.state().over_rest == 0);
    CHECK(client.session.budget.used(0, client.session.now()) > 0);
    CHECK(client.answer<KeyPermissions>([&](auto handler) { return client.rest.key_permissions(handler); }).spot_and_margin_trading);
    CHECK(client.answer<CommissionReport>([&](auto handler) { return client.rest.commission("BTCUSDT", handler); }).symbol == "BTCUSDT");
  }

  SECTION("candles, the same as REST shows afterwards") {
    LiveCandleOptions options;
    options.symbols = {{"BTCUSDT", 1'000}, {"ETHUSDT", 1'000}};
    options.warmup = 50;
    const auto source = LiveCandleSource::open(client.network, client.session, client.rest, options);
    INFO((source ? "" : source.error().text()));
    REQUIRE(source);
    const int64_t start_ms = (*source)->start_ms();
    for (int i = 1; i <= 6; ++i) {
      MarketStep step;
      REQUIRE((*source)->next(step));
      CHECK(step.close_time_ms == start_ms + i * 1'000);
      CHECK(step.candles.size() == 2);
    }
    const auto rows = client.answer<std::vector<Kline>>([&](auto handler) { return client.rest.klines("ETHUSDT", 1'000, {start_ms, start_ms + 5'999, 1'000}, handler); });
    const auto ours = (*source)->candles(1, start_ms, start_ms + 6'000);
    REQUIRE(rows.size() == 6);
    REQUIRE(ours->size() == 6);
    for (size_t i = 0; i < 6; ++i) CHECK(ours->at(i) == rows[i].candle);
    CHECK((*source)->streams().counts().delivered > (*source)->streams().counts().from_rest);
  }
}
