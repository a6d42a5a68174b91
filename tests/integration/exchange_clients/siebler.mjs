// The package "binance" (by Siebler), unchanged: REST, its WebSocket API client that sends numbers as numbers, and its streams.
import assert from 'node:assert/strict';
import { Inbox, checkBooks, needPackage, run } from './checks.mjs';
import { startExchange } from './exchange.mjs';

needPackage('binance');
const { MainClient, WebsocketAPIClient, WebsocketClient } = await import('binance');

const rows = [
  20000,
  [20000, 20600, 19900, 20500], // the streams watch it; takes the resting sale at 20500
  [20500, 20500, 18900, 19000], // through the stop of an OCO at 19500
];
const start = { USDT: '10000', BTC: '0.5' };
const exchange = await startExchange({ candles: { BTCUSDT: rows, ETHUSDT: rows.map(() => 1500) }, options: ['--balance', 'BTC=0.5'] });
const keys = { api_key: exchange.key, api_secret: exchange.secret };
const client = new MainClient({ ...keys, baseUrl: exchange.http });
const silent = { trace() {}, info() {}, error() {} };
const caller = new WebsocketAPIClient({ ...keys, wsUrl: exchange.ws, beautify: true, attachEventListeners: false, muteLatencyWarning: true }, silent);
const symbol = 'BTCUSDT';
const now = () => ({ timestamp: Date.now() });
const refuses = (promise, code, message) => assert.rejects(promise, (error) => {
  const { code: number, message: text } = error.error ? { ...error.error, message: error.error.msg } : error;
  assert.equal(number, code, text);
  assert.match(text, message);
  return true;
});

async function market() {
  const info = await client.getExchangeInfo({ symbols: ['BTCUSDT', 'ETHUSDT'] });
  assert.deepEqual(info.symbols.map(({ symbol: name }) => name), ['BTCUSDT', 'ETHUSDT']);
  assert.equal((await client.getExchangeInfo({ permissions: ['SPOT', 'MARGIN'] })).symbols.length, 2);
  assert.equal((await client.getOrderBook({ symbol, limit: 5 })).bids.length, 5);
  assert.equal((await client.getKlines({ symbol, interval: '1m', limit: 2 })).length, 2);
  assert.equal((await client.getUIKlines({ symbol, interval: '1h', limit: 1, timeZone: '8' })).length, 1);
  assert.equal((await client.getSymbolPriceTicker({ symbol })).price, '20000.00000000');
  assert.equal((await client.getSymbolPriceTicker({ symbols: ['BTCUSDT', 'ETHUSDT'] })).length, 2);
  assert.equal((await client.getTradingDayTicker({ symbols: ['BTCUSDT'], type: 'MINI' }))[0].symbol, symbol);
  assert.equal((await client.getRollingWindowTicker({ symbol, windowSize: '4h' })).lastPrice, '20000.00000000');
  assert.deepEqual(await client.getHistoricalBlockTrades({ symbol }), []);
  assert.equal((await client.getAvgPrice({ symbol })).mins, 5);
  await refuses(client.getReferencePriceCalculation({ symbol }), -2043, /reference price/);
  await refuses(client.getKlines({ symbol, interval: '9m' }), -1120, /^Invalid interval\.$/);
}

async function orders() {
  const bought = await client.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 0.1, newOrderRespType: 'FULL' });
  assert.deepEqual([bought.status, bought.fills[0].commission], ['FILLED', '0.00010000']);
  const limit = await client.submitNewOrder({ symbol, side: 'SELL', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.02, price: 20500 });
  assert.equal((await client.getOrder({ symbol, origClientOrderId: limit.clientOrderId })).orderId, limit.orderId);
  const low = await client.submitNewOrder({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01, price: 19000 });
  const change = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01, price: 19100, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: low.orderId };
  assert.equal((await client.replaceOrder(change)).newOrderResponse.price, '19100.00000000');
  await refuses(client.replaceOrder(change), -2022, /^Order cancel-replace failed\.$/);
  assert.equal((await client.testNewOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 1, computeCommissionRates: true })).standardCommissionForOrder.taker, '0.00100000');
  const oco = await client.submitNewOrderList({ symbol, side: 'SELL', quantity: 0.02, aboveType: 'LIMIT_MAKER', abovePrice: 22000, belowType: 'STOP_LOSS', belowStopPrice: 19500 });
  assert.equal((await client.getAllOpenOCO())[0].orderListId, oco.orderListId);
  for (const kind of ['OPO', 'OPOCO', 'OTO', 'OTOCO']) {
    const pending = kind.endsWith('OCO') ? { pendingAboveType: 'LIMIT_MAKER', pendingAbovePrice: 21000, pendingBelowType: 'STOP_LOSS', pendingBelowStopPrice: 17000 }
      : { pendingType: 'LIMIT', pendingPrice: 21000, pendingTimeInForce: 'GTC' };
    const list = await client[`submitNewOrderList${kind}`]({ symbol, workingType: 'LIMIT', workingSide: 'BUY', workingPrice: 18000, workingQuantity: 0.01, workingTimeInForce: 'GTC',
      pendingSide: 'SELL', ...(kind.startsWith('OTO') && { pendingQuantity: 0.01 }), ...pending });
    assert.equal((await client.cancelOCO({ symbol, orderListId: list.orderListId })).listOrderStatus, 'ALL_DONE', kind);
  }
  assert.deepEqual(await client.getPreventedMatches({ symbol, orderId: limit.orderId }), []);
  assert.deepEqual(await client.getAllocations({ symbol }), []);
  await refuses(client.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 0 }), -1013, /^Invalid quantity\.$/);
  await refuses(client.submitNewOrder({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 100, price: 19000 }), -2010, /insufficient balance/);
  await refuses(client.cancelOrder({ symbol, orderId: 1 }), -2011, /^Unknown order sent\.$/);
}

