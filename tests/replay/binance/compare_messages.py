#!/usr/bin/env python3
"""Compares what our parsers read with what Python's JSON reader reads of the same texts, field by field.

usage: compare_messages.py recorded|examples PRINT_MESSAGES DATA_FOLDER
exit code 0: every field agrees; 77: the recorded data is not there
"""

import glob
import gzip
import json
import os
import re
import subprocess
import sys
from decimal import Decimal, InvalidOperation

import examples

# Names that only the printer has: judged separately or derived.
DERIVED = {"window_ms", "status_meant", "unknown_filters", "unreadable", "limits", "meant", "words_known", "is_working", "times", "kind_known", "fill",
           "verdict", "retryAfter"}
# What stands where the exchange said nothing. Of the limits these are what core assumes.
DEFAULTS = (None, 0, -1, "", "0", False, [], {}, "1")
ABSENT = {"intervalNum": 1}
ABSENT_FILTERS = {"MAX_NUM_ORDERS": {"maxNumOrders": 200}, "MAX_NUM_ALGO_ORDERS": {"maxNumAlgoOrders": 5},
                  "MAX_NUM_ORDER_LISTS": {"maxNumOrderLists": 20}, "PERCENT_PRICE_BY_SIDE": {"avgPriceMins": 5}}
# What the client does not use, by kind of message.
UNUSED = {
    "exchange_info": {"timezone", "exchangeFilters", "sors", "quotePrecision", "baseCommissionPrecision", "quoteCommissionPrecision",
                      "isMarginTradingAllowed", "permissions", "pegInstructionsAllowed"},
    "trades": {"isBestMatch"}, "aggregate_trades": {"M"}, "stream": {"M", "f", "L", "B", "s", "Q", "a", "b", "st"},
    "account": {"makerCommission", "takerCommission", "buyerCommission", "sellerCommission", "brokered", "preventSor"},
    "account_trades": {"orderListId", "isBestMatch", "isAllocator"},
    "order": {"icebergQty", "preventedMatchId", "preventedQuantity", "strategyId", "strategyType", "trailingDelta", "trailingTime", "usedSor",
              "workingFloor", "pegPriceType", "pegOffsetType", "pegOffsetValue", "peggedPrice", "isWorking", "time", "updateTime", "transactTime",
              "fills.matchType", "fills.allocId", "matchType", "allocId", "preventedMatches", "tradeGroupId", "executionId", "listStatus", "preventedQty"},
    "user": {"F", "M", "v", "d", "D", "j", "J", "A", "B", "u", "U", "Cs", "pl", "pL", "pY", "b", "a", "k", "uS", "gP", "gOT", "gOV", "gp",
             "l", "L", "n", "N", "m", "Y", "t"},
    "api": set(), "rate_limits": set(),
}
for kind in ("orders", "orders_and_lists", "order_list", "order_lists", "cancel_replace", "amend"):
    UNUSED[kind] = UNUSED["order"]

faults = []
fields = 0


def fault(where, text):
    faults.append(f"{where}: {text}")


def same_scalar(printed, raw):
    if raw is None:
        return printed in (None, "", "null")
    if isinstance(raw, bool) or isinstance(printed, bool):
        return printed is raw
    if isinstance(raw, str) and isinstance(printed, str) and printed == raw:
        return True
    try:
        if isinstance(printed, float):  # a candle: the nearest double
            return printed == float(raw)
        return Decimal(str(printed)) == Decimal(str(raw))
    except (InvalidOperation, ValueError):
        return str(printed) == str(raw)


def compare(printed, raw, unused, where):
    """Every printed field against the raw one of that name, and every raw one must be printed or known as not used."""
    global fields
    if isinstance(printed, list) and isinstance(raw, dict):
        raw = [raw]  # one object in the place of an array
    if isinstance(printed, dict) and isinstance(raw, dict):
        for name, value in printed.items():
            if name in DERIVED:
                continue
            if name not in raw or (raw[name] is None and value is None):
                if value not in DEFAULTS and value != ABSENT.get(name) and not (isinstance(value, dict) and all(v in DEFAULTS for v in value.values())):
                    fault(where, f"{name} is {value!r}, which the message does not say")
                continue
            compare(value, raw[name], unused, f"{where}.{name}")
        for name in raw:
            if name not in printed and name not in unused:
                fault(where, f"field {name} ({str(raw[name])[:40]}) is lost")
    elif isinstance(printed, list) and isinstance(raw, list):
        # A kline's tuple ends with a field that says nothing, and has the taker's quote volume, which candles do not hold.
        if len(raw) == 12 and len(printed) == 10:
            raw = raw[:10]
        if len(printed) != len(raw):
            fault(where, f"{len(printed)} elements instead of {len(raw)}")
        for index, (one, other) in enumerate(zip(printed, raw)):
            compare(one, other, unused, f"{where}[{index}]")
    else:
        fields += 1
        if not same_scalar(printed, raw):
            fault(where, f"read as {printed!r}, is {raw!r}")


