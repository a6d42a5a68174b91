// Order lists: OCO pairs, and the OTO kinds whose pending orders are activated by the working order's full fill.
// Source: Binance Spot REST "Order lists", FAQ "One Pays the Other", "Error codes" (-1158 to -1199, -1222, -1223).
#include <algorithm>

#include "core/paper_exchange_impl.hpp"

namespace stratdock {

using paper::refused;

namespace {

bool is_stop_loss(OrderType type) {
  return type == OrderType::stop_loss || type == OrderType::stop_loss_limit;
}
bool is_take_profit(OrderType type) {
  return type == OrderType::take_profit || type == OrderType::take_profit_limit;
}

bool is_pair(ListKind kind) {
  return kind == ListKind::oco || kind == ListKind::otoco || kind == ListKind::opoco;
}
bool pays_pending(ListKind kind) {
  return kind == ListKind::opo || kind == ListKind::opoco;
}

// The price at which a leg comes into play.
Decimal leg_price(OrderType type, Decimal price, Decimal stop_price) {
  return type == OrderType::limit_maker ? price : stop_price;
}

OrderRequest request_of(const Order& order) {
  OrderRequest request;
  request.symbol = order.symbol;
  request.side = order.side;
  request.type = order.type;
  request.quantity = order.quantity;
  request.price = order.price;
  request.stop_price = order.stop_price;
  request.iceberg_quantity = order.iceberg_quantity;
  request.trailing_delta_bips = order.trailing_delta_bips;
  return request;
}

Status check_leg_types(Side side, OrderType above, OrderType below) {
  for (const OrderType type : {above, below})
    if (type == OrderType::market || type == OrderType::limit)
      return refused(-1158, "Order type not supported in OCO.");
  if (above == OrderType::limit_maker && below == OrderType::limit_maker)
    return refused(-1168, "At least one OCO order must be contingent.");
  if (side == Side::buy) {
    if (above == OrderType::limit_maker) return refused(-1165, "A limit order in a buy OCO must be below.");
    if (is_stop_loss(below)) return refused(-1196, "A stop loss order in a buy OCO must be above.");
    if (is_take_profit(above)) return refused(-1198, "A take profit order in a buy OCO must be below.");
  } else {
    if (below == OrderType::limit_maker) return refused(-1166, "A limit order in a sell OCO must be above.");
    if (is_stop_loss(above)) return refused(-1197, "A stop loss order in a sell OCO must be below.");
    if (is_take_profit(below)) return refused(-1199, "A take profit order in a sell OCO must be above.");
  }
  return {};
}

Status unsupported_kind(const Symbol& symbol, ListKind kind) {
  if (kind != ListKind::oco && !symbol.oto_allowed)
    return refused(-2010, "OTO orders are not supported for this symbol");
  if (is_pair(kind) && !symbol.oco_allowed) return refused(-2010, "OCO orders are not supported for this symbol");
  if (pays_pending(kind) && !symbol.opo_allowed) return refused(-2010, "OPO orders are not supported for this symbol");
  return {};
}

// Every order of the request with the name of its part, in the order in which ids are given.
struct Part {
  const OrderRequest* request;
  std::string_view prefix;
  bool quantity_comes_later;
};

std::vector<Part> parts_of(const OrderListRequest& request) {
  const bool later = pays_pending(request.kind);
  if (request.kind == ListKind::oco) return {{&request.above, "above", false}, {&request.below, "below", false}};
  if (!is_pair(request.kind)) return {{&request.working, "working", false}, {&request.above, "pending", later}};
  return {{&request.working, "working", false},
          {&request.above, "pendingAbove", later},
          {&request.below, "pendingBelow", later}};
}

bool names_twice(const std::vector<Part>& parts) {
  for (size_t i = 0; i < parts.size(); ++i)
    for (size_t j = i + 1; j < parts.size(); ++j)
      if (!parts[i].request->client_id.empty() && parts[i].request->client_id == parts[j].request->client_id)
        return true;
  return false;
}

} // namespace

Status PaperExchange::Impl::check_pair(const Market& market, const OrderRequest& above, const OrderRequest& below,
                                       bool against_price) const {
  const Decimal high = leg_price(above.type, above.price, above.stop_price),
                low = leg_price(below.type, below.price, below.stop_price);
  const Decimal last = market.last_price();
  if (against_price && !last.is_positive()) return refused(-1112, "No orders on book for symbol.");
  const bool is_above = high.is_zero() || (against_price ? high > last : high > low); // zero: a trailing leg
  const bool in_order = is_above && (!against_price || last > low);
  if (!in_order) return refused(-2010, "The relationship of the prices for the orders is not correct.");
  return {};
}

Decimal PaperExchange::Impl::pair_funds(const Market& market, const OpenOrder& above, const OpenOrder& below) const {
  return std::max(funds_needed(market, above), funds_needed(market, below)); // only one of them will ever execute
}

// The checks that need no look at balances or other orders.
Status PaperExchange::Impl::check_list(const Market& market, const OrderListRequest& request) const {
  if (Status status = check_id_text(request.list_client_id, "listClientOrderId"); !status) return status;
  for (const Part& part : parts_of(request))
    if (Status status = check_request(market, *part.request, part.prefix, part.quantity_comes_later); !status)
      return status;
  const bool has_working = request.kind != ListKind::oco;
  if (has_working && request.working.type != OrderType::limit && request.working.type != OrderType::limit_maker)
    return refused(-1130, "Data sent for parameter 'workingType' is not valid.");
  if (pays_pending(request.kind)) {
    if (request.working.side != Side::buy) return refused(-1222, "Working order in an OPO list must be a bid.");
    const bool asks = request.above.side == Side::sell && (!is_pair(request.kind) || request.below.side == Side::sell);
    if (!asks) return refused(-1223, "Pending orders in an OPO list must be asks.");
  }
  if (is_pair(request.kind)) {
    // The exchange's endpoint knows one side and one quantity for both legs.
    if (request.above.side != request.below.side) return refused(-1130, "Data sent for parameter 'side' is not valid.");
    if (request.above.quantity != request.below.quantity)
      return refused(-1130, "Data sent for parameter 'quantity' is not valid.");
    if (Status status = check_leg_types(request.above.side, request.above.type, request.below.type); !status)
      return status;
  }
  if (Status status = unsupported_kind(market.symbol, request.kind); !status) return status;
  for (const Part& part : parts_of(request)) {
    if (Status status = check_accepting(market, *part.request); !status) return status;
    if (Status status = check_filters(market, *part.request, part.quantity_comes_later); !status) return status;
  }
  return {};
}

// What the matching engine says of a list that passed check_list(), but for its funds.
Status PaperExchange::Impl::check_list_in_engine(const Market& market, const OrderListRequest& request) const {
  const std::vector<Part> parts = parts_of(request);
  std::vector<const OrderRequest*> orders;
  for (const Part& part : parts) {
    if (Status status = check_client_id(market, part.request->client_id); !status) return status;
    orders.push_back(part.request);
  }
  if (names_twice(parts)) return refused(-2010, "Duplicate order sent.");
  size_t lists_of_symbol = 0;
  for (const auto& [id, list] : lists) {
    if (&markets[static_cast<size_t>(list.market)] != &market) continue;
    ++lists_of_symbol;
    if (list.client_id == request.list_client_id) return refused(-2010, "Duplicate order sent.");
  }

  const bool has_working = request.kind != ListKind::oco;
  if (is_pair(request.kind))
    if (Status status = check_pair(market, request.above, request.below, !has_working); !status) return status;
  if (has_working) {
    const OrderRequest& working = request.working;
    if (Status status = check_against_price(market, working.type, working.side, working.price, {}); !status)
      return status;
  }
  if (Status status = check_counts(market, orders); !status) return status;
  if (market.symbol.max_order_lists > 0 && lists_of_symbol >= static_cast<size_t>(market.symbol.max_order_lists))
    return refused(-2010, "Filter failure: MAX_NUM_ORDER_LISTS");
  return {};
}

Result<std::vector<Order>> PaperExchange::place_list(const OrderListRequest& request) {
  Impl& impl = *impl_;
  const int index = impl.index_of(request.symbol);
  if (index < 0) return refused(-1121, "Invalid symbol.");
  paper::Market& market = impl.markets[static_cast<size_t>(index)];
  if (Status status = impl.check_list(market, request); !status) return tl::unexpected(status.error());
  if (Status status = impl.check_list_in_engine(market, request); !status) return tl::unexpected(status.error());

  const bool has_working = request.kind != ListKind::oco;
  const auto open_of = [](const OrderRequest& part) {
    paper::OpenOrder open;
    open.order.side = part.side;
    open.order.quantity = part.quantity;
    open.order.price = part.price;
    open.order.stop_price = part.stop_price;
    return open;
  };
  const Decimal funds = has_working ? impl.funds_needed(market, open_of(request.working))
                                    : impl.pair_funds(market, open_of(request.above), open_of(request.below));
  const std::string& asset = impl.paying_asset(market, has_working ? request.working.side : request.above.side);
  if (balance(asset).free < funds) return refused(-2010, "Account has insufficient balance for requested action.");

  impl.lock(asset, funds);
  paper::OrderList list;
  list.list_id = impl.next_list_id++;
  list.kind = request.kind;
  list.client_id =
      request.list_client_id.empty() ? "paper-list-" + std::to_string(list.list_id) : request.list_client_id;
  list.market = index;
  list.is_pending = has_working;
  if (!has_working) list.locked = funds;

  std::vector<Order> result;
  for (const Part& part : parts_of(request)) {
    paper::OpenOrder open;
    open.order = impl.make_order(*part.request, market, list.list_id);
    const bool is_working = part.request == &request.working;
    if (is_working) {
      open.locked = funds;
    } else if (has_working) {
      open.order.status = OrderStatus::pending_new;
      open.order.is_working = false;
    }
    (is_working                       ? list.working_id
     : part.request == &request.above ? list.above_id
                                      : list.below_id) = open.order.order_id;
    market.orders.push_back(open);
    market.orders.back().fill_parts = impl.fill_parts;
    impl.report_change(open.order);
    result.push_back(open.order);
  }
  market.bounds_are_stale = true;
  impl.lists.emplace(list.list_id, list);
  if (impl.settings.fill_at_once) impl.match_at_once(market); // the answer says how the orders stood before
  return result;
}

Result<std::vector<Order>> PaperExchange::cancel_list(int64_t list_id) {
  const auto found = impl_->lists.find(list_id);
  if (found == impl_->lists.end()) return refused(-2011, "Unknown order sent.");
  paper::Market& market = impl_->market_of(found->second);
  impl_->cancel_whole_list(market, found->second);
  std::vector<Order> result;
  for (const paper::OpenOrder& open : market.orders)
    if (open.order.list_id == list_id) result.push_back(open.order);
  impl_->sweep(market);
  return result;
}

void PaperExchange::Impl::cancel_whole_list(Market& market, OrderList& list) {
  for (OpenOrder& open : market.orders)
    if (open.order.list_id == list.list_id && !is_terminal(open.order.status))
      close(market, open, OrderStatus::canceled, {});
  forget_list(market, list.list_id);
}

void PaperExchange::Impl::forget_list(Market& market, int64_t list_id) {
  const auto found = lists.find(list_id);
  STRATDOCK_CHECK(found != lists.end());
  const OrderList& list = found->second;
  if (list.locked.is_positive()) {
    const auto leg = std::find_if(market.orders.begin(), market.orders.end(),
                                  [&](const OpenOrder& open) { return open.order.order_id == list.above_id; });
    STRATDOCK_CHECK(leg != market.orders.end());
    unlock(paying_asset(market, leg->order.side), list.locked);
  }
  if (list.received.is_positive()) unlock(market.symbol.base_asset, list.received);
  lists.erase(found);
}

void PaperExchange::Impl::start_leg(Market& market, OpenOrder& leg) {
  OrderList* list = list_of(leg.order);
  if (!list || !list->is_pair() || list->is_pending || leg.order.order_id == list->working_id) return;
  const int64_t other_id = leg.order.order_id == list->above_id ? list->below_id : list->above_id;
  OpenOrder* other = find_open(market, other_id);
  if (!other) return; // this leg started before
  leg.locked = list->locked;
  list->locked = Decimal();
  close(market, *other, OrderStatus::expired, "OCO_TRIGGER");
  release_above(market, leg, funds_needed(market, leg));
}

void PaperExchange::Impl::settle_list(Market& market, const Order& ended) {
  OrderList* list = list_of(ended);
  if (!list) return;
  if (ended.order_id == list->working_id) {
    if (ended.status == OrderStatus::filled)
      activate_pending(market, *list);
    else
      expire_pending(market, *list, "OTO_PHASE_ONE_EXPIRED");
    return;
  }
  for (const OpenOrder& open : market.orders)
    if (open.order.list_id == list->list_id && !is_terminal(open.order.status)) return;
  forget_list(market, list->list_id);
}

void PaperExchange::Impl::expire_pending(Market& market, OrderList& list, std::string_view expiry_reason) {
  for (OpenOrder& open : market.orders)
    if (open.order.list_id == list.list_id && !is_terminal(open.order.status))
      close(market, open, OrderStatus::expired, expiry_reason);
  forget_list(market, list.list_id);
}

void PaperExchange::Impl::activate_pending(Market& market, OrderList& list) {
  OpenOrder* above = find_open(market, list.above_id);
  OpenOrder* below = list.is_pair() ? find_open(market, list.below_id) : nullptr;
  STRATDOCK_CHECK(above && (below || !list.is_pair()));
  list.is_pending = false;
  bool accepted = true;
  if (list.pays_pending()) {
    const bool at_market = above->is_at_market() || (below && below->is_at_market());
    const Decimal quantity = sellable_quantity(market.symbol, list.received, at_market);
    unlock(market.symbol.base_asset, std::exchange(list.received, Decimal()));
    for (OpenOrder* open : {above, below}) {
      if (!open) continue;
      open->order.quantity = quantity;
      accepted =
          accepted && quantity.is_positive() && check_filters(market, request_of(open->order), false).has_value();
    }
  }
  const Order& first = above->order;
  const Status fits = below ? check_pair(market, request_of(first), request_of(below->order), true)
                            : check_against_price(market, first.type, first.side, first.price, first.stop_price);
  const Decimal funds = below ? pair_funds(market, *above, *below) : funds_needed(market, *above);
  const std::string& asset = paying_asset(market, first.side);
  if (!accepted || !fits || balances[asset].free < funds) return expire_pending(market, list, "REJECTED");

  lock(asset, funds);
  (below ? list.locked : above->locked) = funds;
  for (OpenOrder* open : {above, below}) {
    if (!open) continue;
    open->order.status = OrderStatus::new_;
    open->order.is_working = !OpenOrder::is_triggered_type(open->order.type);
    open->order.update_ms = now_ms;
    open->waits_for_open = !settings.fill_at_once;
    open->rested = settings.fill_at_once && !open->waits_for_trigger() && !crosses(market, *open);
    report_change(open->order);
  }
  market.bounds_are_stale = true;
}

} // namespace stratdock