async function calls() {
  assert.equal((await caller.getSpotSymbolPriceTicker({ symbol })).result.price, '20000.00000000');
  assert.deepEqual((await caller.getSpotHistoricalBlockTrades({ symbol })).result, []);
  // Signed as 0.00005, sent as 0.00005.
  const small = { symbol, side: 'SELL', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.0005, icebergQty: 0.00005, price: 21000.5 };
  const placed = (await caller.submitNewSpotOrder({ ...small, ...now() })).result;
  assert.deepEqual([placed.status, placed.icebergQty, placed.price], ['NEW', '0.00005000', '21000.50000000']);
  assert.equal((await caller.getSpotOrderStatus({ symbol, orderId: placed.orderId, ...now() })).result.status, 'NEW');
  assert.equal((await caller.cancelSpotOrder({ symbol, orderId: placed.orderId, ...now() })).result.status, 'CANCELED');
  await refuses(caller.submitNewSpotOrder({ ...small, quantity: 0.00005, icebergQty: undefined, ...now() }), -1013, /^Filter failure: NOTIONAL$/);
  await refuses(caller.amendSpotOrderKeepPriority({ symbol, orderId: placed.orderId, newQty: 0.0001, ...now() }), -2038, /not supported/);
  assert.equal((await caller.getSpotAccountInformation({ ...now() })).result.accountType, 'SPOT');
}

async function streams() {
  const inbox = new Inbox(), put = (message) => inbox.put(message);
  const socket = new WebsocketClient({ ...keys, wsUrl: exchange.ws, beautify: true }, silent);
  socket.on('formattedMessage', put);
  caller.getWSClient().on('formattedUserDataMessage', (message) => put({ user: message }));
  await caller.subscribeUserDataStream('mainWSAPI');
  await socket.subscribe(['btcusdt@kline_1m', 'btcusdt@trade', 'btcusdt@ticker', 'btcusdt@ticker_1h', '!ticker_4h@arr', 'btcusdt@bookTicker', 'btcusdt@depth5'], 'main');
  await exchange.logged('kline_1m', '@trade', '@ticker"', '@ticker_1h', '!ticker_4h@arr', '@bookTicker', '@depth5', 'userDataStream.subscribe.signature');
  await exchange.step();
  const { kline } = await inbox.next(({ eventType, kline: one }) => eventType === 'kline' && one.final, 'a closed candle');
  assert.deepEqual([kline.open, kline.high, kline.low, kline.close], [20000, 20600, 19900, 20500]);
  for (const event of ['trade', '24hrTicker', 'bookTicker', '1hTicker']) await inbox.next(({ eventType, e }) => (eventType ?? e) === event, event);
  await inbox.next((message) => Array.isArray(message) && (message[0].eventType ?? message[0].e) === '4hTicker', 'the tickers of all symbols');
  const { user: fill } = await inbox.next(({ user }) => user && (user.e ?? user.eventType) === 'executionReport' && (user.x ?? user.executionType) === 'TRADE', 'a fill');
  assert.equal(Number(fill.L ?? fill.lastTradePrice), 20500);
  socket.closeAll(true);
}

async function books() {
  await exchange.step(); // down to 18900
  assert.deepEqual(await client.getAllOpenOCO(), []);
  await client.cancelAllSymbolOrders({ symbol }).catch(() => {}); // what the fall did not take
  checkBooks(start, await client.getAccountTradeList({ symbol }), (await client.getAccountInformation()).balances);
  assert.equal((await client.getAccountInformation({ omitZeroBalances: true })).balances.every(({ free, locked }) => Number(free) + Number(locked) > 0), true);
  assert.equal((await client.getOrderRateLimit())[0].intervalNum, 10);
}

await run('binance', [['market data', market], ['orders', orders], ['calls over a socket', calls], ['streams', streams], ['the books add up', books]], async () => {
  caller.getWSClient().closeAll(true);
  const { code } = await exchange.stop();
  assert.equal(code, 0, 'the exchange ends in order');
});
