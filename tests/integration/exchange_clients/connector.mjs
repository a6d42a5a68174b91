// @binance/connector, unchanged: REST with HMAC, RSA and Ed25519 keys, its streams and its WebSocket API.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { Inbox, checkBooks, needPackage, run, units, decimal } from './checks.mjs';
import { startExchange } from './exchange.mjs';

needPackage('@binance/connector');
const { PrivateKeyAlgo, Spot, WebsocketAPI, WebsocketStream } = await import('@binance/connector').then((module) => module.default ?? module);

const rows = [
  20000,
  [20000, 20600, 19900, 20500], // takes what rests at 20500 and 19950
  [20500, 20500, 19400, 19500], // through stops at 20000
  [19500, 20400, 19500, 20400], // through take-profits at 20200
  [20400, 21000, 20400, 21000], // what the streams watch
  21000,
];
const pem = { type: 'spki', format: 'pem' }, privatePem = { type: 'pkcs8', format: 'pem' };
const make = (kind, options) => generateKeyPairSync(kind, { ...options, publicKeyEncoding: pem, privateKeyEncoding: privatePem });
const rsa = make('rsa', { modulusLength: 2048 }), ed25519 = make('ed25519');
const secret = 'a-secret-of-this-test';
const start = { USDT: '10000', BTC: '0.5' };
const exchange = await startExchange({
  candles: { BTCUSDT: rows, ETHUSDT: rows.map(() => 1500) },
  accounts: {
    files: { 'rsa.pem': rsa.publicKey, 'ed25519.pem': ed25519.publicKey },
    accounts: [{ name: 'demo', balances: start, keys: [
      { id: 'hmackey', secret }, { id: 'rsakey', public_key_file: 'rsa.pem' }, { id: 'ed25519key', public_key_file: 'ed25519.pem' },
      { id: 'lookingkey', secret, may_trade: false },
    ] }],
  },
});
const baseURL = exchange.http, symbol = 'BTCUSDT';
const quiet = { info() {}, debug() {}, warn() {}, error() {}, log() {} };
const client = new Spot('hmackey', secret, { baseURL });
const data = async (promise) => (await promise).data;
// The client is axios's: errors carry the answer.
const refuses = (promise, status, code, message) => assert.rejects(promise, (error) => {
  assert.deepEqual([error.response?.status, error.response?.data?.code], [status, code], error.message + JSON.stringify(error.response?.data));
  assert.match(error.response.data.msg, message);
  return true;
});
const place = (side, type, options) => data(client.newOrder(symbol, side, type, options));
const find = (orderId) => data(client.getOrder(symbol, { orderId }));