STATUS_MEANT = {"EXPIRED_IN_MATCH": "EXPIRED", "PENDING_CANCEL": "NEW"}


def check_order(printed, raw, where):
    """What the words mean, and the times, which are named differently by different messages."""
    if "meant" in printed:
        expected = [raw["side"], raw["type"], raw.get("timeInForce", ""), STATUS_MEANT.get(raw["status"], raw["status"])]
        if printed["meant"] != expected or not printed["words_known"]:
            fault(where, f"understood as {printed['meant']}, is {expected}")
        working = raw.get("isWorking", raw.get("workingTime", -1) > 0)
        if printed["is_working"] != working:
            fault(where, f"working: {printed['is_working']}, is {working}")
    if "times" in printed:
        made = raw.get("time", 0 if "origClientOrderId" in raw else raw.get("transactTime", 0))
        changed = raw.get("updateTime", max(made, raw.get("transactTime", 0)))
        if "qty" not in raw and printed["times"] != [made, changed]:
            fault(where, f"times {printed['times']}, are {[made, changed]}")


def check_orders_within(printed, raw, where):
    if isinstance(printed, list):
        for one, other in zip(printed, raw if isinstance(raw, list) else [raw]):
            check_orders_within(one, other, where)
    elif isinstance(printed, dict) and isinstance(raw, dict):
        if "times" in printed:
            check_order(printed, raw, where)
        for name, value in printed.items():
            if isinstance(value, (list, dict)) and name in raw:
                check_orders_within(value, raw[name], f"{where}.{name}")


def expected_filters(raw):
    """The filters under the names that core has for them."""
    filters = {}
    for one in raw:
        name = one["filterType"]
        if name == "MIN_NOTIONAL":
            filters["NOTIONAL"] = {"minNotional": one["minNotional"], "applyMinToMarket": one["applyToMarket"]}
        elif name == "PERCENT_PRICE":
            filters["PERCENT_PRICE_BY_SIDE"] = {f"{side}Multiplier{way}": one[f"multiplier{way}"] for side in ("bid", "ask") for way in ("Up", "Down")}
            filters["PERCENT_PRICE_BY_SIDE"]["avgPriceMins"] = one["avgPriceMins"]
        else:
            filters[name] = one
    return filters


def check_exchange_info(printed, raw, where):
    global fields
    compare({key: value for key, value in printed.items() if key != "symbols"}, {key: value for key, value in raw.items() if key != "symbols"},
            UNUSED["exchange_info"], where)
    limits = {one["filterType"]: value for one in raw["exchangeFilters"] for name, value in one.items() if name != "filterType"}
    if printed["limits"] != [limits.get(f"EXCHANGE_MAX_NUM_{name}", 0) for name in ("ORDERS", "ALGO_ORDERS", "ICEBERG_ORDERS", "ORDER_LISTS")]:
        fault(where, f"limits {printed['limits']}, are {limits}")
    if printed["unreadable"]:
        fault(where, f"unreadable: {printed['unreadable'][:3]}")
    if len(printed["symbols"]) != len(raw["symbols"]):
        fault(where, f"{len(printed['symbols'])} symbols instead of {len(raw['symbols'])}")
    for symbol, other in zip(printed["symbols"], raw["symbols"]):
        here = f"{where}.{other['symbol']}"
        filters = expected_filters(other["filters"])
        permissions = other.get("permissionSets") or ([other["permissions"]] if other.get("permissions") else [])
        compare({key: value for key, value in symbol.items() if key != "filters"},
                {key: value for key, value in other.items() if key not in ("filters", "permissionSets")} | {"permissionSets": permissions},
                UNUSED["exchange_info"], here)
        if symbol["status_meant"] != other["status"]:
            fault(here, f"status understood as {symbol['status_meant']}")
        for name in filters:
            if name not in symbol["filters"] and name not in symbol["unknown_filters"]:
                fault(here, f"filter {name} is lost")
        for name, value in symbol["filters"].items():
            for field, number in value.items():
                fields += 1
                if name in filters and field in filters[name]:
                    if not same_scalar(number, filters[name][field]):
                        fault(here, f"{name}.{field} read as {number!r}, is {filters[name][field]!r}")
                elif number != ABSENT_FILTERS.get(name, {}).get(field, number if number in DEFAULTS else None):
                    fault(here, f"{name}.{field} is {number!r}, which the message does not say")
    units = {"SECOND": 1000, "MINUTE": 60000, "HOUR": 3600000, "DAY": 86400000}
    for limit in printed["rateLimits"]:
        if limit["window_ms"] != units[limit["interval"]] * limit["intervalNum"]:
            fault(where, f"window {limit['window_ms']} of {limit}")


