// ccxt, unchanged, REST and WebSocket: everything it offers for spot, on a market whose every price is written down here.
import assert from 'node:assert/strict';
import { Inbox, checkBooks, needPackage, run, units, until, decimal } from './checks.mjs';
import { startExchange } from './exchange.mjs';

needPackage('ccxt');
const { default: ccxt } = await import('ccxt');

// What each step() plays. BTC stands at 20000 at first.
const rows = [
  20000,
  20100, // the streams watch this candle
  [20100, 20600, 19900, 20500], // takes a resting sale at 20500 and a resting purchase at 19950
  [20500, 20500, 19400, 19500], // through a stop-loss at 20000
  [19500, 20400, 19500, 20400], // through a take-profit at 20200
  [20400, 21000, 20400, 21000], // a trailing stop follows upwards
  [21000, 21000, 20500, 20600], // and is hit one per cent below the top
  20600,
];
const exchange = await startExchange({ candles: { BTCUSDT: rows, ETHUSDT: rows.map(() => 1500) }, options: ['--balance', 'BTC=1'] });
const settings = {
  apiKey: exchange.key, secret: exchange.secret, enableRateLimit: false,
  urls: { api: { public: exchange.http + '/api/v3', private: exchange.http + '/api/v3', sapi: exchange.http + '/sapi/v1', ws: { spot: exchange.ws + '/ws', 'ws-api': { spot: exchange.ws + '/ws-api/v3' } } } },
  options: { defaultType: 'spot', fetchCurrencies: false, fetchMargins: false, fetchMarkets: { types: ['spot'] }, warnOnFetchOpenOrdersWithoutSymbol: false, fetchOpenOrders: { warnWithoutSymbol: false } },
};
const client = new ccxt.binance(settings), live = new ccxt.pro.binance(settings);
await live.loadHttpProxyAgent(); // ccxt wants this for ws:// in place of wss://
const start = { USDT: '10000', BTC: '1' };
const pair = 'BTC/USDT';
// Watches until the client is closed.
const follow = async (watch, inbox) => {
  try {
    for (;;) inbox.put(await watch());
  } catch (error) {
    if (error.constructor.name !== 'ExchangeClosedByUser') inbox.put({ error: error.message });
  }
};
const rejects = (promise, kind, pattern) => assert.rejects(promise, (error) => {
  assert.equal(error.constructor.name, kind, error.message);
  assert.match(error.message, pattern);
  return true;
});
const place = (type, side, amount, price, params) => client.createOrder(pair, type, side, amount, price, params);
const status = async (order) => (await client.fetchOrder(order.id, pair)).status;

async function markets() {
  const loaded = await client.loadMarkets();
  const btc = loaded[pair];
  assert.deepEqual([btc.id, btc.base, btc.quote, btc.active, btc.spot], ['BTCUSDT', 'BTC', 'USDT', true, true]);
  assert.deepEqual([btc.precision.price, btc.precision.amount, btc.limits.cost.min], [0.01, 0.00001, 5]);
  assert.deepEqual(Object.keys(loaded).sort(), ['BTC/USDT', 'ETH/USDT']);
  assert.equal((await client.fetchStatus()).status, 'ok');
  assert.ok(Math.abs((await client.fetchTime()) - Date.now()) < 60_000);
  const fee = await client.fetchTradingFee(pair);
  assert.deepEqual([fee.maker, fee.taker], [0.001, 0.001]);
}

async function everythingAtOnce() {
  // The defaults of ccxt, keys included: margin, futures and currencies are asked for too, and have to be answered.
  const all = new ccxt.binance({ apiKey: exchange.key, secret: exchange.secret, enableRateLimit: false });
  for (const [name, url] of Object.entries(all.urls.api)) if (typeof url === 'string') all.urls.api[name] = url.replace(/^https:\/\/[^/]+/, exchange.http);
  assert.deepEqual(Object.keys(await all.loadMarkets()).sort(), ['BTC/USDT', 'ETH/USDT']);
}

