"""Every figure of the page computed from journal.db alone, by the formulas of dashboard/API.md, as the text that has to stand there.

usage: journal_figures.py DATA_FOLDER [TAKER_FEE]     prints one JSON object
It shares no code with the dashboard: sums come from the ledger, the fills, the trades, the decisions and the equity rows;
prices are the closes of the last candles. For a market at rest.
"""
import json
import os
import sqlite3
import sys
from datetime import datetime, timezone
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, getcontext

getcontext().prec = 60
DASH, MINUS, THIN = "\u2013", "\u2212", "\u00a0"
DAY_MS = 86_400_000
ZERO = Decimal(0)


def dressed(text):
    negative, text = text.startswith("-"), text.lstrip("-")
    whole, _, rest = text.partition(".")
    groups = []
    while len(whole) > 3:
        groups.insert(0, whole[-3:])
        whole = whole[:-3]
    return (MINUS if negative else "") + THIN.join([whole] + groups) + ("." + rest if rest else "")


def amount(value, digits):
    if value is None:
        return DASH
    rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return dressed(f"{abs(rounded) if rounded == 0 else rounded:f}")


def money(value):
    return amount(value, 2)


def signed(value):
    text = money(value)
    return "+" + text if value is not None and not text.startswith(MINUS) and any(c in "123456789" for c in text) else text


def exact(value):
    if value is None:
        return DASH
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return dressed(text or "0")


def percent(fraction, digits=2, with_plus=True):
    if fraction is None:
        return DASH
    text = f"{abs(Decimal(fraction * 100)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"
    is_zero = not any(c in "123456789" for c in text)
    return ("" if is_zero else MINUS if fraction < 0 else "+" if with_plus else "") + dressed(text) + THIN + "%"


def ratio(value):
    return DASH if value is None else dressed(f"{Decimal(value).quantize(Decimal('0.01'), ROUND_HALF_UP):f}")


def share(a, b):
    return None if b == 0 else float(a) / float(b)


def clock(ms, form="%m-%d %H:%M"):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).strftime(form)


def duration(ms):
    sizes = [(86400000, "d"), (3600000, "h"), (60000, "m"), (1000, "s")]
    for at, (size, unit) in enumerate(sizes):
        if ms < size:
            continue
        tail = ms % size // sizes[at + 1][0] if at + 1 < len(sizes) else 0
        return f"{ms // size} {unit}" + (f" {tail} {sizes[at + 1][1]}" if tail else "")
    return "0 s"


class Journal:
    def __init__(self, folder, taker_fee):
        self.database = sqlite3.connect(f"file:{os.path.join(folder, 'journal.db')}?mode=ro", uri=True)
        self.database.row_factory = sqlite3.Row
        live = sqlite3.connect(f"file:{os.path.join(folder, 'live.db')}?mode=ro", uri=True)
        # The exchange's rules are no figures: base, quote, digits.
        self.symbols = {row[0]: row[1:] for row in live.execute("SELECT symbol, base, quote, tick, step FROM symbols")}
        self.taker_fee = taker_fee
        self.now_ms = int(self.rows("SELECT value FROM meta WHERE key='position_ms'")[0]["value"])

    def rows(self, sql, *values):
        return self.database.execute(sql, values).fetchall()

    def ledger(self, account, asset, reasons=None, until_ms=None):
        total = ZERO
        for row in self.rows("SELECT amount, reason, at_ms FROM ledger WHERE account=? AND asset=?", account, asset):
            if (reasons is None or row["reason"] in reasons) and (until_ms is None or row["at_ms"] <= until_ms):
                total += Decimal(row["amount"])
        return total

    def price(self, symbol):
        row = self.rows("SELECT close FROM candles WHERE series_id=(SELECT id FROM series WHERE symbol=?) ORDER BY open_time_ms DESC LIMIT 1", symbol)
        return Decimal(repr(row[0]["close"]))


def digits_of(step):
    return len(step.partition(".")[2])


def course(journal, bot_id, quote):
    """(at_ms, equity, allotted) of every equity row, oldest first."""
    paid, sums, total = journal.rows("SELECT at_ms, amount FROM ledger WHERE account=? AND asset=? AND reason IN ('allot','release') ORDER BY id",
                                     f"bot:{bot_id}", quote), [], ZERO
    for row in paid:
        total += Decimal(row["amount"])
        sums.append((row["at_ms"], total))
    for row in journal.rows("SELECT at_ms, equity FROM equity WHERE bot_id=? ORDER BY at_ms", bot_id):
        allotted = ZERO
        for at_ms, so_far in sums:
            if at_ms <= row["at_ms"]:
                allotted = so_far
        yield row["at_ms"], Decimal(row["equity"]), allotted


