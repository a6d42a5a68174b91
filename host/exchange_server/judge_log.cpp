#include "host/exchange_server/judge_log.hpp"

#include <nlohmann/json.hpp>

#include "host/exchange_server/order_json.hpp"

namespace stratdock::exchange_server {

namespace {

// The inside of an object, without its braces.
std::string inside(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

std::string_view text_of(Delivery::How how) {
  switch (how) {
  case Delivery::How::whole:
    return "whole";
  case Delivery::How::reset:
    return "reset";
  case Delivery::How::cut:
    return "cut";
  case Delivery::How::drip:
    return "drip";
  case Delivery::How::silent:
    return "silent";
  }
  return "";
}

} // namespace

Result<std::unique_ptr<JudgeLog>> JudgeLog::open(const std::filesystem::path& file, const ServerClock& clock) {
  std::unique_ptr<JudgeLog> log(new JudgeLog(clock));
  if (file.empty()) return log;
  log->file_.reset(std::fopen(file.c_str(), "wb"));
  if (!log->file_)
    return failure("writing the exchange's log to " + file.string() + ": the file cannot be made",
                   "check the folder and its rights");
  return log;
}

void JudgeLog::write(std::string_view event, const std::string& fields) {
  std::string line = "{\"line\":" + std::to_string(++written_) + ",\"wall_ms\":" + std::to_string(ServerClock::wall_ms()) +
                     ",\"server_ms\":" + std::to_string(clock_.now_ms()) + ",\"event\":\"" + std::string(event) + "\"" +
                     (fields.empty() ? "" : ",") + fields + "}\n";
  if (file_) {
    std::fwrite(line.data(), 1, line.size(), file_.get());
    std::fflush(file_.get()); // who kills the server still has it
  }
  recent_.push_back(std::move(line));
  if (recent_.size() > kept_lines) recent_.pop_front();
}

void JudgeLog::note(std::string_view event, const std::string& fields) {
  write(event, fields);
}

void JudgeLog::received(const Call& call) {
  Json parameters = Json::object();
  for (const auto& [name, value] : call.parameters().all())
    if (name != "apiKey") parameters[name] = value;
  const Json json = {{"call", call.number},
                     {"via", call.is_socket ? "websocket" : "rest"},
                     {"connection", call.connection},
                     {"method", call.verb},
                     {"path", call.path},
                     {"is_signed", !call.sent.signature.empty()},
                     {"parameters", std::move(parameters)}};
  write("received", inside(json));
}

void JudgeLog::executed(const Call& call, const Reply& reply) {
  Json json = {{"call", call.number}, {"account", call.account ? call.account->name() : ""}, {"status", reply.status}};
  if (reply.code != 0) {
    json["code"] = reply.code;
    json["message"] = reply.message;
  }
  write("executed", inside(json));
}

void JudgeLog::answered(const Call& call, const HttpAnswer& answer, const std::string& fault) {
  Json json = {{"call", call.number},
               {"status", answer.status},
               {"delivery", std::string(text_of(answer.delivery.how))},
               {"delay_ms", answer.delivery.delay_ms},
               {"copies", answer.delivery.copies},
               {"bytes", answer.body.size()}};
  const Delivery& delivery = answer.delivery;
  const bool is_withheld = delivery.how == Delivery::How::reset || delivery.how == Delivery::How::silent ||
                           (delivery.how == Delivery::How::cut && delivery.bytes >= answer.body.size());
  if (is_withheld) json["is_withheld"] = true; // the client cannot know what is in it
  const std::string_view retry_after = find_header(answer.headers, "Retry-After");
  if (!retry_after.empty()) json["retry_after_s"] = std::stoll(std::string(retry_after));
  if (!fault.empty()) json["fault"] = fault;
  write("answered", inside(json));
}

void JudgeLog::on_execution(Account& account, const ExecutionReport& report) {
  const Order& order = report.record.order;
  Json json = {{"call", call_},
               {"account", account.name()},
               {"symbol", order.symbol},
               {"order_id", order.order_id},
               {"list_id", order.list_id},
               {"client_id", order.client_id},
               {"execution", std::string(report.type)},
               {"status", std::string(text(order.status))},
               {"side", std::string(text(order.side))},
               {"type", std::string(text(order.type))},
               {"quantity", order.quantity.text()},
               {"price", order.price.text()},
               {"stop_price", order.stop_price.text()},
               {"executed_quantity", order.executed_quantity.text()},
               {"executed_quote", order.executed_quote_quantity.text()}};
  if (report.trade) {
    const Fill& fill = report.trade->fill;
    json["trade_id"] = report.trade->trade_id;
    json["trade_price"] = fill.price.text();
    json["trade_quantity"] = fill.quantity.text();
    json["trade_quote"] = fill.quote_quantity.text();
    json["commission"] = fill.commission.text();
    json["commission_asset"] = fill.commission_asset;
    json["is_maker"] = fill.is_maker;
  }
  if (!order.expiry_reason.empty()) json["expiry_reason"] = order.expiry_reason;
  write("execution", inside(json));
}

void JudgeLog::on_list(Account& account, const ListRecord& list) {
  const Json json = {{"call", call_},          {"account", account.name()},      {"symbol", list.symbol},
                     {"list_id", list.list_id}, {"client_id", list.client_id}, {"is_done", list.is_done}};
  write("list", inside(json));
}

void JudgeLog::on_position(Account& account, const std::vector<AssetBalance>& changed, int64_t) {
  Json balances = Json::object();
  for (const AssetBalance& one : changed)
    balances[one.asset] = {{"free", one.balance.free.text()}, {"locked", one.balance.locked.text()}};
  write("balances", inside({{"call", call_}, {"account", account.name()}, {"balances", std::move(balances)}}));
}

void JudgeLog::on_deposit(Account& account, const std::string& asset, Decimal amount, int64_t) {
  write("deposit", inside({{"account", account.name()}, {"asset", asset}, {"amount", amount.text()}}));
}

std::string JudgeLog::lines(uint64_t first) const {
  std::string text;
  const uint64_t oldest = written_ - recent_.size() + 1;
  for (size_t i = first > oldest ? first - oldest : 0; i < recent_.size(); ++i)
    text += recent_[i];
  return text;
}

} // namespace stratdock::exchange_server