async function marketData() {
  const ticker = await client.fetchTicker(pair);
  assert.deepEqual([ticker.last, ticker.open, ticker.high, ticker.symbol], [20000, 20000, 20000, pair]);
  assert.ok(ticker.bid < 20000 && ticker.ask > 20000);
  assert.deepEqual(Object.keys(await client.fetchTickers([pair])), [pair], 'a list of one is a list');
  assert.deepEqual(Object.keys(await client.fetchTickers()).sort(), ['BTC/USDT', 'ETH/USDT']);
  assert.equal((await client.fetchLastPrices())['ETH/USDT'].price, 1500);
  assert.equal((await client.fetchBidsAsks([pair]))[pair].bid, ticker.bid);
  const candles = await client.fetchOHLCV(pair, '1m', undefined, 50);
  assert.equal(candles.length, 50);
  for (let i = 1; i < 50; i++) assert.equal(candles[i][0] - candles[i - 1][0], 60_000);
  assert.deepEqual(candles.at(-1).slice(1), [20000, 20000, 20000, 20000, 100]);
  assert.deepEqual(await client.fetchOHLCV(pair, '1m', candles[10][0], 3), candles.slice(10, 13), 'from a time on');
  const fives = await client.fetchOHLCV(pair, '5m', undefined, 5);
  assert.ok(fives.every(([open], i) => open % 300_000 === 0 && (i === 0 || open - fives[i - 1][0] === 300_000)));
  const book = await client.fetchOrderBook(pair, 5);
  assert.equal(book.bids.length, 5);
  assert.ok(book.bids[0][0] < book.asks[0][0] && book.bids[0][0] > book.bids[1][0] && book.asks[0][0] < book.asks[1][0]);
  const trades = await client.fetchTrades(pair, undefined, 3);
  assert.ok(trades.length > 0 && trades.every(({ price }) => price === 20000));
}

async function marketOrders() {
  const bought = await place('market', 'buy', 0.1);
  assert.deepEqual([bought.status, bought.filled, bought.cost, bought.average], ['closed', 0.1, 2000, 20000]);
  assert.deepEqual([bought.fee.currency, bought.fee.cost], ['BTC', 0.0001]);
  const byCost = await client.createMarketBuyOrderWithCost(pair, 500);
  assert.deepEqual([byCost.status, byCost.filled, byCost.cost], ['closed', 0.025, 500]);
  const sold = await place('market', 'sell', 0.05);
  assert.deepEqual([sold.status, sold.cost, sold.fee.currency, sold.fee.cost], ['closed', 1000, 'USDT', 1]);
  const balance = await client.fetchBalance();
  assert.deepEqual([balance.USDT.free, balance.BTC.free], [8499, 1.074875]);
  const found = await client.fetchOrder(sold.id, pair);
  assert.deepEqual([found.status, found.filled, found.type, found.side, found.clientOrderId], ['closed', 0.05, 'market', 'sell', sold.clientOrderId]);
}

