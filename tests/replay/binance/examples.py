"""Which message of the documentation is of which kind, and which the client does not read, each with the reason."""

# Of the REST pages: the last part of the section's name -> the kind of its examples.
REST = {
    "Check server time": "server_time",
    "Exchange information": "exchange_info",
    "Order book": "depth",
    "Recent trades list": "trades",
    "Old trade lookup": "trades",
    "Compressed/Aggregate trades list": "aggregate_trades",
    "Kline/Candlestick data": "klines",
    "UIKlines": "klines",
    "Current average price": "average_price",
    "24hr ticker price change statistics": "tickers",
    "Trading Day Ticker": "tickers",
    "Symbol price ticker": "prices",
    "Symbol order book ticker": "book_tickers",
    "Rolling window price change statistics": "tickers",
    "Query Reference Price": "reference_price",
    "New order (TRADE)": "order",
    "Test new order (TRADE)": "commission",
    "Cancel order (TRADE)": "orders_and_lists",
    "Cancel All Open Orders on a Symbol (TRADE)": "orders_and_lists",
    "Cancel an Existing Order and Send a New Order (TRADE)": "cancel_replace",
    "Order Amend Keep Priority (TRADE)": "amend",
    "New OCO - Deprecated (TRADE)": "order_list",
    "New Order list - OCO (TRADE)": "order_list",
    "New Order list - OTO (TRADE)": "order_list",
    "New Order list - OTOCO (TRADE)": "order_list",
    "New Order List - OPO (TRADE)": "order_list",
    "New Order List - OPOCO (TRADE)": "order_list",
    "Cancel Order list (TRADE)": "order_list",
    "New order using SOR (TRADE)": "order",
    "Test new order using SOR (TRADE)": "commission",
    "Account information (USER_DATA)": "account",
    "Query order (USER_DATA)": "order",
    "Current open orders (USER_DATA)": "orders_and_lists",
    "All orders (USER_DATA)": "orders",
    "Query Order list (USER_DATA)": "order_list",
    "Query all Order lists (USER_DATA)": "order_lists",
    "Query Open Order lists (USER_DATA)": "order_lists",
    "Account trade list (USER_DATA)": "account_trades",
    "Query Unfilled Order Count (USER_DATA)": "rate_limits",
    "Query Commission Rates (USER_DATA)": "commission",
    # FAQs
    "How does the unfilled `ORDERS` rate limit work?": "rate_limits",
    "What is the difference between the response sending a test order with `computeCommissionRates` vs the response from querying commission rates?": "commission",
    "How is the commission calculated?": "commission",
    "STP Examples": "order",
}

# Calls that the client does not make: nothing of it reads their answers.
NOT_READ = {
    "Test connectivity", "Query Execution Rules", "Historical Block Trades", "Query Reference Price Calculation",
    "Query Prevented Matches (USER_DATA)", "Query Allocations (USER_DATA)", "Query Order Amendments (USER_DATA)",
    "Query relevant filters (USER_DATA)",
    "What is a Prevented Match?", 'What is "prevented quantity?"', "How do I know which symbol uses STP?",
}

# The method of the WebSocket API that was asked -> the kind of the result.
API = {
    "time": "server_time", "exchangeInfo": "exchange_info", "depth": "depth", "trades.recent": "trades",
    "trades.historical": "trades", "trades.aggregate": "aggregate_trades", "klines": "klines", "uiKlines": "klines",
    "avgPrice": "average_price", "ticker.24hr": "tickers", "ticker.tradingDay": "tickers", "ticker": "tickers",
    "ticker.price": "prices", "ticker.book": "book_tickers", "referencePrice": "reference_price",
    "order.place": "order", "order.cancel": "orders_and_lists", "order.cancelReplace": "cancel_replace",
    "order.amend.keepPriority": "amend", "openOrders.cancelAll": "orders_and_lists",
    "orderList.place": "order_list", "orderList.place.oco": "order_list", "orderList.place.oto": "order_list",
    "orderList.place.otoco": "order_list", "orderList.place.opo": "order_list", "orderList.place.opoco": "order_list",
    "orderList.cancel": "order_list", "sor.order.place": "orders", "account.status": "account", "order.status": "order",
    "openOrders.status": "orders_and_lists", "allOrders": "orders", "orderList.status": "order_list",
    "openOrderLists.status": "order_lists", "allOrderLists": "order_lists", "myTrades": "account_trades",
    "account.rateLimits.orders": "rate_limits", "account.commission": "commission",
}
API_NOT_READ = {
    "ping", "executionRules", "blockTrades.historical", "referencePrice.calculation", "session.logon", "session.status",
    "session.logout", "order.test", "sor.order.test", "myPreventedMatches", "myAllocations", "order.amendments",
    "myFilters", "userDataStream.subscribe", "userDataStream.unsubscribe", "session.subscriptions",
    "userDataStream.subscribe.signature",
}

# (file, number from 0): examples that are no JSON, or placeholders in the place of a message.
NO_MESSAGES = {
    ("rest-api", 1): "pseudo code of the timing rule",
    ("rest-api", 4): "its rate limits are empty objects with comments",
    ("web-socket-api", 13): "pseudo code of the timing rule",
    ("web-socket-api", 32): "comments in the place of values",
    ("web-socket-api", 82): "comments in the place of values",
    ("web-socket-api", 98): "comments in the place of values",
    ("web-socket-api", 4): "part of a request",
    ("web-socket-api", 61): "a part of a result",
    ("web-socket-api", 10): "an empty list in the place of a result",
    ("web-socket-streams", 19): "an empty object with a comment",
    ("web-socket-streams", 22): "an empty object with a comment",
}
