// binance-api-node, unchanged: REST, its streams and its user stream.
import assert from 'node:assert/strict';
import { Inbox, checkBooks, needPackage, run } from './checks.mjs';
import { startExchange } from './exchange.mjs';

needPackage('binance-api-node');
const { default: module } = await import('binance-api-node');
const Binance = module.default ?? module;

const rows = [
  20000,
  [20000, 20600, 19900, 20500], // the streams watch it; takes the resting sale at 20500
  [20500, 20500, 18900, 19000], // through the stop of an OCO at 19500
  [19000, 20400, 19000, 20400], // through a take-profit at 20200
  20400,
];
const start = { USDT: '10000', BTC: '0.5' };
const exchange = await startExchange({ candles: { BTCUSDT: rows, ETHUSDT: rows.map(() => 1500) }, options: ['--balance', 'BTC=0.5'] });
const settings = { httpBase: exchange.http, wsBase: exchange.ws + '/ws', wsApi: exchange.ws + '/ws-api/v3' };
const client = Binance({ ...settings, apiKey: exchange.key, apiSecret: exchange.secret });
const symbol = 'BTCUSDT';
const refuses = (promise, code, message) => assert.rejects(promise, (error) => {
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  return true;
});
const find = (orderId) => client.getOrder({ symbol, orderId });

async function market() {
  assert.equal(await client.ping(), true);
  assert.ok(Math.abs((await client.time()) - Date.now()) < 60_000);
  const info = await client.exchangeInfo();
  assert.deepEqual(info.symbols.map(({ symbol: name }) => name), ['BTCUSDT', 'ETHUSDT']);
  assert.equal(info.symbols[0].filters.find(({ filterType }) => filterType === 'LOT_SIZE').stepSize, '0.00001000');
  assert.deepEqual(await client.prices(), { BTCUSDT: '20000.00000000', ETHUSDT: '1500.00000000' });
  assert.deepEqual(await client.prices({ symbol }), { BTCUSDT: '20000.00000000' });
  const candles = await client.candles({ symbol, interval: '1m', limit: 3 });
  assert.deepEqual(candles.map(({ open, close }) => [open, close]), Array(3).fill(['20000.00000000', '20000.00000000']));
  const book = await client.book({ symbol, limit: 5 });
  assert.ok(Number(book.bids[0].price) < 20000 && Number(book.asks[0].price) > 20000);
  assert.equal((await client.allBookTickers()).BTCUSDT.bidPrice, book.bids[0].price);
  assert.equal((await client.dailyStats({ symbol })).lastPrice, '20000.00000000');
  assert.equal((await client.dailyStats()).length, 2);
  assert.equal((await client.avgPrice({ symbol })).price, '20000.00000000');
  assert.equal((await client.trades({ symbol, limit: 1 })).length, 1);
  assert.equal((await client.tradesHistory({ symbol, limit: 1 })).length, 1);
  assert.equal((await client.aggTrades({ symbol, limit: 1 }))[0].price, '20000.00000000');
  await refuses(client.prices({ symbol: 'NOSUCH' }), -1121, /^Invalid symbol\.$/);
}

