// What naive and broken programs send, byte by byte: the exchange answers as Binance does, or not at all, and stays up.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { needPackage, run, within } from './checks.mjs';
import { startExchange } from './exchange.mjs';

needPackage('ws');
const { WebSocket } = await import('ws');

const exchange = await startExchange({ candles: { BTCUSDT: [20000, 20000, 20000], ETHUSDT: [1500, 1500, 1500] }, options: ['--limit-weight', '1000000', '--limit-orders', '100000'] });
const host = `Host: 127.0.0.1:${exchange.port}\r\n`;

// Writes bytes, gives all that comes back until `enough`, or until the exchange closes the connection.
function speak(bytes, enough = () => false, port = exchange.port) {
  return within(10_000, new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    const done = () => { socket.destroy(); resolve(text); };
    socket.on('data', (data) => { text += data.toString('latin1'); if (enough(text)) done(); });
    socket.on('close', done).on('error', done);
  }), `the answer to ${String(bytes).slice(0, 60)}`);
}
// One request with `Connection: close`: status, headers, body.
async function ask(method, target, { headers = '', body = '' } = {}) {
  const length = body ? `Content-Length: ${Buffer.byteLength(body)}\r\n` : '';
  const text = await speak(`${method} ${target} HTTP/1.1\r\n${host}${headers}${length}Connection: close\r\n\r\n${body}`);
  const [head, ...rest] = text.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head, body: Buffer.from(rest.join('\r\n\r\n'), 'latin1').toString('utf8') };
}
const json = ({ body }) => JSON.parse(body);
const sign = (text) => createHmac('sha256', exchange.secret).update(text).digest('hex');
const key = `X-MBX-APIKEY: ${exchange.key}\r\n`;
const stamp = () => `timestamp=${Date.now()}`;
const code = async (promise, status, number, message) => {
  const answer = await promise;
  assert.deepEqual([answer.status, json(answer).code], [status, number], answer.body);
  if (message) assert.match(json(answer).msg, message);
};
const alive = async () => assert.deepEqual(json(await ask('GET', '/api/v3/ping')), {});

async function paths() {
  assert.equal((await ask('GET', '/api/v1/ping')).status, 410, 'retired, and so it says');
  for (const target of ['/api/v3/nothing', '/', '/sapi/v1/capital/withdraw/apply', '/api/v3/order/', '/API/V3/PING', '//api/v3/ping', '/api/v3/../v3/ping', '/%00', '/api/v3/ping%2f']) {
    const answer = await ask('GET', target);
    assert.equal(answer.status, 404, target);
    assert.match(answer.head, /content-type: application\/json/i, target);
    assert.ok(json(answer).code < 0, target);
  }
  assert.match((await ask('GET', '/nothing', { headers: 'Accept: text/html\r\n' })).head, /content-type: text\/html/i);
  for (const method of ['OPTIONS', 'PATCH', 'PUT', 'TRACE', 'BREW']) {
    const answer = await ask(method, '/api/v3/ping');
    assert.ok(answer.status >= 400 && answer.status < 500, `${method}: ${answer.status}`);
  }
  // HEAD has the headers of its GET and no body at all.
  const head = await ask('HEAD', '/api/v3/ping');
  assert.ok(head.status === 200 || head.status === 404 || head.status === 405, `HEAD: ${head.status}`);
  assert.equal(head.body, '');
  await alive();
}

