// @binance/spot, unchanged, over TLS: REST, streams, the WebSocket API with a signed subscription and with a logon.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inbox, checkBooks, decimal, needPackage, run, units } from './checks.mjs';
import { startExchange } from './exchange.mjs';

needPackage('@binance/spot');
process.env.LOG_LEVEL = 'error';
const { Spot } = await import('@binance/spot');

const rows = [
  20000,
  [20000, 20600, 19900, 20500], // the streams watch it; takes the resting sale at 20500
  [20500, 20500, 19400, 19500], // through stops at 20000
  [19500, 20400, 19500, 20400], // through take-profits at 20200
  20400,
];
const ed25519 = generateKeyPairSync('ed25519', { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
const start = { USDT: '10000' }; // and no coin: what is sold has to be bought first
const secret = 'a-secret-of-this-test', symbol = 'BTCUSDT';
const caFile = join(tmpdir(), `stratdock-clients-${process.pid}.pem`);
const exchange = await startExchange({
  candles: { BTCUSDT: rows, ETHUSDT: rows.map(() => 1500) },
  options: ['--tls', '--ca-file', caFile],
  accounts: { files: { 'ed25519.pem': ed25519.publicKey }, accounts: [{ name: 'demo', balances: start, keys: [{ id: 'hmackey', secret }, { id: 'edkey', public_key_file: 'ed25519.pem' }] }] },
});
const agent = new Agent({ ca: readFileSync(caFile), keepAlive: true });
rmSync(caFile);
const configure = (key) => new Spot({
  configurationRestAPI: { ...key, basePath: exchange.http, httpsAgent: agent, timeout: 10_000 },
  configurationWebsocketAPI: { ...key, wsURL: exchange.ws + '/ws-api/v3', agent },
  configurationWebsocketStreams: { wsURL: exchange.ws, agent },
});
const client = configure({ apiKey: 'hmackey', apiSecret: secret }), second = configure({ apiKey: 'edkey', privateKey: ed25519.privateKey });
const rest = client.restAPI;
const data = async (promise) => (await promise).data();
const refuses = (promise, kind, code, message) => assert.rejects(promise, (error) => {
  assert.deepEqual([error.constructor.name, error.code ?? error.data?.code ?? code], [kind, code], error.message);
  assert.match(error.message, message);
  return true;
});
const place = (side, type, options) => data(rest.newOrder({ symbol, side, type, ...options }));
const find = (orderId) => data(rest.getOrder({ symbol, orderId }));

async function market() {
  assert.deepEqual(await data(rest.ping()), {});
  const response = await rest.time();
  assert.ok(response.rateLimits.some(({ rateLimitType, count }) => rateLimitType === 'REQUEST_WEIGHT' && count > 0), 'limits are read of the headers');
  assert.equal((await data(rest.exchangeInfo({ symbols: [symbol] }))).symbols[0].symbol, symbol);
  assert.equal((await data(rest.exchangeInfo({ showPermissionSets: true }))).symbols.length, 2);
  assert.equal((await data(rest.depth({ symbol, limit: 5 }))).asks.length, 5);
  assert.ok((await data(rest.getTrades({ symbol, limit: 1 })))[0].id > 0);
  assert.equal((await data(rest.historicalTrades({ symbol, limit: 1 }))).length, 1);
  assert.equal((await data(rest.aggTrades({ symbol, limit: 1 })))[0].p, '20000.00000000');
  assert.equal((await data(rest.klines({ symbol, interval: '1m', limit: 9 }))).length, 9);
  assert.equal((await data(rest.uiKlines({ symbol, interval: '5m', limit: 3 }))).length, 3);
  assert.equal((await data(rest.avgPrice({ symbol }))).price, '20000.00000000');
  for (const call of ['ticker24hr', 'ticker', 'tickerTradingDay', 'tickerPrice', 'tickerBookTicker']) {
    assert.equal((await data(rest[call]({ symbol }))).symbol, symbol, call);
    assert.deepEqual((await data(rest[call]({ symbols: [symbol] }))).map(({ symbol: name }) => name), [symbol], call);
  }
  assert.ok((await data(rest.executionRules({ symbol }))).symbolRules);
  await refuses(rest.tickerPrice({ symbol: 'NOSUCH' }), 'BadRequestError', -1121, /Invalid symbol/);
}

async function orders() {
  const bought = await place('BUY', 'MARKET', { quantity: 0.1 });
  assert.deepEqual([bought.status, bought.fills[0].commission, bought.fills[0].commissionAsset], ['FILLED', '0.00010000', 'BTC']);
  await refuses(rest.newOrder({ symbol, side: 'SELL', type: 'MARKET', quantity: 0.1 }), 'BadRequestError', -2010, /insufficient balance/);
  assert.equal((await place('SELL', 'MARKET', { quantity: 0.0099 })).status, 'FILLED', 'after the fee there is less than was bought');
  assert.equal((await place('BUY', 'MARKET', { quoteOrderQty: 200 })).executedQty, '0.01000000');
  assert.equal((await place('BUY', 'LIMIT', { timeInForce: 'IOC', quantity: 0.01, price: 19000 })).status, 'EXPIRED');
  assert.equal((await place('BUY', 'LIMIT', { timeInForce: 'FOK', quantity: 0.01, price: 19000 })).status, 'EXPIRED');
  const resting = await place('SELL', 'LIMIT', { timeInForce: 'GTC', quantity: 0.01, price: 20500, newOrderRespType: 'RESULT' });
  assert.equal(resting.status, 'NEW');
  const maker = await place('BUY', 'LIMIT_MAKER', { quantity: 0.01, price: 18000, newOrderRespType: 'FULL' });
  assert.deepEqual(maker.fills, []);
  const replaced = await data(rest.orderCancelReplace({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01, price: 18100, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: maker.orderId }));
  assert.equal(replaced.newOrderResponse.price, '18100.00000000');
  const canceled = await data(rest.deleteOrder({ symbol, orderId: replaced.newOrderResponse.orderId }));
  assert.equal(canceled.status, 'CANCELED');
  await refuses(rest.deleteOrder({ symbol, orderId: replaced.newOrderResponse.orderId }), 'BadRequestError', -2011, /Unknown order sent/);
  assert.deepEqual(await data(rest.orderTest({ symbol, side: 'BUY', type: 'MARKET', quantity: 1 })), {});
  await refuses(rest.orderTest({ symbol, side: 'BUY', type: 'MARKET', quantity: 0.0001 }), 'BadRequestError', -1013, /Filter failure: NOTIONAL/);
  assert.deepEqual((await data(rest.getOpenOrders({ symbol }))).map(({ orderId }) => orderId), [resting.orderId]);
  const wrong = configure({ apiKey: 'hmackey', apiSecret: 'wrong' }).restAPI, nobody = configure({ apiKey: 'nobody', apiSecret: secret }).restAPI;
  await refuses(wrong.getAccount(), 'BadRequestError', -1022, /Signature for this request is not valid/);
  await refuses(nobody.getAccount(), 'UnauthorizedError', -2015, /Invalid API-key/);
  assert.equal((await data(second.restAPI.getAccount())).balances.length, (await data(rest.getAccount())).balances.length, 'an Ed25519 key of the same account');
}

async function streams() {
  const inbox = new Inbox();
  // Each subscription is a message, and of more than five a second the exchange closes the connection: two of them.
  const connections = [await client.websocketStreams.connect(), await configure({ apiKey: '' }).websocketStreams.connect()];
  const follow = (index, name, options) => connections[index][name]({ symbol, ...options }).on('message', (content) => inbox.put({ name, content }));
  for (const name of ['trade', 'aggTrade', 'ticker', 'miniTicker']) follow(0, name);
  for (const name of ['bookTicker', 'avgPrice', 'diffBookDepth']) follow(1, name);
  follow(1, 'kline', { interval: '1m' });
  follow(1, 'partialBookDepth', { levels: 5 });
  await exchange.logged('@trade', '@aggTrade', '@ticker', '@miniTicker', '@bookTicker', '@avgPrice', '@depth', '@kline_1m', '@depth5');
  await exchange.step();
  const from = (name, test = () => true) => inbox.next((message) => message.name === name && test(message.content), name).then(({ content }) => content);
  const candle = await from('kline', ({ k }) => k.x);
  assert.deepEqual([candle.k.o, candle.k.h, candle.k.l, candle.k.c], ['20000.00000000', '20600.00000000', '19900.00000000', '20500.00000000']);
  assert.equal((await from('trade', ({ p }) => p === '20600.00000000')).q, (await from('aggTrade', ({ p }) => p === '20600.00000000')).q);
  await from('ticker', ({ c, h, l }) => c === '20500.00000000' && h === '20600.00000000' && l === '19900.00000000');
  await from('miniTicker', ({ c }) => c === '20500.00000000');
  await from('bookTicker', ({ b }) => b === '20499.99000000');
  await from('avgPrice');
  await from('partialBookDepth', ({ bids }) => bids.length === 5);
  // Differences of the book follow one another without a gap.
  await from('diffBookDepth', ({ b }) => b.some(([price, quantity]) => price === '20499.99000000' && Number(quantity) > 0));
  const differences = inbox.all.filter(({ name }) => name === 'diffBookDepth').map(({ content }) => content);
  differences.forEach(({ U, u }, i) => assert.ok(U <= u && (i === 0 || U === differences[i - 1].u + 1), `difference ${i}`));
  for (const connection of connections) await connection.disconnect();
}

async function lists() {
  const common = { symbol, side: 'SELL', quantity: 0.01 };
  const oco = await data(rest.orderListOco({ ...common, aboveType: 'TAKE_PROFIT', aboveStopPrice: 22000, belowType: 'STOP_LOSS', belowStopPrice: 20000 }));
  assert.deepEqual([oco.contingencyType, oco.listOrderStatus], ['OCO', 'EXECUTING']);
  const old = await data(rest.orderOco({ ...common, price: 22000, stopPrice: 15000 }));
  assert.equal((await data(rest.deleteOrderList({ symbol, orderListId: old.orderListId }))).listOrderStatus, 'ALL_DONE');
  assert.equal((await data(rest.openOrderList())).length, 1);
  const stop = await place('SELL', 'STOP_LOSS', { quantity: 0.005, stopPrice: 20000 });
  const stopLimit = await place('SELL', 'STOP_LOSS_LIMIT', { timeInForce: 'GTC', quantity: 0.005, stopPrice: 20000, price: 19900 });
  const trailing = await place('SELL', 'TAKE_PROFIT', { quantity: 0.005, trailingDelta: 500 });
  await exchange.step(); // down to 19400
  const legs = Object.fromEntries(await Promise.all(oco.orders.map(async ({ orderId }) => find(orderId).then(({ type, status }) => [type, status]))));
  assert.deepEqual(legs, { TAKE_PROFIT: 'EXPIRED', STOP_LOSS: 'FILLED' });
  assert.equal((await data(rest.getOrderList({ orderListId: oco.orderListId }))).listOrderStatus, 'ALL_DONE');
  for (const { orderId } of [stop, stopLimit]) assert.equal((await find(orderId)).status, 'FILLED');
  // From the low of 19400 the candle's path goes up to its high of 20500 again, through 19400 and five per cent.
  assert.deepEqual(await find(trailing.orderId).then(({ status, trailingDelta, cummulativeQuoteQty }) => [status, trailingDelta, cummulativeQuoteQty]), ['FILLED', 500, '101.85000000']);
  const profits = [await place('SELL', 'TAKE_PROFIT', { quantity: 0.005, stopPrice: 20200 }), await place('SELL', 'TAKE_PROFIT_LIMIT', { timeInForce: 'GTC', quantity: 0.005, stopPrice: 20200, price: 20150 })];
  await exchange.step(); // up to 20400
  for (const { orderId } of profits) assert.equal((await find(orderId)).status, 'FILLED');

  // All there is of the coin is sold, so that a list has nothing but what it buys itself.
  const free = units((await data(rest.getAccount())).balances.find(({ asset }) => asset === 'BTC').free);
  await place('SELL', 'MARKET', { quantity: Number(decimal(free - (free % 1000n))) });
  const working = { symbol, workingType: 'LIMIT', workingSide: 'BUY', workingTimeInForce: 'GTC', workingPrice: 20500, workingQuantity: 0.01 };
  const pair = { pendingSide: 'SELL', pendingAboveType: 'LIMIT_MAKER', pendingAbovePrice: 23000, pendingBelowType: 'STOP_LOSS_LIMIT', pendingBelowStopPrice: 18000, pendingBelowPrice: 17900, pendingBelowTimeInForce: 'GTC' };
  const made = {
    orderListOto: await data(rest.orderListOto({ ...working, pendingType: 'LIMIT', pendingTimeInForce: 'GTC', pendingSide: 'SELL', pendingPrice: 23000, pendingQuantity: 0.005 })),
    orderListOtoco: await data(rest.orderListOtoco({ ...working, ...pair, pendingQuantity: 0.005 })),
  };
  await data(rest.deleteOpenOrders({ symbol }));
  const left = units((await data(rest.getAccount())).balances.find(({ asset }) => asset === 'BTC').free);
  await place('SELL', 'MARKET', { quantity: Number(decimal(left - (left % 1000n))) });
  Object.assign(made, {
    orderListOpo: await data(rest.orderListOpo({ ...working, pendingType: 'LIMIT', pendingTimeInForce: 'GTC', pendingSide: 'SELL', pendingPrice: 23000 })),
  });
  const bought = await Promise.all(made.orderListOpo.orders.map(({ orderId }) => find(orderId)));
  assert.deepEqual(bought.map(({ status, origQty }) => [status, origQty]), [['FILLED', '0.01000000'], ['NEW', '0.00999000']], 'what is left after the fee');
  await data(rest.deleteOpenOrders({ symbol }));
  made.orderListOpoco = await data(rest.orderListOpoco({ ...working, ...pair }));
  for (const [kind, list] of Object.entries(made)) assert.deepEqual([list.contingencyType, list.orderReports.length], ['OTO', kind.endsWith('co') ? 3 : 2], kind);
  const waiting = await data(rest.orderListOto({ ...working, workingPrice: 18000, pendingType: 'MARKET', pendingSide: 'SELL', pendingQuantity: 0.005 }));
  assert.deepEqual(waiting.orderReports.map(({ status }) => status).sort(), ['NEW', 'PENDING_NEW']);
  await data(rest.deleteOpenOrders({ symbol }));
  assert.equal((await data(rest.allOrderList())).length, 7);
}

async function socketCalls() {
  const inbox = new Inbox(), connection = await client.websocketAPI.connect();
  const user = await connection.userDataStreamSubscribeSignature();
  user.stream.on('message', (event) => inbox.put(event));
  assert.deepEqual((await connection.ping()).data, {});
  assert.equal((await connection.tickerPrice({ symbol })).data.price, '20400.00000000');
  assert.equal((await connection.klines({ symbol, interval: '1m', limit: 2 })).data.length, 2);
  assert.equal((await connection.depth({ symbol, limit: 5 })).data.bids.length, 5);
  const placed = (await connection.orderPlace({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01, price: 18000 })).data;
  assert.equal(placed.status, 'NEW');
  const created = await inbox.next(({ e, x, i }) => e === 'executionReport' && x === 'NEW' && Number(i) === Number(placed.orderId), 'the report of the new order');
  assert.deepEqual([created.p, created.X], ['18000.00000000', 'NEW']);
  await inbox.next(({ e, B }) => e === 'outboundAccountPosition' && B.some(({ a, l }) => a === 'USDT' && l === '180.00000000'), 'the locked balance');
  assert.equal((await connection.openOrdersStatus({ symbol })).data.length, 1);
  assert.equal((await connection.orderStatus({ symbol, orderId: placed.orderId })).data.status, 'NEW');
  assert.equal((await connection.orderCancel({ symbol, orderId: placed.orderId })).data.status, 'CANCELED');
  await inbox.next(({ e, x }) => e === 'executionReport' && x === 'CANCELED', 'the report of the cancel');
  await assert.rejects(connection.orderPlace({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 10, price: 18000 }), (error) => JSON.stringify(error).includes('insufficient balance') || /insufficient balance/.test(error.message));
  assert.deepEqual((await connection.orderTest({ symbol, side: 'BUY', type: 'MARKET', quantity: 0.01 })).data, {});
  assert.ok((await connection.accountStatus()).data.balances.length >= 2);
  await connection.disconnect();

  // With a logon, which takes an Ed25519 key, calls need no signature.
  const logged = await second.websocketAPI.connect();
  const [session] = await logged.sessionLogon();
  assert.equal(session.data.apiKey, 'edkey');
  const events = new Inbox(), subscription = await logged.userDataStreamSubscribe();
  subscription.stream.on('message', (event) => events.put(event));
  const bought = (await logged.orderPlace({ symbol, side: 'BUY', type: 'MARKET', quantity: 0.01 })).data;
  assert.equal(bought.status, 'FILLED');
  const traded = await events.next(({ e, x }) => e === 'executionReport' && x === 'TRADE', 'the trade');
  assert.deepEqual([traded.L, traded.n, traded.N], ['20400.00000000', '0.00001000', 'BTC']);
  await logged.sessionLogout();
  await logged.disconnect();
}

async function books() {
  await data(rest.deleteOpenOrders({ symbol })).catch(() => {});
  const trades = await data(rest.myTrades({ symbol })), account = await data(rest.getAccount());
  checkBooks(start, trades, account.balances);
  assert.ok((await data(rest.allOrders({ symbol }))).length >= 20);
  assert.equal((await data(rest.accountCommission({ symbol }))).standardCommission.taker, '0.00100000');
  assert.equal((await data(rest.rateLimitOrder())).length, 2);
  assert.ok(Array.isArray((await data(rest.myFilters({ symbol }))).symbolFilters));
  assert.deepEqual(await data(rest.myPreventedMatches({ symbol, orderId: 1 })), []);
}

await run('@binance/spot', [
  ['market data', market], ['orders', orders], ['streams', streams], ['lists and stops', lists], ['the WebSocket API', socketCalls], ['the books add up', books],
], async () => {
  agent.destroy();
  const { code } = await exchange.stop();
  assert.equal(code, 0, 'the exchange ends in order');
});