async function limitOrders() {
  const crossing = await place('limit', 'buy', 0.01, 20100);
  assert.deepEqual([crossing.status, crossing.average, crossing.timeInForce], ['closed', 20000, 'GTC'], 'a crossing order gets the better price');
  const ioc = await place('limit', 'buy', 0.01, 19000, { timeInForce: 'IOC' });
  assert.deepEqual([ioc.status, ioc.filled], ['expired', 0]);
  const fok = await place('limit', 'buy', 0.01, 19000, { timeInForce: 'FOK' });
  assert.deepEqual([fok.status, fok.filled], ['expired', 0]);
  const killed = await place('limit', 'sell', 0.01, 19900, { timeInForce: 'FOK' });
  assert.deepEqual([killed.status, killed.average], ['closed', 20000]);
  const maker = await place('limit', 'sell', 0.01, 22000, { postOnly: true });
  assert.equal(await status(maker), 'open');
  await rejects(place('limit', 'sell', 0.01, 19000, { postOnly: true }), 'OrderImmediatelyFillable', /would immediately match and take/);
  const iceberg = await place('limit', 'sell', 0.1, 22000, { icebergAmount: 0.01 });
  assert.equal((await client.fetchOrder(iceberg.id, pair)).info.icebergQty, '0.01000000');
  const named = await place('limit', 'buy', 0.01, 18000, { clientOrderId: 'my-own-id_1' });
  assert.equal(named.clientOrderId, 'my-own-id_1');
  assert.equal((await client.fetchOrder(undefined, pair, { clientOrderId: 'my-own-id_1' })).id, named.id);
  await rejects(place('limit', 'buy', 0.01, 18000, { clientOrderId: 'my-own-id_1' }), 'InvalidOrder', /Duplicate order sent/);

  const open = await client.fetchOpenOrders(pair);
  assert.deepEqual(open.map(({ id }) => id).sort(), [maker.id, iceberg.id, named.id].sort());
  assert.equal((await client.fetchOpenOrders(undefined, undefined, undefined)).length, 3);
  const locked = await client.fetchBalance();
  assert.deepEqual([locked.USDT.used, locked.BTC.used], [180, 0.11]);
  const edited = await client.editOrder(named.id, pair, 'limit', 'buy', 0.02, 18500);
  assert.deepEqual([edited.status, edited.amount, edited.price], ['open', 0.02, 18500]);
  assert.equal(await status(named), 'canceled');
  const canceled = await client.cancelOrder(maker.id, pair);
  assert.equal(canceled.status, 'canceled');
  await rejects(client.cancelOrder(maker.id, pair), 'OrderNotFound', /Unknown order sent/);
  const rest = await client.cancelAllOrders(pair);
  assert.deepEqual(rest.map(({ status: word }) => word), ['canceled', 'canceled']);
  assert.deepEqual(await client.fetchOpenOrders(pair), []);
  const freed = await client.fetchBalance();
  assert.deepEqual([freed.USDT.used, freed.BTC.used], [0, 0]);
}

async function testOrders() {
  const before = (await client.fetchOrders(pair)).length;
  await place('limit', 'buy', 400, 20000, { test: true }); // more than there is: only the matching engine would mind
  await rejects(place('limit', 'buy', 0.00001, 20000, { test: true }), 'BadRequest', /Filter failure: NOTIONAL/);
  assert.equal((await client.fetchOrders(pair)).length, before, 'a test order leaves nothing');
}

async function streams() {
  const candles = new Inbox(), tickers = new Inbox(), trades = new Inbox(), books = new Inbox(), depths = new Inbox();
  follow(() => live.watchOHLCV(pair, '1m'), candles);
  follow(() => live.watchTicker(pair), tickers);
  follow(() => live.watchTrades(pair), trades);
  follow(() => live.watchBidsAsks([pair]), books);
  follow(() => live.watchOrderBook(pair, 5), depths);
  await exchange.logged('kline_1m', 'btcusdt@miniTicker', 'btcusdt@trade', 'btcusdt@bookTicker', 'btcusdt@depth');
  await exchange.step(2);
  const candle = await candles.next((list) => list.some((row) => row[4] === 20500), 'the candle that closes at 20500');
  assert.deepEqual(candle.find((row) => row[4] === 20500).slice(1, 5), [20100, 20600, 19900, 20500]);
  await trades.next((list) => list.some((trade) => trade.price === 20500), 'a trade at 20500');
  // Of messages that come at once ccxt hands out the first, and keeps the last.
  await until(() => live.tickers[pair]?.last === 20500 && live.tickers[pair].high === 20600 && live.tickers[pair].low === 19900, 'the ticker at 20500');
  await until(() => live.bidsasks[pair]?.bid < 20500 && live.bidsasks[pair].ask > 20500, 'bid and ask around 20500');
  await until(() => live.orderbooks[pair]?.bids[0]?.[0] < 20500 && live.orderbooks[pair].asks[0][0] > 20500, 'a book around 20500');
  assert.deepEqual([tickers, books, depths].map(({ all }) => all.find(({ error }) => error)), [undefined, undefined, undefined]);
}