def drawdown(pnl, peak, allotted):
    return float(pnl - peak) / float(allotted + peak) if allotted + peak > 0 else None


class BotFigures:
    def __init__(self, journal, row):
        self.row, self.id, self.name = row, row["id"], row["name"]
        base, quote, tick, step = journal.symbols[row["symbol"]]
        self.base, self.quote, self.price_digits = base, quote, digits_of(tick)
        account = f"bot:{self.id}"
        self.allotted = journal.ledger(account, quote, ("allot", "release"))
        self.cash = journal.ledger(account, quote)
        self.held = journal.ledger(account, base)
        self.price = journal.price(row["symbol"])
        self.open = row["entry_ms"] != 0 and self.held > 0
        self.value = (self.held * self.price).quantize(Decimal('1e-8'), ROUND_HALF_EVEN)  # money has eight digits
        self.equity = self.cash + self.value
        self.net = self.equity - self.allotted
        self.trades = journal.rows("SELECT * FROM trades WHERE bot_id=? ORDER BY id", self.id)
        self.profit = sum((Decimal(t["proceeds"]) - Decimal(t["cost"]) for t in self.trades), ZERO)
        gains = [Decimal(t["proceeds"]) - Decimal(t["cost"]) for t in self.trades]
        self.wins = sum(gain > 0 for gain in gains)
        self.win_rate = share(self.wins, len(gains))
        self.factor = share(sum((g for g in gains if g > 0), ZERO), -sum((g for g in gains if g < 0), ZERO))
        self.unrealised = self.net - self.profit
        self.cost = Decimal(row["cost"]) if self.open else None
        self.fees = ZERO
        for fill in journal.rows("SELECT * FROM fills WHERE bot_id=?", self.id):
            commission = Decimal(fill["commission"])
            self.fees += commission * Decimal(fill["price"]) if fill["commission_asset"] == base else commission
        midnight_ms = journal.now_ms // DAY_MS * DAY_MS
        start = (ZERO, ZERO, ZERO)  # net P&L, equity, allotted at 00:00
        peak, self.deepest = ZERO, None
        for at_ms, equity, allotted in course(journal, self.id, quote):
            pnl = equity - allotted
            if at_ms <= midnight_ms:
                start = (pnl, equity, allotted)
            peak = max(peak, pnl)
            now = drawdown(pnl, peak, allotted)
            if now is not None:
                self.deepest = now if self.deepest is None else min(self.deepest, now)
        self.drawdown_now = drawdown(self.net, max(peak, self.net), self.allotted)
        self.today = self.net - start[0]
        self.day_base = start[1] + max(self.allotted - start[2], ZERO)
        self.stop, self.take = ((Decimal(row[key]) if self.open and row[key] is not None else None) for key in ("stop_price", "take_profit_price"))
        kept = 1 - journal.taker_fee
        self.at_stop = None if self.stop is None else self.held * self.stop * kept - self.cost
        self.at_take = None if self.take is None else self.held * self.take * kept - self.cost

    def card(self):
        return {
            "net": signed(self.net), "net_percent": percent(share(self.net, self.allotted)), "equity": money(self.equity), "today": signed(self.today),
            "win": DASH if self.win_rate is None else percent(self.win_rate, 0, False) + " · " + ratio(self.factor),
            "drawdown": percent(self.deepest, 1),
            "hold": f"LONG {exact(self.held)} @ {amount(Decimal(self.row['entry_price']), self.price_digits)}" if self.open else
                    f"Flat. {len(self.trades)} closed trade{'' if len(self.trades) == 1 else 's'}.",
            "unrealised": signed(self.unrealised) if self.open else None,
        }

    def strip(self):
        """name -> value, note; as on the bot's page"""
        return {
            f"Equity, {self.quote}": [money(self.equity), f"cash {money(self.cash)}"],
            "Net P&L": [signed(self.net), f"{percent(share(self.net, self.allotted))} · after fees"],
            "Today": [signed(self.today), percent(share(self.today, self.day_base))],
            "Max drawdown": [percent(self.deepest), f"now {percent(self.drawdown_now)}"],
            "Win rate": [percent(self.win_rate, 0, False), f"{self.wins} of {len(self.trades)} trade{'' if len(self.trades) == 1 else 's'}"],
            "Profit factor": [ratio(self.factor), "gains / losses"],
            "Fees paid": [money(self.fees), f"{self.quote} in {len(self.trades)} trades"],
        }

    def tips(self):
        """name -> every digit behind it"""
        return {
            f"Equity, {self.quote}": f"{exact(self.equity)} {self.quote}\n= cash {exact(self.cash)} + position {exact(self.value)}",
            "Net P&L": f"{exact(self.net)} {self.quote}\n= equity − allotted {exact(self.allotted)}\n= closed {signed(self.profit)} + open {signed(self.unrealised)}",
        }

    def position(self):
        if not self.open:
            return None
        away = lambda level: percent(float(level) / float(self.price) - 1)
        digits = self.price_digits
        return {
            "Size": f"{exact(self.held)} {self.base}", "Entry": amount(Decimal(self.row["entry_price"]), digits), "Price": amount(self.price, digits),
            "Unrealised": f"{signed(self.unrealised)} ({percent(share(self.unrealised, self.cost))})",
            "Stop-loss": f"{amount(self.stop, digits)} {away(self.stop)}", "Take-profit": f"{amount(self.take, digits)} {away(self.take)}",
            "At the stop": f"{signed(self.at_stop)} {self.quote}", "At the take-profit": f"{signed(self.at_take)} {self.quote}",
        }

    def trade_rows(self):
        exits = {"signal": "signal", "stop_loss": "stop-loss", "take_profit": "take-profit", "close": "closed by hand", "foreign": "from outside"}
        rows = []
        for t in reversed(self.trades):
            profit = Decimal(t["proceeds"]) - Decimal(t["cost"])
            rows.append([clock(t["entry_ms"]), clock(t["exit_ms"]), duration(t["exit_ms"] - t["entry_ms"]), exact(Decimal(t["quantity"])),
                         amount(Decimal(t["entry_price"]), self.price_digits), amount(Decimal(t["exit_price"]), self.price_digits),
                         money(Decimal(t["fees"])), signed(profit), percent(share(profit, Decimal(t["cost"]))), exits.get(t["exit_reason"], t["exit_reason"])])
        return rows[:100]

    def decision_rows(self, journal):
        outcomes = {"hold": "nothing to do", "intent": "planned order", "blocked": "refused", "failed": "error"}
        rows = []
        for d in journal.rows("SELECT * FROM decisions WHERE bot_id=? ORDER BY id DESC LIMIT 100", self.id):
            confidence = f"{round(d['confidence'] * 100, 2):g}"
            words = d["reasons"].split("\n") if "\n" in d["reasons"] else d["reasons"].split("; ")
            reasons = ([d["blocked_reason"].split(": ", 1)[-1] if d["blocked_reason"].split(": ")[0].isupper() else d["blocked_reason"]] if d["outcome"] in ("blocked", "failed") else []) + \
                      [word for word in words if word]
            rows.append([clock(d["last_ms"]) + (f" · {d['count']}×" if d["count"] > 1 else ""), d["action"], confidence,
                         amount(Decimal(d["price"]), self.price_digits), outcomes[d["outcome"]], " · ".join(reasons)])
        return rows


