//! strategy_name: in while the fast average leads, out when it falls behind.
use stratdock::indicators::Ema;
use stratdock::{About, Candle, Decision, Input, Kind, Parameter, Requirements, Strategy, Values};

pub struct StrategyName {
    fast: Ema,
    slow: Ema,
    slow_length: i64,
    stop_loss: f64,
}

impl Strategy for StrategyName {
    // The id is for ever: your own domain, reversed, keeps it apart from everybody else's.
    const ABOUT: About = About {
        id: "com.example.strategy_name",
        alias: "strategy_name",
        name: "StrategyName",
        version: "1.0.0",
        vendor: "Me",
        doc: "In while the fast EMA leads, out when it falls behind.",
    };
    const PARAMETERS: &'static [Parameter] = &[
        Parameter { key: "fast", name: "Fast EMA", doc: "Length of the fast average.", unit: "candles", kind: Kind::Integer(9, 1, 500) },
        Parameter { key: "slow", name: "Slow EMA", doc: "Length of the slow average.", unit: "candles", kind: Kind::Integer(21, 2, 1000) },
        Parameter { key: "stop_loss", name: "Stop-loss", doc: "Distance below the entry.", unit: "%", kind: Kind::Number(3.0, 0.1, 50.0) },
    ];

    fn new(values: &Values, _seed: u64) -> Result<Self, String> {
        let (fast, slow) = (values.integer("fast"), values.integer("slow"));
        if fast >= slow {
            return Err("fast must be below slow".to_string());
        }
        Ok(StrategyName { fast: Ema::new(fast), slow: Ema::new(slow), slow_length: slow, stop_loss: values.number("stop_loss") })
    }

    fn requirements(&self) -> Requirements {
        Requirements { warm_up: self.slow_length as u32, window: 200 }
    }

    fn update(&mut self, candle: &Candle) {
        self.fast.update(candle.close);
        self.slow.update(candle.close);
    }

    fn decide(&self, input: &Input, decision: &mut Decision) {
        let leads = self.fast.value() > self.slow.value();
        if leads && input.flat() {
            decision.buy(0.8);
            decision.stop_loss(self.stop_loss / 100.0);
        }
        if !leads && !input.flat() {
            decision.sell(0.8);
        }
        decision.because(format_args!("{}", if leads { "fast EMA above slow" } else { "fast EMA not above slow" }));
    }
}

stratdock::export!(StrategyName);

#[cfg(test)]
mod tests {
    use stratdock::testing::{Action, Bot};

    use super::StrategyName;

    // 50 candles at 100 and 50 that change by `step` each.
    fn closes(step: f64) -> Vec<f64> {
        (0..100).scan(100.0, |price, row| { if row >= 50 { *price *= 1.0 + step; } Some(*price) }).collect()
    }

    #[test]
    fn it_buys_in_a_rise_and_not_in_a_fall() {
        assert_eq!(Bot::<StrategyName>::new(&[]).unwrap().run(&closes(0.002)).last().unwrap().action, Action::Buy);
        assert_eq!(Bot::<StrategyName>::new(&[]).unwrap().run(&closes(-0.002)).last().unwrap().action, Action::Hold);
    }

    #[test]
    fn fast_above_slow_is_refused() {
        assert!(Bot::<StrategyName>::new(&[("fast", 30.0), ("slow", 20.0)]).is_err());
    }
}
