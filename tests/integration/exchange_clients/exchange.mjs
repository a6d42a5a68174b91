// A real `stratdock paper-exchange` on free ports, over candles that a test writes down itself.
// Owns: the process and its temporary folder; stop() ends both. The market stands still until step().
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const binary = process.env.STRATDOCK_BINARY;
const warmup = 100; // candles of a file that count as history
const minute = 60_000;

// rows: what is played, each a price (a flat candle) or [open, high, low, close]. The first is played at the start.
function candleFile(folder, symbol, rows) {
  const first = Array.isArray(rows[0]) ? rows[0][0] : rows[0];
  const from = Date.UTC(2024, 0, 1);
  const lines = [...Array(warmup).fill(first), ...rows].map((row, index) => {
    const [open, high, low, close] = Array.isArray(row) ? row : [row, row, row, row];
    const opens = from + index * minute;
    return [opens, open, high, low, close, 100, opens + minute - 1, 100 * close, 10, 50, 50 * close, 0].join(',');
  });
  const file = join(folder, `${symbol}-1m-2024.csv`);
  writeFileSync(file, lines.join('\n') + '\n');
  return file;
}

export async function startExchange({ candles, symbols, speed = 'manual', options = [], accounts } = {}) {
  if (!binary) throw new Error('STRATDOCK_BINARY does not name the program');
  const folder = mkdtempSync(join(tmpdir(), 'stratdock-clients-'));
  const words = ['paper-exchange', '--port', '0', '--control', '--speed', speed, '--log', join(folder, 'log.jsonl')];
  for (const [symbol, rows] of Object.entries(candles ?? {})) words.push('--candles', candleFile(folder, symbol, rows));
  if (symbols) words.push('--symbols', symbols);
  if (accounts) {
    const { files = {}, ...content } = accounts;
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'accounts.json'), JSON.stringify(content));
    words.push('--accounts', join(folder, 'accounts.json'));
  }
  const child = spawn(binary, [...words, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  // A test that dies takes its exchange along.
  process.on('exit', () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  await new Promise((resolve, reject) => {
    child.stderr.on('data', (data) => (output += data));
    child.stdout.on('data', (data) => {
      output += data;
      if (output.includes('Stop with Ctrl-C.')) resolve();
    });
    ended.then(() => reject(new Error('the exchange ended instead of starting:\n' + output)));
  });
  const found = (pattern) => output.match(pattern)?.[1];
  const port = Number(found(/127\.0\.0\.1:(\d+)\/api/)), controlPort = Number(found(/control +http:\/\/127\.0\.0\.1:(\d+)/));
  const scheme = options.includes('--tls') ? 's' : '';
  const control = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${controlPort}${path}`, { method, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`control port: ${method} ${path}: ${text}`);
    return text;
  };
  return {
    port, folder, output: () => output, process: child, ended,
    http: `http${scheme}://127.0.0.1:${port}`, ws: `ws${scheme}://127.0.0.1:${port}`, control: `http://127.0.0.1:${controlPort}`,
    key: found(/API key +(\S+)/), secret: found(/secret +(\S+)/),
    step: async (count = 1) => JSON.parse(await control('POST', '/step', { candles: count })),
    deposit: (asset, amount) => control('POST', '/deposit', { asset, amount }),
    log: () => readFileSync(join(folder, 'log.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line)),
    // Until the exchange has heard of all of these words: a subscription, a method.
    async logged(...words) {
      const deadline = Date.now() + 10_000;
      for (let text = ''; !words.every((word) => text.includes(word)); await new Promise((resolve) => setTimeout(resolve, 20))) {
        if (Date.now() > deadline) throw new Error(`the exchange never heard of ${words.filter((word) => !text.includes(word))}; it knows of ${text.match(/"stream":"[^"]*/g)}`);
        text = await control('GET', '/log');
      }
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const end = await ended;
      rmSync(folder, { recursive: true, force: true });
      return end;
    },
  };
}