async function market() {
  assert.deepEqual(await data(client.ping()), {});
  assert.equal(String((await data(client.time())).serverTime).length, 13);
  assert.equal(String((await data(client.time({ timeUnit: 'MICROSECOND' }))).serverTime).length, 16);
  const info = await data(client.exchangeInfo({ symbol }));
  assert.deepEqual(info.symbols.map(({ symbol: name }) => name), [symbol]);
  assert.deepEqual((await data(client.exchangeInfo({ symbols: ['BTCUSDT', 'ETHUSDT'] }))).symbols.length, 2);
  assert.deepEqual(info.rateLimits.map(({ rateLimitType }) => rateLimitType), ['REQUEST_WEIGHT', 'ORDERS', 'ORDERS', 'RAW_REQUESTS']);
  await refuses(client.exchangeInfo({ symbol: 'NOSUCH' }), 400, -1121, /^Invalid symbol\.$/);
  const book = await data(client.depth(symbol, { limit: 7 }));
  assert.deepEqual([book.bids.length, book.asks.length, typeof book.lastUpdateId], [7, 7, 'number']);
  const trades = await data(client.trades(symbol, { limit: 2 }));
  const older = await data(client.historicalTrades(symbol, { limit: 2, fromId: trades[0].id }));
  assert.deepEqual(older, trades);
  const aggregate = await data(client.aggTrades(symbol, { limit: 2 }));
  assert.deepEqual(aggregate.map(({ p, q }) => [p, q]), trades.map(({ price, qty }) => [price, qty]));
  const candles = await data(client.klines(symbol, '1m', { limit: 3 }));
  assert.deepEqual(await data(client.uiklines(symbol, '1m', { limit: 3 })), candles);
  assert.deepEqual(candles[0].map((value) => typeof value), ['number', ...Array(5).fill('string'), 'number', 'string', 'number', 'string', 'string', 'string']);
  assert.equal(candles[0][6], candles[1][0] - 1);
  await refuses(client.klines(symbol, '7m'), 400, -1120, /^Invalid interval\.$/);
  assert.deepEqual(await data(client.avgPrice(symbol)).then(({ mins, price }) => [mins, price]), [5, '20000.00000000']);
  assert.equal((await data(client.ticker24hr(symbol))).lastPrice, '20000.00000000');
  assert.deepEqual((await data(client.ticker24hr('', ['BTCUSDT', 'ETHUSDT']))).map(({ lastPrice }) => lastPrice), ['20000.00000000', '1500.00000000']);
  assert.deepEqual(await data(client.tickerPrice(symbol)), { symbol, price: '20000.00000000' });
  assert.deepEqual(await data(client.tickerPrice('', [symbol])), [{ symbol, price: '20000.00000000' }], 'a list of one is a list');
  assert.equal((await data(client.bookTicker(symbol))).bidPrice, book.bids[0][0]);
  assert.equal((await data(client.rollingWindowTicker(symbol, [], { windowSize: '1h' }))).lastPrice, '20000.00000000');
}

async function keys() {
  const limits = { baseURL };
  for (const other of [new Spot('rsakey', '', { ...limits, privateKey: rsa.privateKey, privateKeyAlgo: PrivateKeyAlgo.RSA }), new Spot('ed25519key', '', { ...limits, privateKey: ed25519.privateKey, privateKeyAlgo: PrivateKeyAlgo.ED25519 })]) {
    assert.equal((await data(other.account())).balances.find(({ asset }) => asset === 'USDT').free, '10000.00000000');
    const order = await data(other.newOrder(symbol, 'BUY', 'LIMIT', { timeInForce: 'GTC', quantity: 0.01, price: 19000 }));
    await other.cancelOrder(symbol, { orderId: order.orderId });
  }
  const wrong = new Spot('rsakey', '', { ...limits, privateKey: make('rsa', { modulusLength: 2048 }).privateKey });
  await refuses(wrong.account(), 400, -1022, /^Signature for this request is not valid\.$/);
  await refuses(new Spot('hmackey', 'wrong', limits).account(), 400, -1022, /Signature/);
  await refuses(new Spot('nosuchkey', secret, limits).account(), 401, -2015, /^Invalid API-key, IP, or permissions for action\.$/);
  await refuses(client.account({ recvWindow: 70000 }), 400, -1131, /^recvWindow must be less than 60000\.$/);
  const looking = new Spot('lookingkey', secret, limits);
  assert.equal((await data(looking.account())).accountType, 'SPOT');
  assert.deepEqual(await data(looking.apiPermissions()).then(({ enableReading, enableSpotAndMarginTrading, enableWithdrawals }) => [enableReading, enableSpotAndMarginTrading, enableWithdrawals]), [true, false, false]);
  await refuses(looking.newOrder(symbol, 'BUY', 'MARKET', { quantity: 0.01 }), 401, -2015, /permissions/);
  assert.deepEqual((await data(client.tradeFee({ symbol })))[0].takerCommission, '0.001');
  assert.deepEqual(await data(client.systemStatus()), { status: 0, msg: 'normal' });
  await assert.rejects(client.createListenKey(), ({ response }) => response.status === 410 && response.data.code < 0, 'listen keys are gone at the real exchange too');
}