async function queries() {
  assert.deepEqual(json(await ask('GET', '/api/v3/ticker/price?symbols=["BTCUSDT","ETHUSDT"]')).length, 2, 'raw brackets and quotes');
  assert.deepEqual(json(await ask('GET', '/api/v3/ticker/price?symbols=%5B%22BTCUSDT%22%5D')), [{ symbol: 'BTCUSDT', price: '20000.00000000' }]);
  await code(ask('GET', '/api/v3/ticker/price?symbol=btcusdt'), 400, -1100, /^Illegal characters found in parameter 'symbol'/);
  await code(ask('GET', '/api/v3/ticker/price?symbol=BTCUSDX'), 400, -1121, /^Invalid symbol\.$/);
  await code(ask('GET', '/api/v3/depth?symbol='), 400, -1102);
  await code(ask('GET', '/api/v3/klines?symbol=BTCUSDT&interval=1M5'), 400, -1120, /^Invalid interval\.$/);
  await code(ask('GET', '/api/v3/depth?symbol=BTCUSDT&symbol=ETHUSDT'), 400, -1101);
  await code(ask('GET', '/api/v3/depth?limit=5'), 400, -1102, /'symbol'/);
  await code(ask('GET', '/api/v3/depth?symbol=BTCUSDT&limit=99999999999999999999999'), 400, -1100);
  await code(ask('GET', '/api/v3/ticker/price?symbol={}'), 400, -1100);
  await code(ask('GET', '/api/v3/ticker/price?symbols=["BTCUSDT"'), 400, -1100);
  await code(ask('GET', '/api/v3/ticker/price?symbols=' + '['.repeat(20_000)), 400, -1100);
  for (const odd of ['%', '%4', '%zz', '%ff%fe', '%00', '=', '&&&', '?', '🙂'.repeat(20), "';--", '..%2f']) {
    const answer = await ask('GET', `/api/v3/ticker/price?symbol=${odd}`);
    assert.ok(answer.status === 400 || answer.status === 200, `${odd}: ${answer.status} ${answer.body}`);
  }
  assert.equal(String(json(await ask('GET', '/api/v3/time', { headers: 'X-MBX-TIME-UNIT: microsecond\r\n' })).serverTime).length, 16);
  await code(ask('GET', '/api/v3/time', { headers: 'X-MBX-TIME-UNIT: fortnight\r\n' }), 400, -1194);
}

async function signing() {
  const order = 'symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=19000';
  const places = async (query, body, headers = '') => {
    const answer = await ask('POST', '/api/v3/order' + (query ? '?' + query : ''), { headers: key + headers, body });
    assert.equal(answer.status, 200, answer.body);
    assert.equal(json(answer).status, 'NEW');
  };
  const form = 'Content-Type: application/x-www-form-urlencoded\r\n';
  let text = `${order}&${stamp()}`;
  await places(`${text}&signature=${sign(text)}`, ''); // all in the query; an empty body with a type
  await places(`${text}&signature=${sign(text).toUpperCase()}`, '', 'Content-Type: application/json\r\n');
  await places('', `${text}&signature=${sign(text)}`, form); // all in the body
  const tail = `quantity=0.01&price=19000&${stamp()}`, start = 'symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC';
  await places(start, `${tail}&signature=${sign(start + tail)}`, form); // mixed, joined with nothing between
  await places(`${text}`, `signature=${sign(text)}`, form); // only the signature in the body
  text = `signature=${sign(`${order}&${stamp()}`)}`; // and first in the query
  const first = `${order}&${stamp()}`;
  await places(`signature=${sign(first)}&${first}`, '');
  for (const window of ['6000.346', '0.5', '60000']) {
    const query = `recvWindow=${window}&${stamp()}`;
    const answer = await ask('GET', `/api/v3/account?${query}&signature=${sign(query)}`, { headers: key });
    assert.ok(answer.status === 200 || (window === '0.5' && json(answer).code === -1021), `${window}: ${answer.body}`);
  }
  const micro = `recvWindow=60000&timestamp=${Date.now()}000`;
  assert.equal((await ask('GET', `/api/v3/account?${micro}&signature=${sign(micro)}`, { headers: key })).status, 200, 'microseconds');
  const account = (query, headers = key) => ask('GET', `/api/v3/account${query ? '?' + query : ''}`, { headers });
  const signed = (query) => account(`${query}&signature=${sign(query)}`);
  await code(account(''), 400, -1102);
  await code(account(stamp()), 400, -1102, /'signature'/);
  await code(account(stamp(), ''), 401, -2014, /^API-key format invalid\.$/);
  await code(account(`${stamp()}&signature=${'0'.repeat(64)}`), 400, -1022, /^Signature for this request is not valid\.$/);
  await code(account(`${stamp()}&signature=`), 400, -1102);
  await code(signed('timestamp=abc'), 400, -1100);
  await code(signed('timestamp=-5'), 400, -1100);
  await code(signed('timestamp=1'), 400, -1021);
  await code(signed(`timestamp=${Date.now() + 20_000}`), 400, -1021, /ahead/);
  await code(signed(`recvWindow=5.12345&${stamp()}`), 400, -1130);
  await code(account(`${stamp()}&signature=${sign('x')}`, `X-MBX-APIKEY: ${'A'.repeat(5000)}\r\n`), 401, -2014);
}