async function refusals() {
  await rejects(place('limit', 'buy', 100, 19000), 'InsufficientFunds', /insufficient balance/);
  await rejects(place('market', 'sell', 100), 'InsufficientFunds', /insufficient balance/);
  await rejects(client.publicGetTicker24hr({ symbol: 'NOSUCH' }), 'BadSymbol', /-1121.*Invalid symbol/);
  await rejects(place('limit', 'buy', 0.00002, 20000), 'BadRequest', /Filter failure: NOTIONAL/);
  await rejects(client.privatePostOrder({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.01', price: '20000.001' }), 'InvalidOrder', /Filter failure: PRICE_FILTER/);
  await rejects(client.privatePostOrder({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.000011' }), 'InvalidOrder', /Filter failure: LOT_SIZE/);
  await rejects(client.privatePostOrder({ symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '20000' }), 'BadRequest', /timeInForce/);
  await rejects(client.fetchOrder('999999', pair), 'OrderNotFound', /Order does not exist/);
  await rejects(new ccxt.binance({ ...settings, secret: 'x' + exchange.secret.slice(1) }).fetchBalance(), 'AuthenticationError', /-1022/);
  await rejects(new ccxt.binance({ ...settings, apiKey: 'f'.repeat(64) }).fetchBalance(), 'AuthenticationError', /-2015/);
  const slow = new ccxt.binance({ ...settings, options: { ...settings.options, timeDifference: 30_000 } });
  await rejects(slow.fetchBalance(), 'InvalidNonce', /-1021.*outside of the recvWindow/);
  const fast = new ccxt.binance({ ...settings, options: { ...settings.options, timeDifference: -5_000 } });
  await rejects(fast.fetchBalance(), 'InvalidNonce', /-1021.*1000ms ahead/);
}

async function conditionalOrders() {
  // The market is at 20500. What rests here was placed before the candle that takes it.
  await rejects(place('market', 'sell', 0.01, undefined, { stopLossPrice: 20900 }), 'OrderImmediatelyFillable', /would trigger immediately/);
  const stop = await place('market', 'sell', 0.02, undefined, { stopLossPrice: 20000 });
  const stopLimit = await place('limit', 'sell', 0.02, 19900, { stopLossPrice: 20000 });
  const entry = await place('limit', 'buy', 0.01, 20600, { triggerPrice: 20550 });
  assert.deepEqual([await status(stop), await status(stopLimit), await status(entry)], ['open', 'open', 'open']);
  await exchange.step(); // down to 19400
  const stopped = await client.fetchOrder(stop.id, pair), stoppedLimit = await client.fetchOrder(stopLimit.id, pair);
  assert.deepEqual([stopped.status, stopped.average, stopped.triggerPrice], ['closed', 20000, 20000]);
  assert.deepEqual([stoppedLimit.status, stoppedLimit.filled], ['closed', 0.02]);
  assert.ok(stoppedLimit.average >= 19900 && stoppedLimit.average <= 20000);
  assert.equal(await status(entry), 'open');
  await client.cancelOrder(entry.id, pair);
  const profit = await place('market', 'sell', 0.02, undefined, { takeProfitPrice: 20200 });
  const profitLimit = await place('limit', 'sell', 0.02, 20150, { takeProfitPrice: 20200 });
  await exchange.step(); // up to 20400
  const profited = await client.fetchOrder(profit.id, pair), profitedLimit = await client.fetchOrder(profitLimit.id, pair);
  assert.deepEqual([profited.status, profited.average], ['closed', 20200]);
  assert.equal(profitedLimit.status, 'closed');
  assert.ok(profitedLimit.average >= 20150);
  const trailing = await place('market', 'sell', 0.02, undefined, { trailingPercent: 1, stopLossOrTakeProfit: 'stopLoss' });
  assert.equal((await client.fetchOrder(trailing.id, pair)).info.trailingDelta, 100);
  await exchange.step(); // up to 21000
  assert.equal(await status(trailing), 'open');
  await exchange.step(); // back through 20790
  const trailed = await client.fetchOrder(trailing.id, pair);
  assert.deepEqual([trailed.status, trailed.filled, trailed.average], ['closed', 0.02, 20790], 'one per cent below 21000');
}

async function lists() {
  // ccxt knows order lists by its raw methods alone. The market is at 20600.
  const common = { symbol: 'BTCUSDT', side: 'SELL', quantity: '0.01' };
  const oco = await client.privatePostOrderListOco({ ...common, aboveType: 'LIMIT_MAKER', abovePrice: '22000', belowType: 'STOP_LOSS', belowStopPrice: '19000' });
  assert.deepEqual([oco.contingencyType, oco.listStatusType, oco.listOrderStatus, oco.orders.length], ['OCO', 'EXEC_STARTED', 'EXECUTING', 2]);
  await rejects(client.privatePostOrderListOco({ ...common, aboveType: 'LIMIT_MAKER', abovePrice: '19000', belowType: 'STOP_LOSS', belowStopPrice: '22000' }), 'InvalidOrder', /relationship of the prices/);
  assert.equal((await client.privateGetOpenOrderList()).length, 1);
  assert.equal((await client.fetchBalance()).BTC.used, 0.01, 'an OCO locks once');
  await client.cancelOrder(oco.orders[0].orderId, 'BTC/USDT');
  assert.equal((await client.privateGetOrderList({ orderListId: oco.orderListId })).listOrderStatus, 'ALL_DONE');
  assert.deepEqual(await client.fetchOpenOrders(pair), [], 'one leg canceled, both gone');

  const working = { symbol: 'BTCUSDT', workingType: 'LIMIT', workingSide: 'BUY', workingTimeInForce: 'GTC', workingPrice: '20700', workingQuantity: '0.01' };
  const pendingPair = { pendingAboveType: 'TAKE_PROFIT', pendingAboveStopPrice: '23000', pendingBelowType: 'STOP_LOSS', pendingBelowStopPrice: '18000' };
  const sums = { oto: 2, opo: 2, otoco: 3, opoco: 3 };
  const made = {
    oto: await client.privatePostOrderListOto({ ...working, pendingType: 'LIMIT_MAKER', pendingSide: 'SELL', pendingPrice: '23000', pendingQuantity: '0.005' }),
    opo: await client.privatePostOrderListOpo({ ...working, pendingType: 'LIMIT_MAKER', pendingSide: 'SELL', pendingPrice: '23000' }),
    otoco: await client.privatePostOrderListOtoco({ ...working, ...pendingPair, pendingSide: 'SELL', pendingQuantity: '0.005' }),
    opoco: await client.privatePostOrderListOpoco({ ...working, ...pendingPair, pendingSide: 'SELL' }),
  };
  for (const [kind, list] of Object.entries(made)) {
    assert.deepEqual([list.contingencyType, list.orderReports.length], ['OTO', sums[kind]], kind);
    const reports = await Promise.all(list.orders.map(({ orderId }) => client.privateGetOrder({ symbol: 'BTCUSDT', orderId })));
    assert.deepEqual(reports.map((order) => order.status), ['FILLED', ...Array(sums[kind] - 1).fill('NEW')], kind);
    // The fee comes from the free balance where there is enough, as here; so an OPO sells all that was bought.
    assert.equal(reports[1].origQty, kind.startsWith('opo') ? '0.01000000' : '0.00500000', `${kind}: what the pending order sells`);
  }
  const canceled = await client.cancelAllOrders(pair);
  assert.equal(canceled.length > 0, true);
  assert.deepEqual(await client.fetchOpenOrders(pair), []);
}

async function socketCalls() {
  await live.loadMarkets();
  const orders = new Inbox(), mine = new Inbox(), balances = new Inbox();
  follow(() => live.watchOrders(pair), orders);
  follow(() => live.watchMyTrades(pair), mine);
  follow(() => live.watchBalance(), balances);
  await exchange.logged('userDataStream.subscribe');
  const placed = await live.createOrderWs(pair, 'limit', 'buy', 0.01, 18000);
  assert.equal(placed.status, 'open');
  await orders.next((list) => list.some((order) => order.id === placed.id && order.status === 'open'), 'the report of a new order');
  await balances.next((balance) => balance.USDT?.used === 180, 'the balance with 180 locked');
  assert.equal((await live.fetchOrderWs(placed.id, pair)).price, 18000);
  assert.equal((await live.fetchOpenOrdersWs(pair)).length, 1);
  const replaced = await live.editOrderWs(placed.id, pair, 'limit', 'buy', 0.01, 18100);
  assert.equal(replaced.price, 18100);
  await live.cancelOrderWs(replaced.id, pair);
  await orders.next((list) => list.some((order) => order.id === replaced.id && order.status === 'canceled'), 'the report of the cancel');
  const bought = await live.createOrderWs(pair, 'market', 'buy', 0.01);
  assert.deepEqual([bought.status, bought.filled, bought.average], ['closed', 0.01, 20600]);
  const trades = await mine.next((list) => list.some((trade) => trade.order === bought.id), 'the trade in the user stream');
  const trade = trades.find(({ order }) => order === bought.id);
  assert.deepEqual([trade.price, trade.amount, trade.fee.cost, trade.fee.currency, trade.takerOrMaker], [20600, 0.01, 0.00001, 'BTC', 'taker']);
  // This version of ccxt leaves the balances of this call unread.
  assert.equal((await live.fetchBalanceWs()).info.balances.find(({ asset }) => asset === 'USDT').locked, '0.00000000');
  assert.ok((await live.fetchMyTradesWs(pair)).some(({ id }) => id === trade.id));
  await assert.rejects(live.createOrderWs(pair, 'limit', 'buy', 100, 18000), /insufficient balance/);
  await live.createOrderWs(pair, 'limit', 'buy', 0.01, 18000);
  await live.cancelAllOrdersWs(pair);
  assert.deepEqual(await live.fetchOpenOrdersWs(pair), []);
}
async function books() {
  const raw = await client.privateGetAccount(), trades = await client.privateGetMyTrades({ symbol: 'BTCUSDT' });
  const unified = await client.fetchMyTrades(pair);
  assert.equal(unified.length, trades.length);
  assert.ok(trades.length >= 15);
  const ids = trades.map(({ id }) => Number(id));
  assert.ok(ids.every((id, i) => i === 0 || id > ids[i - 1]), 'trade ids ascend');
  checkBooks(start, trades, raw.balances);
  // The orders say the same as their trades.
  for (const order of await client.privateGetAllOrders({ symbol: 'BTCUSDT' })) {
    const own = trades.filter(({ orderId }) => orderId === order.orderId);
    assert.equal(decimal(own.reduce((sum, trade) => sum + units(trade.qty), 0n)), order.executedQty, `order ${order.orderId}`);
    assert.equal(decimal(own.reduce((sum, trade) => sum + units(trade.quoteQty), 0n)), order.cummulativeQuoteQty, `order ${order.orderId}`);
  }
}

await run('ccxt', [
  ['markets', markets], ['markets with its defaults', everythingAtOnce], ['market data', marketData], ['market orders', marketOrders],
  ['limit orders', limitOrders], ['test orders', testOrders], ['streams', streams], ['refusals', refusals], ['conditional orders', conditionalOrders],
  ['order lists', lists], ['calls and user data over the socket', socketCalls], ['the books add up', books],
], async () => {
  await live.close();
  const { code } = await exchange.stop();
  assert.equal(code, 0, 'the exchange ends in order');
});