async function everyType() {
  const headers = await client.newOrder(symbol, 'BUY', 'MARKET', { quantity: 0.1 });
  assert.equal(headers.headers['x-mbx-order-count-10s'] > 0 && Number(headers.headers['x-mbx-used-weight-1m']) > 0, true);
  const bought = headers.data;
  assert.deepEqual([bought.status, bought.executedQty, bought.cummulativeQuoteQty, bought.origQuoteOrderQty], ['FILLED', '0.10000000', '2000.00000000', '0.00000000']);
  assert.deepEqual(bought.fills.map(({ price, qty, commission, commissionAsset }) => [price, qty, commission, commissionAsset]), [['20000.00000000', '0.10000000', '0.00010000', 'BTC']]);
  const byQuote = await place('BUY', 'MARKET', { quoteOrderQty: 123.45 });
  assert.deepEqual([byQuote.status, byQuote.executedQty, byQuote.cummulativeQuoteQty, byQuote.origQuoteOrderQty], ['FILLED', '0.00617000', '123.40000000', '123.45000000'], 'a whole number of lots, never more than was said');
  const sellQuote = await place('SELL', 'MARKET', { quoteOrderQty: 100 });
  assert.deepEqual([sellQuote.status, sellQuote.cummulativeQuoteQty, sellQuote.fills[0].commissionAsset], ['FILLED', '100.00000000', 'USDT']);
  const acknowledged = await place('SELL', 'LIMIT', { timeInForce: 'GTC', quantity: 0.01, price: 20500, newOrderRespType: 'ACK' });
  assert.deepEqual(Object.keys(acknowledged), ['symbol', 'orderId', 'orderListId', 'clientOrderId', 'transactTime']);
  const result = await place('BUY', 'LIMIT', { timeInForce: 'GTC', quantity: 0.01, price: 19950, newOrderRespType: 'RESULT' });
  assert.deepEqual([result.status, result.fills, result.selfTradePreventionMode], ['NEW', undefined, 'EXPIRE_MAKER']);
  assert.equal((await place('BUY', 'LIMIT', { timeInForce: 'IOC', quantity: 0.01, price: 19000 })).status, 'EXPIRED');
  assert.equal((await place('BUY', 'LIMIT', { timeInForce: 'FOK', quantity: 0.01, price: 20000 })).status, 'FILLED');
  await refuses(client.newOrder(symbol, 'BUY', 'LIMIT_MAKER', { quantity: 0.01, price: 20100 }), 400, -2010, /^Order would immediately match and take\.$/);
  await refuses(client.newOrder(symbol, 'SELL', 'STOP_LOSS', { quantity: 0.01, stopPrice: 20100 }), 400, -2010, /^Order would trigger immediately\.$/);
  await refuses(client.newOrder(symbol, 'BUY', 'LIMIT', { timeInForce: 'GTC', quantity: 10, price: 19000 }), 400, -2010, /^Account has insufficient balance for requested action\.$/);
  await exchange.step(); // 20600, 19900, then 20500
  const sold = await find(acknowledged.orderId), low = await find(result.orderId);
  assert.deepEqual([sold.status, sold.cummulativeQuoteQty, low.status, low.cummulativeQuoteQty], ['FILLED', '205.00000000', 'FILLED', '199.50000000']);
  const orders = {
    stop: await place('SELL', 'STOP_LOSS', { quantity: 0.01, stopPrice: 20000 }),
    stopLimit: await place('SELL', 'STOP_LOSS_LIMIT', { timeInForce: 'GTC', quantity: 0.01, stopPrice: 20000, price: 19900 }),
    profitLow: await place('BUY', 'TAKE_PROFIT', { quantity: 0.01, stopPrice: 20000 }),
    entry: await place('BUY', 'STOP_LOSS', { quantity: 0.01, stopPrice: 20550 }),
  };
  assert.equal(orders.stop.status, undefined, 'ACK is what these answer unless asked');
  await exchange.step(); // down to 19400
  const after = Object.fromEntries(await Promise.all(Object.entries(orders).map(async ([name, { orderId }]) => [name, await find(orderId)])));
  assert.deepEqual([after.stop.status, after.stop.cummulativeQuoteQty], ['FILLED', '200.00000000']);
  assert.equal(after.stopLimit.status, 'FILLED');
  assert.deepEqual([after.profitLow.status, after.profitLow.cummulativeQuoteQty], ['FILLED', '200.00000000']);
  assert.deepEqual([after.entry.status, after.entry.isWorking], ['NEW', false]);
  const profits = [await place('SELL', 'TAKE_PROFIT', { quantity: 0.01, stopPrice: 20200 }), await place('SELL', 'TAKE_PROFIT_LIMIT', { timeInForce: 'GTC', quantity: 0.01, stopPrice: 20200, price: 20150 })];
  await exchange.step(); // up to 20400
  for (const { orderId } of profits) assert.equal((await find(orderId)).status, 'FILLED');
  const canceled = await data(client.cancelOrder(symbol, { orderId: orders.entry.orderId, newClientOrderId: 'the-cancel' }));
  assert.deepEqual([canceled.status, canceled.clientOrderId, canceled.origClientOrderId], ['CANCELED', 'the-cancel', orders.entry.clientOrderId]);
  await refuses(client.cancelOrder(symbol, { orderId: orders.entry.orderId }), 400, -2011, /^Unknown order sent\.$/);
  await refuses(client.getOrder(symbol, { orderId: 987654 }), 400, -2013, /^Order does not exist\.$/);
  await refuses(client.getOrder(symbol), 400, -1102, /orderId/);
  await refuses(client.getOrder(symbol, { orderId: orders.stop.orderId, origClientOrderId: 'another' }), 400, -2039, /./);
}

