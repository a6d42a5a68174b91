// The few words that every test here is written in: named checks that go on after a failure, exact sums, awaited events.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const skipped = 77; // what ctest takes for "skipped"

// What one test program checks: run([[name, async () => ...], ...], tidyUp). The first failure of a check ends that check.
export async function run(title, checks, tidyUp) {
  let failures = 0;
  for (const [name, check] of checks) {
    const began = performance.now();
    try {
      await within(20_000, check(), `check "${name}"`);
      console.log(`ok    ${title}: ${name} (${Math.round(performance.now() - began)} ms)`);
    } catch (error) {
      failures++;
      console.log(`FAIL  ${title}: ${name}\n${error?.stack ?? JSON.stringify(error)}`);
    }
  }
  try {
    await tidyUp();
  } catch (error) {
    failures++;
    console.log(`FAIL  ${title}: the end\n${error.stack}`);
  }
  console.log(failures === 0 ? `${title}: all ${checks.length} checks passed` : `${title}: ${failures} failed`);
  process.exit(failures === 0 ? 0 : 1);
}

export function needPackage(name) {
  if (existsSync(join(here, 'node_modules', name))) return;
  console.log(`skipped: ${name} is not installed; packages.sh beside this file does it`);
  process.exit(skipped);
}

export async function within(milliseconds, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come to an end within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

// For what nobody announces: a client's own memory.
export async function until(test, what) {
  const deadline = Date.now() + 10_000;
  while (!test()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

// Keeps what a stream says; next(test) gives the first message, kept or to come, that passes.
export class Inbox {
  #kept = [];
  #waiting = [];
  put(message) {
    this.#kept.push(message);
    this.#waiting = this.#waiting.filter(({ test, resolve }) => !test(message) || resolve(message));
  }
  get all() {
    return this.#kept;
  }
  next(test, what = 'a message') {
    const found = this.#kept.find(test);
    if (found) return Promise.resolve(found);
    const promise = new Promise((resolve) => this.#waiting.push({ test, resolve }));
    return within(10_000, promise, `waiting for ${what} among ${this.#kept.length} messages`);
  }
  clear() {
    this.#kept = [];
  }
}

// Eight digits are an exchange's last: amounts as whole hundred-millionths.
export function units(text) {
  const [, sign, whole, digits = ''] = String(text).match(/^(-?)(\d+)(?:\.(\d+))?$/) ?? assert.fail(`'${text}' is no decimal`);
  assert.ok(digits.length <= 8, `'${text}' has more than eight digits`);
  return BigInt(sign + whole + digits.padEnd(8, '0'));
}
export function decimal(value) {
  const digits = String(value < 0n ? -value : value).padStart(9, '0');
  return (value < 0n ? '-' : '') + digits.slice(0, -8) + '.' + digits.slice(-8);
}
export const times = (a, b) => (units(a) * units(b)) / 100_000_000n;

// Every balance is what there was, plus what the account's own trades say, to the last digit.
// before: {asset: text}; trades: myTrades of all symbols; balances: the account's own list afterwards.
export function checkBooks(before, trades, balances, markets = { BTCUSDT: ['BTC', 'USDT'], ETHUSDT: ['ETH', 'USDT'] }) {
  const expected = new Map(Object.entries(before).map(([asset, amount]) => [asset, units(amount)]));
  const add = (asset, amount) => expected.set(asset, (expected.get(asset) ?? 0n) + amount);
  for (const trade of trades) {
    const [base, quote] = markets[trade.symbol];
    assert.equal(units(trade.quoteQty), times(trade.price, trade.qty), 'quoteQty is price times quantity');
    add(base, trade.isBuyer ? units(trade.qty) : -units(trade.qty));
    add(quote, trade.isBuyer ? -units(trade.quoteQty) : units(trade.quoteQty));
    assert.equal(trade.commissionAsset, trade.isBuyer ? base : quote, 'the fee is taken of what is received');
    assert.equal(units(trade.commission), units(trade.isBuyer ? trade.qty : trade.quoteQty) / 1000n, 'the fee is 0.1 %');
    add(trade.commissionAsset, -units(trade.commission));
  }
  for (const { asset, free, locked } of balances) {
    assert.equal(decimal(units(free) + units(locked)), decimal(expected.get(asset) ?? 0n), `${asset} adds up over ${trades.length} trades`);
    expected.delete(asset);
  }
  for (const [asset, amount] of expected) assert.equal(amount, 0n, `${asset} is missing from the balances`);
}
