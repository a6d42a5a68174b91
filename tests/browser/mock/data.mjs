// The mock's world: bots in every state that the page must show, with figures that add up as dashboard/API.md defines them.
import { random } from "./market.mjs";

export const parameterSchema = [
  {
    key: "rsi_low",
    name: "RSI oversold",
    doc: "Below this the market counts as oversold.",
    unit: "",
    type: "float",
    default: 35,
    min: 1,
    max: 50,
    choices: [],
    flags: ["live"],
  },
  {
    key: "rsi_high",
    name: "RSI overbought",
    doc: "Above this the market counts as overbought.",
    unit: "",
    type: "float",
    default: 65,
    min: 50,
    max: 99,
    choices: [],
    flags: ["live"],
  },
  {
    key: "score_needed",
    name: "Score needed",
    doc: "A BUY or SELL needs at least this score.",
    unit: "points",
    type: "int",
    default: 70,
    min: 0,
    max: 200,
    choices: [],
    flags: [],
  },
  {
    key: "dynamic_sizing",
    name: "Dynamic sizing",
    doc: "Spend less when the market is wild.",
    unit: "",
    type: "bool",
    default: false,
    min: null,
    max: null,
    choices: [],
    flags: [],
  },
  {
    key: "confirm",
    name: "Confirmation",
    doc: "Which technical confirmation a signal needs.",
    unit: "",
    type: "choice",
    default: "either",
    min: null,
    max: null,
    choices: ["none", "either", "both"],
    flags: [],
  },
  {
    key: "atr_length",
    name: "ATR length",
    doc: "Candles of the average true range.",
    unit: "candles",
    type: "int",
    default: 14,
    min: 2,
    max: 200,
    choices: [],
    flags: ["advanced"],
  },
];

export const strategies = [
  ["volatile", "Scores RSI, MACD, Bollinger, stochastic, OBV and trend; trades where a coin swings."],
  ["enhanced", "Market regimes decide how much a BUY spends."],
  ["simple_profitable", "Four of five plain conditions make a BUY. Good to begin with."],
  ["ticker_news", "News and a language model's assessment, confirmed by RSI or MACD."],
].map(([short, doc]) => ({
  id: `org.stratdock.${short}`,
  short,
  aliases: [],
  name: short,
  version: "1.0",
  vendor: "Stratdock",
  doc,
  plugin_file: `${short}.so`,
  usable: true,
  parameter_count: parameterSchema.length,
  bots: [],
}));

export const dec = (value, digits = 2) => value.toFixed(digits).replace(/\.?0+$/, "") || "0";

/** @param {number} id @param {Partial<Record<string, any>>} over */
export function makeBot(id, over) {
  const now = Date.now();
  const {
    name,
    symbol,
    strategy,
    mode = "paper",
    price,
    digits = 2,
    profit = 0,
    profits = [],
    holding = null,
    allotted = 1000,
    state = "running",
    ...rest
  } = over;
  const [base, quote] = [symbol.slice(0, -4), symbol.slice(-4)];
  const next = random(id * 7919);
  const quantity = holding ? holding.quantity : null;
  const entryCost = holding ? quantity * holding.entry * 1.001 : 0;
  const value = holding ? quantity * price : 0;
  const unrealised = holding ? value - entryCost : 0;
  const cash = allotted + profit - (holding ? entryCost : 0);
  const spark = Array.from({ length: 60 }, (_, at) =>
    Number(((profit + unrealised) * (at / 59) + (next() - 0.5) * allotted * 0.02 * Math.sin((at / 59) * Math.PI)).toFixed(2)),
  );
  const wins = profits.filter((each) => each > 0),
    losses = profits.filter((each) => each <= 0);
  const total = (list) => list.reduce((sum, each) => sum + each, 0);
  return {
    id,
    name,
    symbol,
    strategy,
    trade_amount: dec(allotted),
    status: ["running", "paused", "degraded"].includes(state) ? "running" : "stopped",
    profit: dec(profit, 4),
    trades: profits.length,
    position: holding ? "LONG" : null,
    entry_price: holding ? dec(holding.entry, digits) : null,
    stop_loss: holding ? dec(holding.stop, digits) : null,
    take_profit: holding ? dec(holding.take, digits) : null,
    has_traded: profits.length > 0 || !!holding,
    initial_investment: profits.length || holding ? dec(allotted) : null,
    timestamp: holding ? now - 5400000 : null,
    strategy_id: `org.stratdock.${strategy}`,
    strategy_version: "1.0",
    plugin_file: `${strategy}.so`,
    mode,
    base_asset: base,
    quote_asset: quote,
    price_decimals: digits,
    quantity_decimals: 5,
    interval: "5m",
    interval_ms: 300000,
    evaluate_every_ms: 900000,
    state,
    wanted_state: ["running", "paused", "stopped"].includes(state) ? state : "running",
    state_reason: null,
    waiting_for: null,
    warm_up: null,
    declared: null,
    created_ms: now - 90 * 86400000,
    anchor_ms: now - 30 * 86400000,
    quantity: holding ? dec(quantity, 6) : null,
    entry_ms: holding ? now - 5400000 : null,
    entry_cost: holding ? dec(entryCost, 4) : null,
    stop_source: holding ? "strategy" : null,
    take_source: holding ? "strategy" : null,
    protection: holding ? "active" : null,
    price: dec(price, digits),
    price_ms: now,
    cash: dec(cash, 4),
    allotted: dec(allotted),
    position_value: dec(value, 4),
    equity: dec(cash + value, 4),
    unrealised: dec(unrealised, 4),
    net_pnl: dec(profit + unrealised, 4),
    today: dec((profit + unrealised) * -0.0147, 4),
    fees_paid: dec(profits.length * allotted * 0.002, 4),
    dust: "0",
    net_pnl_fraction: (profit + unrealised) / allotted,
    today_fraction: ((profit + unrealised) * -0.0147) / (allotted + profit),
    unrealised_fraction: holding ? unrealised / entryCost : null,
    wins: wins.length,
    losses: losses.length,
    win_rate: profits.length ? wins.length / profits.length : null,
    profit_factor: losses.length ? total(wins) / -total(losses) : null,
    max_drawdown: profits.length ? -0.041 : null,
    drawdown_now: profits.length ? -0.0092 : null,
    at_stop: holding ? dec(quantity * holding.stop * 0.999 - entryCost, 4) : null,
    at_take: holding ? dec(quantity * holding.take * 0.999 - entryCost, 4) : null,
    last_decision: {
      id: id * 1000,
      bot_id: id,
      first_ms: now - 3 * 900000,
      last_ms: now - 120000,
      count: 3,
      candle_ms: now - 420000,
      close: dec(price, digits),
      action: "HOLD",
      confidence: 45,
      size_fraction: null,
      stop_loss_fraction: null,
      take_profit_fraction: null,
      reasons: [
        "RSI 56.2, neither low nor high",
        "MACD > signal and > 0: +15",
        "OBV > EMA: +10",
        "trend up: +10",
        "volume ratio 0.7 < 0.8: -15",
      ],
      outcome: "held",
      blocked: null,
      intent_id: null,
    },
    last_evaluation_ms: now - 120000,
    next_evaluation_ms: state === "running" || state === "paused" ? now + 48000 + id * 1000 : null,
    attention: [],
    spark,
    ...rest,
  };
}