async function replaceAndCancel() {
  const first = await place('SELL', 'LIMIT', { timeInForce: 'GTC', quantity: 0.01, price: 23000 });
  const replaced = await data(client.cancelAndReplace(symbol, 'SELL', 'LIMIT', 'STOP_ON_FAILURE', { cancelOrderId: first.orderId, timeInForce: 'GTC', quantity: 0.01, price: 23500 }));
  assert.deepEqual([replaced.cancelResult, replaced.newOrderResult, replaced.newOrderResponse.price], ['SUCCESS', 'SUCCESS', '23500.00000000']);
  await refuses(client.cancelAndReplace(symbol, 'SELL', 'LIMIT', 'STOP_ON_FAILURE', { cancelOrderId: first.orderId, timeInForce: 'GTC', quantity: 0.01, price: 23500 }), 400, -2022, /^Order cancel-replace failed\.$/);
  await refuses(client.cancelAndReplace(symbol, 'SELL', 'LIMIT', 'ALLOW_FAILURE', { cancelOrderId: first.orderId, timeInForce: 'GTC', quantity: 0.01, price: 23600 }), 409, -2021, /^Order cancel-replace partially failed\.$/);
  assert.deepEqual((await data(client.openOrders({ symbol }))).map(({ price }) => price), ['23500.00000000', '23600.00000000']);
  const gone = await data(client.cancelOpenOrders(symbol));
  assert.deepEqual(gone.map(({ status }) => status), ['CANCELED', 'CANCELED']);
  await refuses(client.cancelOpenOrders(symbol), 400, -2011, /^Unknown order sent\.$/);
  assert.deepEqual(await data(client.openOrders()), []);
}