async function orders() {
  const bought = await client.order({ symbol, side: 'BUY', type: 'MARKET', quantity: '0.1', useServerTime: true });
  assert.deepEqual([bought.status, bought.executedQty, bought.fills[0].commission, bought.fills[0].commissionAsset], ['FILLED', '0.10000000', '0.00010000', 'BTC']);
  const byQuote = await client.order({ symbol, side: 'BUY', type: 'MARKET', quoteOrderQty: '100' });
  assert.deepEqual([byQuote.status, byQuote.executedQty, byQuote.cummulativeQuoteQty], ['FILLED', '0.00500000', '100.00000000']);
  const limit = await client.order({ symbol, side: 'SELL', quantity: '0.02', price: '20500' });
  assert.deepEqual([limit.status, limit.timeInForce, limit.type], ['NEW', 'GTC', 'LIMIT']);
  assert.match(limit.clientOrderId, /^x-TKT5PX2F/, 'the id of the client itself');
  assert.equal((await client.order({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'IOC', quantity: '0.01', price: '19000' })).status, 'EXPIRED');
  assert.equal((await client.order({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'FOK', quantity: '0.01', price: '20100' })).status, 'FILLED');
  const maker = await client.order({ symbol, side: 'BUY', type: 'LIMIT_MAKER', quantity: '0.01', price: '18000' });
  assert.equal((await find(maker.orderId)).status, 'NEW');
  assert.deepEqual(Object.keys(await client.orderTest({ symbol, side: 'BUY', type: 'MARKET', quantity: '1' })), []);
  assert.deepEqual((await client.openOrders({ symbol })).map(({ orderId }) => orderId), [limit.orderId, maker.orderId]);
  const replaced = await client.updateOrder({ symbol, side: 'BUY', type: 'LIMIT', quantity: '0.01', price: '18100', cancelOrderId: maker.orderId });
  assert.deepEqual([replaced.cancelResult, replaced.newOrderResponse.price], ['SUCCESS', '18100.00000000']);
  const canceled = await client.cancelOrder({ symbol, orderId: replaced.newOrderResponse.orderId });
  assert.equal(canceled.status, 'CANCELED');
  await refuses(client.cancelOrder({ symbol, orderId: maker.orderId }), -2011, /^Unknown order sent\.$/);
  await refuses(client.getOrder({ symbol, orderId: 987654 }), -2013, /^Order does not exist\.$/);
  await refuses(client.order({ symbol, side: 'BUY', quantity: '100', price: '19000' }), -2010, /^Account has insufficient balance for requested action\.$/);
  await refuses(client.order({ symbol, side: 'BUY', quantity: '0.0001', price: '19000' }), -1013, /^Filter failure: NOTIONAL$/);
  await refuses(client.order({ symbol, side: 'BUY', quantity: '0.01', price: '19000.001' }), -1013, /^Filter failure: PRICE_FILTER$/);
  await refuses(client.order({ symbol, side: 'BUY', type: 'LIMIT_MAKER', quantity: '0.01', price: '20100' }), -2010, /^Order would immediately match and take\.$/);
  const stranger = (more) => Binance({ ...settings, apiKey: exchange.key, apiSecret: exchange.secret, ...more });
  await refuses(stranger({ apiSecret: 'wrong' }).accountInfo(), -1022, /^Signature for this request is not valid\.$/);
  await refuses(stranger({ apiKey: 'nobody' }).accountInfo(), -2015, /^Invalid API-key/);
  await refuses(stranger({ getTime: () => Date.now() - 30_000 }).accountInfo(), -1021, /outside of the recvWindow/);
  await refuses(stranger({ getTime: () => Date.now() + 5_000 }).accountInfo(), -1021, /1000ms ahead/);
}

async function streams() {
  const inbox = new Inbox();
  const put = (name) => (content) => inbox.put({ name, content });
  const closers = [
    client.ws.candles(symbol, '1m', put('candles')), client.ws.ticker(symbol, put('ticker')), client.ws.miniTicker(symbol, put('miniTicker')),
    client.ws.trades([symbol], put('trades')), client.ws.aggTrades([symbol], put('aggTrades')), client.ws.bookTicker(symbol, put('bookTicker')),
    client.ws.partialDepth({ symbol, level: 5 }, put('partialDepth')), client.ws.depth(symbol, put('depth')),
    client.ws.customSubStream('btcusdt@avgPrice', put('custom')),
  ];
  closers.push(await client.ws.user(put('user')));
  await exchange.logged('kline_1m', '@ticker', '@miniTicker', '@trade', '@aggTrade', '@bookTicker', '@depth5', '@depth"', '@avgPrice', 'userDataStream.subscribe.signature');
  await exchange.step();
  const from = (name, test = () => true) => inbox.next((message) => message.name === name && test(message.content), name).then(({ content }) => content);
  const candle = await from('candles', ({ isFinal }) => isFinal);
  assert.deepEqual([candle.open, candle.high, candle.low, candle.close], ['20000.00000000', '20600.00000000', '19900.00000000', '20500.00000000']);
  await from('ticker', ({ curDayClose, high }) => curDayClose === '20500.00000000' && high === '20600.00000000');
  await from('miniTicker', ({ curDayClose }) => curDayClose === '20500.00000000');
  const trade = await from('trades', ({ price }) => price === '20600.00000000');
  assert.equal((await from('aggTrades', ({ price }) => price === '20600.00000000')).quantity, trade.quantity);
  const best = await from('bookTicker', ({ bestBid }) => bestBid === '20499.99000000');
  assert.equal((await from('partialDepth', ({ bids }) => bids[0].price === best.bestBid)).asks.length, 5);
  // What is gone is told with quantity zero.
  await from('depth', ({ askDepth }) => askDepth.some(({ price, quantity }) => price === '20000.01000000' && Number(quantity) === 0));
  await from('custom');
  const fill = await from('user', ({ eventType, executionType }) => eventType === 'executionReport' && executionType === 'TRADE');
  assert.deepEqual([fill.side, fill.price, fill.quantity, fill.orderStatus, fill.commission, fill.commissionAsset, fill.isBuyerMaker], ['SELL', '20500.00000000', '0.02000000', 'FILLED', '0.41000000', 'USDT', true]);
  const held = await from('user', ({ eventType, balances }) => eventType === 'outboundAccountPosition' && balances.some(({ asset }) => asset === 'USDT'));
  const account = await client.accountInfo();
  assert.equal(held.balances.find(({ asset }) => asset === 'USDT').free, account.balances.find(({ asset }) => asset === 'USDT').free);
  await exchange.deposit('USDT', '-1000');
  start.USDT = '9000';
  assert.equal((await from('user', ({ eventType }) => eventType === 'balanceUpdate')).balanceDelta, '-1000.00000000');
  for (const close of closers) close();
}