async function connections() {
  // Three requests in one packet, answered in their order on the one connection.
  const request = (target, more = '') => `GET ${target} HTTP/1.1\r\n${host}${more}\r\n`;
  const text = await speak(request('/api/v3/ping') + request('/api/v3/ticker/price?symbol=BTCUSDT') + request('/api/v3/nothing', 'Connection: close\r\n'));
  assert.deepEqual([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status), ['200', '200', '404']);
  assert.ok(text.indexOf('20000.00000000') < text.indexOf('404'));
  // HTTP/1.0 ends with the answer.
  assert.match(await speak(`GET /api/v3/ping HTTP/1.0\r\n\r\n`), /^HTTP\/1\.[01] 200/);
  // A request that comes in three pieces.
  assert.match(await within(10_000, new Promise((resolve) => {
    const pieces = ['POST /api/v3/or', `der HTTP/1.1\r\n${host}Content-Length: 11\r\nConnection: close\r\n\r\nsymbol`, '=BTCU'];
    const socket = connect(exchange.port, '127.0.0.1', () => pieces.forEach((piece, i) => setTimeout(() => socket.write(piece), i * 20)));
    let answer = '';
    socket.on('data', (data) => (answer += data)).on('close', () => resolve(answer));
  }), 'a request in pieces'), /401|400/);
  assert.match(await speak(`POST /api/v3/order HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nsymbo\r\n6\r\nl=BTCU\r\n0\r\n\r\n`), / 40[01] /);
  for (const broken of ['\r\n\r\n', 'GET\r\n\r\n', 'nonsense\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(20_000)}\r\n`,
    `GET / HTTP/1.1\r\nX: ${'y'.repeat(200_000)}\r\n\r\n`, `GET /${'z'.repeat(200_000)} HTTP/1.1\r\n\r\n`, 'POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n', 'POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n',
    'POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef', 'GET / HTTP/1.1\nbad header\n\n']) {
    const answer = await speak(broken, (reply) => /\r\n\r\n/.test(reply)).catch(() => '');
    assert.ok(answer === '' || /^HTTP\/1\.1 4\d\d/.test(answer), `${broken.slice(0, 40)}: ${answer.slice(0, 60)}`);
  }
  // A big but allowed header, and a body that is too big.
  assert.equal((await ask('GET', '/api/v3/ping', { headers: `X-Big: ${'y'.repeat(16_000)}\r\n` })).status, 200);
  // Fifty at once, each with ten requests on its own connection.
  const many = await Promise.all(Array.from({ length: 50 }, () => speak(request('/api/v3/ticker/price?symbol=BTCUSDT').repeat(9) + request('/api/v3/ping', 'Connection: close\r\n'))));
  for (const reply of many) assert.equal(reply.match(/HTTP\/1\.1 200/g)?.length, 10);
  // Who goes away in the middle is missed by nobody.
  for (let i = 0; i < 20; i++) connect(exchange.port, '127.0.0.1', function () { this.write(request('/api/v3/exchangeInfo').repeat(20)); this.destroy(); });
  await alive();
}

// A socket's text answers; closed with a code when the exchange ends it.
async function socket(path, messages, count = messages.length) {
  const web = new WebSocket(exchange.ws + path), answers = [];
  return within(10_000, new Promise((resolve, reject) => {
    web.onopen = () => messages.forEach((message) => web.send(message));
    web.onmessage = ({ data }) => answers.push(String(data)) >= count && (web.close(), resolve(answers));
    web.onclose = ({ code: number }) => resolve(Object.assign(answers, { closed: number }));
    web.onerror = () => reject(new Error(`no socket at ${path}`));
  }), `${count} answers at ${path}`);
}