async function testOrders() {
  assert.deepEqual(await data(client.newOrderTest(symbol, 'BUY', 'MARKET', { quantity: 0.01 })), {});
  const rates = await data(client.newOrderTest(symbol, 'BUY', 'MARKET', { quantity: 0.01, computeCommissionRates: true }));
  assert.deepEqual(rates.standardCommissionForOrder, { maker: '0.00100000', taker: '0.00100000' });
  for (const [options, code, text] of [
    [{ quantity: 0.000001 }, -1013, /^Filter failure: LOT_SIZE$/],
    [{ quantity: 0.0001 }, -1013, /^Filter failure: NOTIONAL$/],
    [{ quantity: '0.0100000001' }, -1111, /^Parameter 'quantity' has too much precision\.$/],
    [{ quantity: '1e-2' }, -1100, /^Illegal characters found in parameter 'quantity'/],
    [{ quantity: '-1' }, -1100, /^Illegal characters/],
    [{}, -1102, /quantity/],
    [{ quantity: 0.01, newClientOrderId: 'with.dots' }, -1100, /^Illegal characters found in parameter 'newClientOrderId'; legal range is '\^\[a-zA-Z0-9-_\]\{1,36\}\$'\.$/],
    [{ quantity: 0.01, nonsense: 1 }, -1104, /^Not all sent parameters were read/],
  ]) await refuses(client.newOrderTest(symbol, 'BUY', 'MARKET', options), 400, code, text);
  await refuses(client.newOrderTest(symbol, 'BUY', 'NEW_TYPE', { quantity: 1 }), 400, -1116, /^Invalid orderType\.$/);
  await refuses(client.newOrderTest(symbol, 'SIDEWAYS', 'MARKET', { quantity: 1 }), 400, -1117, /^Invalid side\.$/);
  await refuses(client.newOrderTest(symbol, 'BUY', 'LIMIT', { quantity: 1, price: 20000, timeInForce: 'NOW' }), 400, -1115, /^Invalid timeInForce\.$/);
  await refuses(client.newOrderTest(symbol, 'BUY', 'LIMIT', { quantity: 0.01, price: 20000.005, timeInForce: 'GTC' }), 400, -1013, /^Filter failure: PRICE_FILTER$/);
  await refuses(client.newOrderTest(symbol, 'BUY', 'LIMIT', { quantity: 0.01, price: 200000, timeInForce: 'GTC' }), 400, -1013, /^Filter failure: PERCENT_PRICE_BY_SIDE$/);
}

async function pairs() {
  const oco = await data(client.newOCOOrder(symbol, 'SELL', 0.01, 'LIMIT_MAKER', 'STOP_LOSS_LIMIT', { abovePrice: 23000, belowStopPrice: 18000, belowPrice: 17900, belowTimeInForce: 'GTC' }));
  assert.deepEqual([oco.contingencyType, oco.listOrderStatus, oco.orderReports.map(({ type }) => type).sort()], ['OCO', 'EXECUTING', ['LIMIT_MAKER', 'STOP_LOSS_LIMIT']]);
  assert.equal((await data(client.getOCOOrder({ orderListId: oco.orderListId }))).listClientOrderId, oco.listClientOrderId);
  assert.equal((await data(client.getOpenOCOOrders())).length, 1);
  const canceled = await data(client.cancelOCOOrder(symbol, { orderListId: oco.orderListId }));
  assert.deepEqual([canceled.listOrderStatus, canceled.orderReports.map(({ status }) => status)], ['ALL_DONE', ['CANCELED', 'CANCELED']]);
  assert.deepEqual(await data(client.getOpenOCOOrders()), []);
  assert.equal((await data(client.getOCOOrders())).length, 1);
  assert.deepEqual((await data(client.orderCount())).map(({ rateLimitType, count }) => [rateLimitType, count > 0]), [['ORDERS', true], ['ORDERS', true]]);
}

async function streams() {
  const inbox = new Inbox();
  let opened;
  const isOpen = new Promise((resolve) => (opened = resolve));
  const stream = new WebsocketStream({ wsURL: exchange.ws, combinedStreams: true, logger: quiet, callbacks: { open: opened, message: (text) => inbox.put(JSON.parse(text)) } });
  stream.subscribe(['btcusdt@kline_1m', 'btcusdt@ticker']);
  await isOpen;
  stream.trade('BTCUSDT');
  stream.subscribe(['btcusdt@aggTrade', 'btcusdt@miniTicker', 'btcusdt@bookTicker', 'btcusdt@depth5', 'btcusdt@avgPrice', '!miniTicker@arr']);
  await exchange.logged('!miniTicker@arr');
  await exchange.step(); // 20400 to 21000
  const from = (name, test = () => true) => inbox.next(({ stream: word, data: content }) => word === name && test(content), name).then(({ data: content }) => content);
  const closed = await from('btcusdt@kline_1m', ({ k }) => k.x);
  assert.deepEqual([closed.e, closed.k.o, closed.k.h, closed.k.l, closed.k.c, closed.k.i], ['kline', '20400.00000000', '21000.00000000', '20400.00000000', '21000.00000000', '1m']);
  const candles = await data(client.klines(symbol, '1m', { limit: 2 })), same = candles.find(([opens]) => opens === closed.k.t);
  assert.deepEqual([same[4], same[5], same[6], same[7], same[8]], [closed.k.c, closed.k.v, closed.k.T, closed.k.q, closed.k.n], 'the stream and the page say the same of a candle');
  assert.equal((await from('btcusdt@ticker', ({ c }) => c === '21000.00000000')).e, '24hrTicker');
  const trade = await from('btcusdt@trade', ({ p }) => p === '21000.00000000');
  assert.equal((await from('btcusdt@aggTrade', ({ a }) => a === trade.t)).q, trade.q);
  assert.equal((await from('btcusdt@miniTicker', ({ c }) => c === '21000.00000000')).h, '21000.00000000');
  const best = await from('btcusdt@bookTicker', ({ b }) => b === '20999.99000000');
  assert.equal(best.e, undefined);
  assert.equal((await from('btcusdt@depth5', ({ bids }) => bids[0][0] === best.b)).asks.length, 5);
  await from('btcusdt@avgPrice');
  assert.ok(Array.isArray(await from('!miniTicker@arr')));
  stream.unsubscribe('btcusdt@trade');
  stream.disconnect();
}