def check_execution(printed, raw, where):
    expected = [raw["S"], raw["o"], raw["f"], STATUS_MEANT.get(raw["X"], raw["X"])]
    known = all(word != "?" for word in expected)
    if known and printed["words_known"] and printed["meant"] != expected:
        fault(where, f"understood as {printed['meant']}, is {expected}")
    is_fill = raw["x"] == "TRADE" and raw["t"] >= 0
    if is_fill != ("fill" in printed):
        fault(where, f"a fill: {'fill' in printed}, is {is_fill}")
    if is_fill:
        compare(printed["fill"], {key: raw.get(key) for key in printed["fill"]}, set(), f"{where}.fill")


def check_value(kind, value, raw, where):
    if kind == "exchange_info":
        check_exchange_info(value, raw, where)
    elif kind == "stream":
        combined = isinstance(raw, dict) and "stream" in raw and "data" in raw
        if value["stream"] != (raw["stream"] if combined else ""):
            fault(where, f"stream {value['stream']!r}")
        data = raw["data"] if combined else raw
        for event, other in zip(value["events"], data if isinstance(data, list) else [data]):
            if "unknown" in event:
                if event["unknown"] != other.get("e", "") or other.get("e") not in ("blockTrade",):
                    fault(where, f"event {other.get('e')} is not known")
            else:
                compare(event, other, UNUSED["stream"], where)
    elif kind == "user":
        event = raw.get("event", raw)
        compare(value["event"], event, UNUSED["user"], where)
        if value["subscriptionId"] != raw.get("subscriptionId", -1):
            fault(where, f"subscription {value['subscriptionId']}")
        if event["e"] == "executionReport":
            check_execution(value["event"], event, where)
    elif kind == "cancel_replace":
        compare(value, raw.get("data", raw), UNUSED[kind], where)
        check_orders_within(value, raw.get("data", raw), where)
    elif kind == "orders_and_lists":
        all_of = raw if isinstance(raw, list) else [raw]
        for name, wanted in (("orders", False), ("lists", True)):
            part = [one for one in all_of if ("contingencyType" in one) is wanted]
            compare(value[name], part, UNUSED[kind], where)
            check_orders_within(value[name], part, where)
    elif kind == "account":
        compare(value, raw if "commissionRates" in raw else raw | {"commissionRates": {
            name: str(Decimal(raw[f"{name}Commission"]) / 10000) for name in ("maker", "taker", "buyer", "seller")}}, UNUSED[kind], where)
    elif kind == "rate_limits":
        compare(value, raw, UNUSED[kind], where)
    elif kind == "api" and "event" in raw:
        if raw["event"]["e"] == "serverShutdown":
            compare(value, raw["event"], set(), where)
        else:
            check_value("user", value, raw, where)
    else:
        compare(value, raw, UNUSED.get(kind, set()), where)
        check_orders_within(value, raw, where)