def account(journal, bots):
    """The strip of the overview: name -> value, note, and the tip's first line."""
    equity, allotted, today, base = (sum((getattr(b, key) for b in bots), ZERO) for key in ("equity", "allotted", "today", "day_base"))
    net, held = equity - allotted, [b for b in bots if b.open]
    at_stop = sum((b.at_stop for b in held if b.at_stop is not None), ZERO)
    unallocated = journal.ledger("unallocated", "USDT")
    return {
        "Paper equity": [money(equity), f"USDT · {len(bots)} bots", f"{exact(equity)} USDT\nSum of cash + position value of its bots.\nUnallocated: {money(unallocated)}"],
        "Paper P&L today": [signed(today), percent(share(today, base)), f"{exact(today)} USDT\nNet P&L now − net P&L at 00:00 UTC."],
        "Paper net P&L": [signed(net), percent(share(net, allotted)), f"{exact(net)} USDT\nEquity − allotted ({money(allotted)}), after all fees."],
        "At the stops": [signed(at_stop) if held else DASH, f"{percent(share(at_stop, equity))} of equity" if held else "no open position", None],
    }


def main():
    journal = Journal(sys.argv[1], Decimal(sys.argv[2] if len(sys.argv) > 2 else "0.001"))
    bots = [BotFigures(journal, row) for row in journal.rows("SELECT * FROM bots WHERE deleted_ms=0 ORDER BY id")]
    print(json.dumps({
        "now_ms": journal.now_ms, "strip": account(journal, bots),
        "bots": [{"id": b.id, "name": b.name, "trades": len(b.trades), "open": b.open, "card": b.card(), "strip": b.strip(), "tips": b.tips(), "position": b.position(),
                  "trade_rows": b.trade_rows(), "decision_rows": b.decision_rows(journal)} for b in bots],
    }))


if __name__ == "__main__":
    main()