async function socketCalls() {
  const inbox = new Inbox();
  let opened;
  const isOpen = new Promise((resolve) => (opened = resolve));
  const socket = new WebsocketAPI('hmackey', secret, { wsURL: exchange.ws + '/ws-api/v3', logger: quiet, callbacks: { open: opened, message: (text) => inbox.put(JSON.parse(text)) } });
  await isOpen;
  let number = 0;
  const ask = async (method, ...words) => {
    const id = `call-${++number}`;
    const options = typeof words.at(-1) === 'object' ? words.pop() : {};
    socket[method](...words, { ...options, id });
    return inbox.next((message) => message.id === id, method);
  };
  const event = (test, what) => inbox.next((message) => message.event && test(message.event), what).then((message) => message.event);
  assert.deepEqual((await ask('ping')).result, {});
  assert.ok((await ask('time')).result.serverTime > 0);
  assert.equal((await ask('exchangeInfo', { symbol })).result.symbols.length, 1);
  assert.equal((await ask('orderbook', symbol, { limit: 5 })).result.bids.length, 5);
  assert.equal((await ask('klines', symbol, '1m', { limit: 4 })).result.length, 4);
  assert.equal((await ask('tickerPrice', { symbol })).result.price, '21000.00000000');
  assert.equal((await ask('tickerBook', { symbol })).result.bidPrice, '20999.99000000');
  assert.equal((await ask('ticker24hr', { symbol }).catch(() => ask('ticker', { symbol }))).result.symbol, symbol);
  socket.sendSignatureMessage('userDataStream.subscribe.signature', { id: 'user' });
  assert.deepEqual((await inbox.next(({ id }) => id === 'user')).result, { subscriptionId: 0 });
  const before = (await ask('account')).result;
  const placed = await ask('newOrder', symbol, 'BUY', 'LIMIT', { timeInForce: 'GTC', quantity: 0.01, price: 18000, newClientOrderId: 'over-the-socket' });
  assert.deepEqual([placed.status, placed.result.status, placed.rateLimits.map(({ rateLimitType }) => rateLimitType)], [200, 'NEW', ['ORDERS', 'ORDERS', 'REQUEST_WEIGHT']]);
  const created = await event(({ e, x }) => e === 'executionReport' && x === 'NEW', 'the report of the new order');
  assert.deepEqual([created.c, created.X, created.S, created.o, created.p, created.q, created.i, created.C, created.t], ['over-the-socket', 'NEW', 'BUY', 'LIMIT', '18000.00000000', '0.01000000', placed.result.orderId, '', -1]);
  const held = await event(({ e }) => e === 'outboundAccountPosition', 'the balances');
  assert.equal(held.B.find(({ a }) => a === 'USDT').l, '180.00000000');
  assert.equal((await ask('getOrder', symbol, { origClientOrderId: 'over-the-socket' })).result.orderId, placed.result.orderId);
  assert.equal((await ask('openOrders', symbol)).result.length, 1);
  const canceled = await ask('cancelOrder', symbol, { orderId: placed.result.orderId });
  assert.equal(canceled.result.status, 'CANCELED');
  const report = await event(({ e, x }) => e === 'executionReport' && x === 'CANCELED', 'the report of the cancel');
  assert.deepEqual([report.C, report.i], ['over-the-socket', placed.result.orderId]);
  const sold = (await ask('newOrder', symbol, 'SELL', 'MARKET', { quantity: 0.01 })).result;
  const traded = await event(({ e, x }) => e === 'executionReport' && x === 'TRADE', 'the report of the trade');
  assert.deepEqual([traded.L, traded.l, traded.n, traded.N, traded.X, traded.m, traded.t, traded.Z], ['21000.00000000', '0.01000000', '0.21000000', 'USDT', 'FILLED', false, sold.fills[0].tradeId, '210.00000000']);
  const refused = await ask('newOrder', symbol, 'BUY', 'LIMIT', { timeInForce: 'GTC', quantity: 100, price: 18000 });
  assert.deepEqual([refused.status, refused.error], [400, { code: -2010, msg: 'Account has insufficient balance for requested action.' }]);
  assert.deepEqual((await ask('testNewOrder', symbol, 'BUY', 'MARKET', { quantity: 0.01 })).result, {});
  const oco = await ask('newOCOOrder', symbol, 'SELL', 0.01, 'LIMIT_MAKER', 'STOP_LOSS', { abovePrice: 23000, belowStopPrice: 18000 });
  assert.equal(oco.result.orders.length, 2);
  await event(({ e }) => e === 'listStatus', 'the status of the list');
  assert.equal((await ask('getOCOOpenOrders')).result.length, 1);
  assert.equal((await ask('cancelOCOOrder', symbol, { orderListId: oco.result.orderListId })).result.listOrderStatus, 'ALL_DONE');
  await exchange.deposit('USDT', '50');
  const deposited = await event(({ e }) => e === 'balanceUpdate', 'the deposit');
  assert.deepEqual([deposited.a, deposited.d], ['USDT', '50.00000000']);
  start.USDT = '10050';
  const after = (await ask('account')).result, usdt = (account) => units(account.balances.find(({ asset }) => asset === 'USDT').free);
  assert.equal(decimal(usdt(after) - usdt(before)), '259.79000000');
  assert.equal((await ask('myTrades', symbol, { orderId: sold.orderId })).result[0].id, sold.fills[0].tradeId);
  assert.equal((await ask('orderHistory', symbol, { limit: 1 })).result.length, 1);
  socket.startUserDataStream();
  const old = await inbox.next(({ status, id }) => status !== 200 && id && !String(id).startsWith('call-'), 'the answer to a method that is gone');
  assert.ok(old.error.code < 0);
  socket.disconnect();
}