def run(program, messages):
    """messages: (where, kind, raw value, may it be a refusal). All of them through one run of our printer."""
    lines = "".join(f"{kind}\t{json.dumps(raw, ensure_ascii=False)}\n" for _, kind, raw in messages)
    output = subprocess.run([program], input=lines.encode(), stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    if len(output) != len(messages):
        fault("printer", f"{len(output)} lines for {len(messages)} messages")
    counts = {}
    for (where, kind, raw), line in zip(messages, output):
        counts[kind] = counts.get(kind, 0) + 1
        answer = json.loads(line)
        refused = isinstance(raw, dict) and "code" in raw and "msg" in raw
        if refused and kind not in ("stream", "api", "cancel_replace"):
            if answer.get("code") != raw["code"] or raw["msg"] not in answer.get("error", ""):
                fault(where, f"the refusal {raw} was read as {answer}")
        elif "error" in answer:
            fault(where, answer["error"])
        else:
            check_value(kind, answer["value"], raw, f"{where} ({kind})")
    return counts


def concatenated(text):
    """The JSON values of a text that holds several, one after the other."""
    decoder, position, values = json.JSONDecoder(), 0, []
    while position < len(text):
        value, end = decoder.raw_decode(text, position)
        values.append(value)
        position = len(text) - len(text[end:].lstrip(" \t\r\n,"))
    return values


def recorded(data):
    messages = []
    for path in sorted(glob.glob(f"{data}/api/exchangeInfo/*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            messages.append((os.path.basename(path), "exchange_info", json.load(file)))
    for path in sorted(glob.glob(f"{data}/api/ws-user-data-real/*.json")):
        with open(path, encoding="utf-8") as file:
            for number, value in enumerate(concatenated(file.read().strip())):
                messages.append((f"{os.path.basename(path)}#{number}", "user", value))
    for path in sorted(glob.glob(f"{data}/api/ws-market-real/*.txt.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                text = line.split(" ", 1)[1].strip()
                if text:  # a line of the recorder may hold a time and nothing else
                    messages.append((f"{os.path.basename(path)}:{number}", "stream", json.loads(text)))
    return messages


def others(data):
    """Other clients' fixtures that say by their name what they are."""
    kinds = [("account_position|balance_update|execution_report", "user"), ("account_trades", "account_trades"), ("avg_price", "average_price"),
             ("cancel_open_orders|open_orders", "orders_and_lists"), ("depth", "depth"), ("klines", "klines"), ("ticker_24hr_response", "tickers"),
             ("spot_market_trades|^trades_response", "trades"), ("agg_trades", "aggregate_trades"), ("book_ticker", "book_tickers"),
             ("exchange_info", "exchange_info"), ("ticker_price", "prices"), ("ws_spot_(agg_trade|ticker_24hr|trade)", "stream")]
    messages = []
    for path in sorted(glob.glob(f"{data}/api/nautilus-*/*.json")):
        name = os.path.basename(path)
        kind = next((kind for pattern, kind in kinds if re.search(pattern, name)), None)
        if kind is not None:
            with open(path, encoding="utf-8") as file:
                value = json.load(file)
            messages.append((name, kind, value["data"] if kind == "user" and "data" in value else value))
    return messages


def around_filter(one):
    """The smallest exchangeInfo that has this filter."""
    of_exchange = one["filterType"].startswith("EXCHANGE_")
    return {"serverTime": 1, "rateLimits": [], "exchangeFilters": [one] if of_exchange else [], "symbols": [{
        "symbol": "LTCBTC", "status": "TRADING", "baseAsset": "LTC", "quoteAsset": "BTC", "baseAssetPrecision": 8, "quoteAssetPrecision": 8,
        "isSpotTradingAllowed": True, "orderTypes": [], "filters": [] if of_exchange else [one]}]}


def documented(data):
    messages, left_out = [], []
    for path in sorted(glob.glob(f"{data}/api/spot-docs-examples/*.jsonl")):
        name = os.path.basename(path).removesuffix(".jsonl")
        asked = None
        for number, line in enumerate(open(path, encoding="utf-8")):
            example = json.loads(line)
            value, where, section = example["parsed"], f"{name}#{number}", example["section"].split(" > ")[-1]
            if name == "filters":
                messages.append((where, "exchange_info", around_filter(value)))
            elif (name, number) in examples.NO_MESSAGES:
                left_out.append(where)
            elif value is None:
                fault(where, "is not JSON and not in the list of those")
            elif name == "web-socket-streams":
                if "method" not in value:
                    messages.append((where, "stream", value))
            elif name == "user-data-stream":
                messages.append((where, "user", value))
            elif name == "web-socket-api":
                if "method" in value:
                    asked = value["method"]
                    continue
                messages.append((where, "order" if set(value) == {"code", "msg"} else "api", value))
                if "result" in value and value.get("result") != {}:
                    kind = examples.API.get(asked)
                    if " requests" not in example["section"]:
                        pass  # of the general part: an envelope, whatever it holds
                    elif kind is not None:
                        messages.append((where, kind, value["result"]))
                    elif asked not in examples.API_NOT_READ:
                        fault(where, f"no kind is known for {asked}")
            elif isinstance(value, dict) and set(value) == {"code", "msg"}:
                messages.append((where, "order", value))
            elif section in examples.REST and value != {} and "balances" not in (value if section == "STP Examples" else ()):
                messages.append((where, examples.REST[section], value))
            elif section in examples.NOT_READ or value == {} or section == "STP Examples":
                left_out.append(where)
            else:
                fault(where, f"no kind is known for {section!r}")
    print(f"left out, as listed: {', '.join(left_out)}")
    return messages + others(data)


def main():
    what, program, data = sys.argv[1:]
    data = os.environ.get("STRATDOCK_SHARED_DATA", data)
    if not os.path.isdir(f"{data}/api"):
        print(f"skipped: no recorded messages at {data}/api (STRATDOCK_SHARED_DATA names another folder)")
        return 77
    counts = run(program, recorded(data) if what == "recorded" else documented(data))
    for text in faults[:40]:
        print(text)
    print(f"{sum(counts.values())} messages ({', '.join(f'{kind} {count}' for kind, count in sorted(counts.items()))}), {fields} fields, {len(faults)} faults")
    return 1 if faults or fields == 0 else 0


sys.exit(main())