async function lists() {
  const oco = await client.orderOco({ symbol, side: 'SELL', quantity: '0.02', price: '22000', stopPrice: '19500', stopLimitPrice: '19400' });
  assert.deepEqual([oco.contingencyType, oco.orderReports.map(({ type }) => type).sort()], ['OCO', ['LIMIT_MAKER', 'STOP_LOSS_LIMIT']]);
  assert.equal((await client.getOrderOco({ orderListId: oco.orderListId })).listOrderStatus, 'EXECUTING');
  const second = await client.orderOco({ symbol, side: 'SELL', quantity: '0.02', price: '22000', stopPrice: '15000' });
  assert.equal((await client.cancelOrderOco({ symbol, orderListId: second.orderListId })).listOrderStatus, 'ALL_DONE');
  await refuses(client.orderOco({ symbol, side: 'SELL', quantity: '0.02', price: '19000', stopPrice: '22000' }), -2010, /^The relationship of the prices for the orders is not correct\.$/);
  const stop = await client.order({ symbol, side: 'SELL', type: 'STOP_LOSS', quantity: '0.01', stopPrice: '19500' });
  const trailing = await client.order({ symbol, side: 'SELL', type: 'STOP_LOSS_LIMIT', quantity: '0.01', price: '19000', trailingDelta: '1000' });
  await exchange.step(); // down to 18900
  const legs = await Promise.all(oco.orderReports.map(({ orderId }) => find(orderId)));
  assert.deepEqual(Object.fromEntries(legs.map(({ type, status }) => [type, status])), { LIMIT_MAKER: 'EXPIRED', STOP_LOSS_LIMIT: 'FILLED' });
  assert.equal((await client.getOrderOco({ orderListId: oco.orderListId })).listOrderStatus, 'ALL_DONE');
  assert.deepEqual([(await find(stop.orderId)).status, (await find(stop.orderId)).cummulativeQuoteQty], ['FILLED', '195.00000000']);
  const trailed = await find(trailing.orderId);
  assert.deepEqual([trailed.status, trailed.trailingDelta], ['NEW', 1000], 'ten per cent below 20500 is 18450: not reached');
  const profit = await client.order({ symbol, side: 'SELL', type: 'TAKE_PROFIT', quantity: '0.01', stopPrice: '20200' });
  const profitLimit = await client.order({ symbol, side: 'SELL', type: 'TAKE_PROFIT_LIMIT', quantity: '0.01', stopPrice: '20200', price: '20100' });
  await exchange.step(); // up to 20400
  for (const { orderId } of [profit, profitLimit]) assert.equal((await find(orderId)).status, 'FILLED');
  assert.equal((await client.cancelOpenOrders({ symbol })).length, 1, 'the trailing stop');
  assert.ok((await client.allOrdersOCO()).length >= 2);
}

async function books() {
  const trades = await client.myTrades({ symbol }), { balances } = await client.accountInfo();
  checkBooks(start, trades, balances);
  const orders = await client.allOrders({ symbol });
  assert.ok(orders.length >= 14);
  assert.deepEqual(orders.filter(({ status }) => ['NEW', 'PARTIALLY_FILLED'].includes(status)), []);
  assert.deepEqual((await client.apiRestrictions()).enableWithdrawals, false);
}

await run('binance-api-node', [['market data', market], ['orders', orders], ['streams', streams], ['lists and stops', lists], ['the books add up', books]], async () => {
  const { code } = await exchange.stop();
  assert.equal(code, 0, 'the exchange ends in order');
});
