// node-binance-api, unchanged: REST, and streams of its own making: charts and books that it keeps itself.
import assert from 'node:assert/strict';
import { Inbox, checkBooks, needPackage, run } from './checks.mjs';
import { startExchange } from './exchange.mjs';

needPackage('node-binance-api');
const { default: Binance } = await import('node-binance-api');

const rows = [20000, [20000, 20600, 19900, 20500], 20500];
const exchange = await startExchange({ candles: { BTCUSDT: rows, ETHUSDT: rows.map(() => 1500) }, options: ['--balance', 'BTC=0.5'] });
const client = new Binance().options({
  APIKEY: exchange.key, APISECRET: exchange.secret, log: () => {},
  urls: { base: exchange.http + '/api/', sapi: exchange.http + '/sapi/', stream: exchange.ws + '/ws/', combineStream: exchange.ws + '/stream?streams=' },
});
client.wsApi = exchange.ws + '/ws-api/v3'; // a setting without an option
const symbol = 'BTCUSDT';
const refuses = (promise, code) => assert.rejects(promise, (error) => error.message.includes(`"code":${code},`) || assert.fail(error.message));

async function market() {
  await client.useServerTime();
  assert.deepEqual(await client.prices(), { BTCUSDT: '20000.00000000', ETHUSDT: '1500.00000000' });
  assert.deepEqual((await client.exchangeInfo()).symbols.map(({ symbol: name }) => name), ['BTCUSDT', 'ETHUSDT']);
  assert.ok((await client.bookTickers()).BTCUSDT.bidPrice);
  assert.equal((await client.depth(symbol)).bids[0].price, '19999.99000000');
  assert.equal((await client.prevDay(symbol)).lastPrice, '20000.00000000');
  assert.deepEqual((await client.candlesticks(symbol, '1m', { limit: 2 })).map(({ close }) => close), ['20000.00000000', '20000.00000000']);
  assert.equal((await client.aggTrades(symbol, { limit: 1 })).length, 1);
  assert.equal((await client.recentTrades(symbol, 1)).length, 1);
  assert.equal((await client.avgPrice(symbol)).price ?? (await client.avgPrice(symbol))[symbol], '20000.00000000');
  await refuses(client.candlesticks(symbol, '9m'), -1120);
}

async function orders() {
  const bought = await client.marketBuy(symbol, 0.1);
  assert.deepEqual([bought.status, bought.fills[0].commission], ['FILLED', '0.00010000']);
  const low = await client.buy(symbol, 0.01, 19000);
  assert.equal((await client.orderStatus(symbol, low.orderId)).status, 'NEW');
  await client.sell(symbol, 0.02, 20500);
  const oco = await client.ocoOrder('SELL', symbol, 0.01, { aboveType: 'LIMIT_MAKER', abovePrice: 22000, belowType: 'STOP_LOSS', belowStopPrice: 18000 });
  assert.equal(oco.listOrderStatus, 'EXECUTING');
  assert.equal((await client.cancel(symbol, low.orderId)).status, 'CANCELED');
  assert.deepEqual(await client.order('LIMIT', 'BUY', symbol, 0.01, 19000, { test: true }), {});
  await refuses(client.cancel(symbol, low.orderId), -2011);
  await refuses(client.buy(symbol, 100, 19000), -2010);
  assert.equal((await client.openOrders(symbol)).length, 3);
}

async function streams() {
  const inbox = new Inbox(), put = (name) => (...content) => inbox.put({ name, content });
  client.websockets.userData(put('balance'), put('order'));
  client.websockets.candlesticks([symbol], '1m', put('candle'));
  client.websockets.trades([symbol], put('trade'));
  client.websockets.miniTicker(put('mini'));
  client.websockets.prevDay(symbol, put('day'));
  client.websockets.depthCache([symbol], put('book'));
  client.websockets.chart(symbol, '1m', put('chart'));
  await exchange.logged('kline_1m', '@trade', '!miniTicker@arr', '@ticker', '@depth', 'userDataStream.subscribe.signature');
  await inbox.next(({ name }) => name === 'chart', 'the chart that was asked for');
  await inbox.next(({ name }) => name === 'book', 'the book that was asked for');
  await exchange.step();
  await inbox.next(({ name, content: [one] }) => name === 'candle' && one.k.x && one.k.c === '20500.00000000', 'a closed candle');
  await inbox.next(({ name, content: [one] }) => name === 'mini' && one.BTCUSDT?.close === '20500.00000000', 'a small ticker');
  await inbox.next(({ name, content: [, one] }) => name === 'day' && one.close === '20500.00000000', 'a ticker');
  await inbox.next(({ name, content: [, book] }) => name === 'book' && '20499.99000000' in book.bids && !('20000.01000000' in book.asks), 'a book that followed');
  await inbox.next(({ name, content: [one] }) => ['order', 'balance'].includes(name) && one.e === 'executionReport' && one.x === 'TRADE' && one.L === '20500.00000000', 'a fill');
}

async function books() {
  await client.cancelAll(symbol);
  const { balances } = await client.account();
  checkBooks({ USDT: '10000', BTC: '0.5' }, await client.trades(symbol), balances);
  assert.equal((await client.balance()).BTC.onOrder, '0.00000000');
  assert.equal((await client.tradeFee()).length, 2);
}

await run('node-binance-api', [['market data', market], ['orders', orders], ['streams', streams], ['the books add up', books]], async () => {
  // Else it would call again and again, and die of it.
  for (const endpoint of Object.keys(client.websockets.subscriptions())) client.websockets.terminate(endpoint);
  client.terminateWsApi('userData');
  const { code } = await exchange.stop();
  assert.equal(code, 0, 'the exchange ends in order');
});