async function books() {
  const trades = await data(client.myTrades(symbol)), account = await data(client.account());
  checkBooks(start, trades, account.balances);
  const all = await data(client.allOrders(symbol));
  for (const order of all) {
    const own = trades.filter(({ orderId }) => orderId === order.orderId);
    assert.equal(decimal(own.reduce((sum, trade) => sum + units(trade.qty), 0n)), order.executedQty, `order ${order.orderId}`);
  }
  assert.deepEqual(await data(client.allOrders(symbol, { orderId: all[3].orderId, limit: 2 })), all.slice(3, 5));
  assert.deepEqual(await data(client.myTrades(symbol, { fromId: trades[2].id, limit: 2 })), trades.slice(2, 4));
  const log = exchange.log().map((line) => JSON.stringify(line)).join('\n');
  assert.ok(!log.includes(secret) && !/signature=|"signature"/.test(log), 'neither secrets nor signatures are in the log');
}

await run('connector', [
  ['market data', market], ['keys of every kind', keys], ['every type of order', everyType], ['replace and cancel', replaceAndCancel],
  ['test orders', testOrders], ['order lists', pairs], ['streams', streams], ['the WebSocket API', socketCalls], ['the books add up', books],
], async () => {
  const { code } = await exchange.stop();
  assert.equal(code, 0, 'the exchange ends in order');
});