const profitsOf = (count, sum, seed) => {
  const next = random(seed);
  const raw = Array.from({ length: count }, () => (next() - 0.42) * 10);
  const now = raw.reduce((total, each) => total + each, 0);
  return raw.map((each) => each + (sum - now) / count);
};

/** @param {number} count more than six: the rest are copies in the manner of a large account */
export function makeBots(count = 6) {
  const bots = [
    makeBot(1, {
      name: "btc-trend",
      symbol: "BTCUSDT",
      strategy: "volatile",
      mode: "live",
      price: 84702.5,
      allotted: 10000,
      profit: 800.31,
      profits: profitsOf(71, 800.31, 1),
      holding: { quantity: 0.085, entry: 84210, stop: 83031, take: 85978 },
      declared: { file: "live.yaml", line: 12 },
    }),
    makeBot(2, {
      name: "eth-mean",
      symbol: "ETHUSDT",
      strategy: "enhanced",
      mode: "live",
      price: 1803.4,
      allotted: 5000,
      profit: -88.98,
      profits: profitsOf(133, -88.98, 2),
      waiting_for: { code: "MONEY", text: "A BUY needs at least 5 USDT; the bot's cash is 3.20 USDT." },
    }),
    makeBot(3, {
      name: "sol-break",
      symbol: "SOLUSDT",
      strategy: "simple_profitable",
      price: 209.9,
      allotted: 10000,
      profit: 2512.2,
      profits: profitsOf(98, 2512.2, 3),
      holding: { quantity: 12.16, entry: 212.4, stop: 206.1, take: 225.1 },
    }),
    makeBot(4, {
      name: "xrp-calm",
      symbol: "XRPUSDT",
      strategy: "enhanced",
      price: 0.5121,
      digits: 4,
      allotted: 5000,
      profit: 21.8,
      profits: profitsOf(40, 21.8, 4),
      state: "paused",
    }),
    makeBot(5, {
      name: "doge-scalp",
      symbol: "DOGEUSDT",
      strategy: "volatile",
      price: 0.07213,
      digits: 5,
      allotted: 2000,
      profit: -12.9,
      profits: profitsOf(25, -12.9, 5),
      state: "quarantined",
      state_reason: "Its plugin scalp.so ended with a segmentation fault three times.",
      attention: [
        {
          code: "BOT_QUARANTINED",
          severity: "danger",
          text: "Its plugin scalp.so ended with a segmentation fault three times. The bot is out until the file is replaced.",
        },
      ],
    }),
    makeBot(6, {
      name: "ada-first",
      symbol: "ADAUSDT",
      strategy: "volatile",
      price: 0.3821,
      digits: 4,
      allotted: 1000,
      waiting_for: { code: "WARM_UP", text: "Warming up: 120 of 200 candles." },
      warm_up: { have: 120, need: 200 },
      last_decision: null,
      spark: [],
      max_drawdown: null,
    }),
  ];
  for (let id = 7; id <= count; ++id) {
    const next = random(id);
    const price = 20 + next() * 300,
      holding =
        next() > 0.6
          ? {
              quantity: Number((500 / price).toFixed(3)),
              entry: price * (1 + (next() - 0.5) * 0.02),
              stop: price * 0.97,
              take: price * 1.05,
            }
          : null;
    const gain = (next() - 0.45) * 300;
    bots.push(
      makeBot(id, {
        name: `fleet-${String(id).padStart(4, "0")}`,
        symbol: ["BTCUSDT", "ETHUSDT", "SOLUSDT", "LTCUSDT"][id % 4],
        strategy: strategies[id % 4].short,
        price,
        holding,
        profit: gain,
        profits: profitsOf(20 + (id % 30), gain, id),
        state: id % 9 === 0 ? "stopped" : "running",
      }),
    );
  }
  return bots;
}
