// Every example of host/exchange_server/CLIENTS.md, as it stands there, against a fresh exchange: it prints what the page says.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needPackage, run } from './checks.mjs';
import { startExchange } from './exchange.mjs';

['ccxt', '@binance/connector', '@binance/spot', 'binance-api-node', 'binance', 'node-binance-api'].forEach(needPackage);
const here = dirname(fileURLToPath(import.meta.url));
const page = readFileSync(join(here, '../../../host/exchange_server/CLIENTS.md'), 'utf8');
const versions = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')).devDependencies;

// The program of a section, its own ports put in, run where the packages are found.
async function runSnippet(code) {
  const exchange = await startExchange({ symbols: 'BTCUSDT,ETHUSDT', speed: 'real', options: ['--balance', 'USDT=10000', '--balance', 'BTC=1'] });
  try {
    assert.ok(code.includes('127.0.0.1:5011'), 'the address of the page');
    const child = spawn(process.execPath, ['--input-type=module', '-e', code.replaceAll('127.0.0.1:5011', `127.0.0.1:${exchange.port}`)], {
      cwd: here, env: { ...process.env, PAPER_KEY: exchange.key, PAPER_SECRET: exchange.secret, LOG_LEVEL: 'error' },
    });
    let output = '', errors = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (errors += data));
    const status = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(status, 0, errors);
    return output;
  } finally {
    await exchange.stop();
  }
}

const sections = [...page.matchAll(/^## (\S+) (\S+)\n\n```js\n(.*?)```\n```text\n(.*?)```/gms)];
const checks = sections.map(([, name, version, code, expected]) => [name, async () => {
  assert.equal(version, versions[name], 'the version that is tested');
  assert.equal(await runSnippet(code), expected);
}]);
await run('CLIENTS.md', [['a section a client', async () => assert.deepEqual(sections.map(([, name]) => name), ['ccxt', '@binance/connector', '@binance/spot', 'binance-api-node', 'binance', 'node-binance-api'])], ...checks], async () => {});
