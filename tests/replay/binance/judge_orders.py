#!/usr/bin/env python3
"""Judges random orders that core has rounded, from the exchange's JSON alone, by the rules of its "Filters" page.

usage: judge_orders.py RANDOM_ORDERS DATA_FOLDER
Of every symbol 1,000 orders that core lets pass must pass here, and what core refuses must be refused here for the same filter.
exit code 77: the recorded data is not there
"""

import gzip
import json
import os
import random
import subprocess
import sys
from decimal import Decimal

UNIT = 10 ** 8
ORDERS = 1000


def units(text):
    """Exact, in hundred-millionths."""
    value = Decimal(text) * UNIT
    assert value == int(value), text
    return int(value)


class Rules:
    def __init__(self, symbol):
        filters = {one["filterType"]: one for one in symbol["filters"]}
        price, lot, market_lot = (filters.get(name) for name in ("PRICE_FILTER", "LOT_SIZE", "MARKET_LOT_SIZE"))
        self.price = [units(price[name]) for name in ("minPrice", "maxPrice", "tickSize")] if price else [0, 0, 0]
        self.lot = [units(lot[name]) for name in ("minQty", "maxQty", "stepSize")] if lot else [0, 0, 0]
        self.market_lot = [units(market_lot[name]) for name in ("minQty", "maxQty", "stepSize")] if market_lot else [0, 0, 0]
        percent = filters.get("PERCENT_PRICE_BY_SIDE")
        self.percent = {side: (units(percent[f"{name}MultiplierDown"]), units(percent[f"{name}MultiplierUp"]))
                        for side, name in (("BUY", "bid"), ("SELL", "ask"))} if percent else None
        notional = filters.get("NOTIONAL")
        self.notional = (units(notional["minNotional"]), units(notional["maxNotional"]), notional["applyMinToMarket"],
                         notional["applyMaxToMarket"]) if notional else (0, 0, False, False)

    @staticmethod
    def holds(value, rule):
        least, most, step = rule
        return (least == 0 or value >= least) and (most == 0 or value <= most) and (step == 0 or value % step == 0)

    def broken(self, side, kind, price, average, quantity):
        """The names of all filters that the order breaks."""
        names = set()
        market = kind == "MARKET"
        if not market and not self.holds(price, self.price):
            names.add("PRICE_FILTER")
        if not market and self.percent:
            down, up = self.percent[side]
            if price * UNIT < average * down or price * UNIT > average * up:
                names.add("PERCENT_PRICE_BY_SIDE")
        if quantity <= 0 or not self.holds(quantity, self.lot):
            names.add("LOT_SIZE")
        elif market and not self.holds(quantity, self.market_lot):
            names.add("MARKET_LOT_SIZE")
        least, most, least_for_market, most_for_market = self.notional
        worth = (average if market else price) * quantity
        if (least_for_market or not market) and worth < least * UNIT:
            names.add("NOTIONAL")
        if most and (most_for_market or not market) and worth > most * UNIT:
            names.add("NOTIONAL")
        return names


def main():
    program, data = sys.argv[1:]
    data = os.environ.get("STRATDOCK_SHARED_DATA", data)
    path = f"{data}/api/exchangeInfo/exchangeInfo-2024-09-08.json.gz"
    if not os.path.exists(path):
        print(f"skipped: no recorded exchangeInfo at {path} (STRATDOCK_SHARED_DATA names another folder)")
        return 77
    seed = int(os.environ.get("STRATDOCK_SEED", random.randrange(2 ** 32)))
    print(f"seed {seed}")
    with gzip.open(path) as file:
        text = file.read()
    rules = {symbol["symbol"]: Rules(symbol) for symbol in json.loads(text)["symbols"]}
    passed, refused, faults = dict.fromkeys(rules, 0), {}, 0
    with subprocess.Popen([program, str(seed), str(ORDERS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(text)
        process.stdin.close()
        for line in process.stdout:
            symbol, side, kind, price, average, quantity, verdict = line.decode().split()
            broken = rules[symbol].broken(side, kind, units(price), units(average), units(quantity))
            if verdict == "-":
                passed[symbol] += 1
            else:
                refused[verdict] = refused.get(verdict, 0) + 1
            if (verdict == "-") == bool(broken) or (broken and verdict not in broken):
                faults += 1
                if faults <= 20:
                    print(f"core says {verdict}, the rules say {sorted(broken) or 'it holds'}: {line.decode().strip()}")
    if process.returncode != 0:
        print(f"{program} ended with {process.returncode}")
        return 1
    few = {symbol: count for symbol, count in passed.items() if count < ORDERS}
    for symbol, count in list(few.items())[:20]:
        print(f"only {count} orders of {symbol} were let through: {vars(rules[symbol])}")
    print(f"{len(passed)} symbols, {sum(passed.values())} orders let through, refused: {refused}, {faults} faults, seed {seed}")
    return 1 if faults or few or not refused else 0


sys.exit(main())
