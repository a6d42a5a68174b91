// The mock's account: money, what its bots hold, and coins that belong to no bot.

/** @param {any} api @param {number} now */
export function account(api, now) {
  const prices = Object.fromEntries(api.bots.map((bot) => [bot.base_asset, bot.price]));
  const row = (mode, asset, bots, unallocated, money) => {
    const allotted = bots.reduce((total, bot) => total + Number(bot.amount), 0);
    const price = asset === "USDT" ? "1" : (prices[asset] ?? null);
    const whole = allotted + Number(unallocated);
    return {
      mode,
      asset,
      free: money ? "5000" : unallocated,
      locked: money ? "0" : String(allotted),
      allotted: String(allotted),
      unallocated,
      bots,
      price,
      value: price === null ? null : (whole * Number(price)).toFixed(2),
      value_asset: "USDT",
    };
  };
  const held = (asset) =>
    api.bots
      .filter((bot) => bot.base_asset === asset && bot.position)
      .map((bot) => ({ id: bot.id, name: bot.name, amount: bot.quantity }));
  const money = [{ id: 1, name: "btc-trend", amount: "2500" }];
  const coins = Object.entries(api.unallocated);
  return {
    accounts: [
      ...["live", "paper"].map((mode) => row(mode, "USDT", money, "2500", true)),
      ...[...new Set([...api.bots.filter((bot) => bot.position).map((bot) => bot.base_asset), ...coins.map(([asset]) => asset)])]
        .sort()
        .map((asset) => row("paper", asset, held(asset), api.unallocated[asset] ?? "0", false)),
    ],
    holdings: coins.map(([asset, unallocated]) => ({
      mode: "paper",
      asset,
      symbol: asset + "USDT",
      quote_asset: "USDT",
      unallocated,
      price: prices[asset] ?? null,
      is_traded: api.bots.some((bot) => bot.base_asset === asset),
      takers: api.bots.filter((bot) => bot.base_asset === asset && !bot.position).map(({ id, name }) => ({ id, name })),
    })),
    balances_ms: now - 12000,
    balances_age_ms: 12000,
  };
}