async function sockets() {
  const nested = '['.repeat(200_000) + ']'.repeat(200_000);
  const [bad, text, list, none, unknown, right] = (await socket('/ws-api/v3', ['{', '"text"', '[]', '{"id":1}', '{"id":2,"method":"no.such"}', '{"id":"three","method":"ping"}'])).map((answer) => JSON.parse(answer));
  for (const answer of [bad, text, list, none, unknown]) assert.ok(answer.status >= 400 && answer.error.code < 0, JSON.stringify(answer));
  assert.deepEqual([right.id, right.status, right.result], ['three', 200, {}]);
  for (const odd of [`{"id":1,"method":"ping","params":${nested}}`, `{"id":${nested},"method":"ping"}`, `{"id":1,"method":"ticker.price","params":{"symbol":${nested}}}`, nested, '{"id":1,"method":"ping","params":{"\\u0000":"\\ud800"}}',
    '{"id":1e999,"method":"ping"}', '{"id":-1,"method":"order.place","params":{"quantity":{}}}', new Uint8Array([0xff, 0xfe, 0x00]), 'x'.repeat(900_000)]) await socket('/ws-api/v3', [odd], 1).catch(() => {});
  await alive();
  const stream = (await socket('/ws', ['{', '[]', '{"method":"SUBSCRIBE","params":"btcusdt@trade","id":1}', '{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":2}'])).map((answer) => JSON.parse(answer));
  assert.deepEqual(stream.map((answer) => [answer.code, answer.result]), [[3, undefined], [2, undefined], [2, undefined], [undefined, null]]);
  for (const odd of [nested, `{"method":"SUBSCRIBE","params":[${nested}],"id":1}`, `{"method":"SUBSCRIBE","params":["${'s'.repeat(100_000)}"],"id":1}`, '{"method":"SUBSCRIBE","params":["btcusdt@kline_99q","@","btcusdt@","BTCUSDT@trade","!@arr"],"id":1}']) await socket('/ws', [odd], 1).catch(() => {});
  await exchange.step(); // with those subscriptions gone
  const busy = await socket('/ws', Array(40).fill('{"method":"LIST_SUBSCRIPTIONS","id":1}'), 41);
  assert.equal(busy.closed, 1008, 'more than five messages a second');
  // A plain request where a socket belongs, and the other way round.
  assert.ok([400, 404, 426].includes((await ask('GET', '/ws')).status));
  await assert.rejects(socket('/api/v3/ping', ['{}']), /no socket/);
  // A frame without a mask, one of an unknown kind, one that promises too much.
  for (const frame of [[0x81, 0x02, 0x7b, 0x7d], [0x8f, 0x80, 0, 0, 0, 0], [0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]]) {
    const upgrade = `GET /ws HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
    await within(10_000, new Promise((resolve) => {
      const raw = connect(exchange.port, '127.0.0.1', () => raw.write(upgrade));
      raw.once('data', () => raw.write(Buffer.from(frame)));
      raw.on('data', () => {}).on('error', () => {}).on('close', resolve);
    }), `the end of a connection after the frame ${frame.slice(0, 2)}`);
  }
  await alive();
}

async function control() {
  const port = Number(exchange.control.split(':')[2]);
  const post = (path, body) => speak(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`, () => false, port);
  for (const [path, body] of [['/step', '{"candles":0}'], ['/step', '{"candles":1e9}'], ['/step', '{"candles":"1"}'], ['/step', '['.repeat(100_000)], ['/step', 'x'], ['/nothing', '{}'], ['/deposit', '{"asset":"USDT"}'], ['/deposit', '{"asset":"USDT","amount":"-999999999"}'], ['/deposit', '{"account":7,"asset":"USDT","amount":"1"}']]) {
    const answer = await post(path, body);
    assert.match(answer, /^HTTP\/1\.1 400/, `${path} ${body.slice(0, 30)}: ${answer.slice(0, 200)}`);
    assert.match(answer, /"error":".+"hint":"/);
  }
  await alive();
}

await run('outsider', [['paths and methods', paths], ['queries', queries], ['signatures and time', signing], ['connections', connections], ['sockets', sockets], ['the control port', control]], async () => {
  assert.equal(exchange.process.exitCode, null, exchange.output());
  assert.ok(!JSON.stringify(exchange.log()).includes(exchange.secret));
  const { code: status } = await exchange.stop();
  assert.equal(status, 0, 'the exchange ends in order');
});
