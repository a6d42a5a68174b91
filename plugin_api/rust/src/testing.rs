//! A small host for tests: feeds candles to a strategy through the ABI, one decision a candle, position flat.

use crate::{abi, border, Strategy};
use std::ffi::CString;
use std::marker::PhantomData;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Hold,
    Buy,
    Sell,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub action: Action,
    pub confidence: f64,
    pub reasons: String,
}

pub struct Bot<S> {
    strategy: *const abi::Strategy,
    instance: *mut abi::Instance,
    marker: PhantomData<S>,
}

impl<S: Strategy> Bot<S> {
    /// `changes` are numbers and integers that differ from the defaults, by key. An error is the strategy's own text.
    pub fn new(changes: &[(&str, f64)]) -> Result<Self, String> {
        let strategy = border::descriptor::<S>();
        unsafe {
            let mut values = Vec::new();
            for i in 0..(*strategy).param_count as usize {
                let param = &**(*strategy).params.add(i);
                let mut value = param.default_value;
                for (key, number) in changes {
                    if crate::input::text_of(param.key) == *key {
                        value.i64 = *number as i64;
                        value.f64 = *number;
                    }
                }
                values.push(value);
            }
            let config = abi::Config { struct_size: abi::size_of::<abi::Config>(), value_count: values.len() as u32, values: values.as_ptr(), seed: 1 };
            let mut text = vec![0u8; 1024];
            let mut error = abi::Buffer { data: text.as_mut_ptr() as *mut _, capacity: text.len() as u64, length: 0 };
            let mut instance = std::ptr::null_mut();
            let status = ((*strategy).create)(std::ptr::null(), &config, &mut instance, &mut error);
            if status != abi::OK {
                return Err(String::from_utf8_lossy(&text[..error.length.min(1024) as usize]).into_owned());
            }
            Ok(Bot { strategy, instance, marker: PhantomData })
        }
    }

    /// Candles of five minutes that open, peak, dip and close at the price given.
    pub fn run(&mut self, closes: &[f64]) -> Vec<Answer> {
        let times: Vec<i64> = (0..closes.len() as i64).map(|row| row * 300_000).collect();
        let volume = vec![1.0; closes.len()];
        let symbol = CString::new("BTCUSDT").unwrap();
        let none = std::ptr::null();
        (0..closes.len())
            .map(|row| {
                let prices = closes.as_ptr();
                let candles = abi::Candles {
                    struct_size: abi::size_of::<abi::Candles>(), count: row as u32 + 1, new_count: 1, reserved: 0, interval_ms: 300_000,
                    open_time_ms: times.as_ptr(), open: prices, high: prices, low: prices, close: prices, volume: volume.as_ptr(),
                    quote_volume: none, taker_buy_volume: none, trade_count: none,
                };
                let input = abi::Input {
                    struct_size: abi::size_of::<abi::Input>(), feed_count: 0, now_ms: times[row] + 300_000, symbol: symbol.as_ptr(),
                    candles: &candles, feeds: std::ptr::null(), position_fraction: 0.0, entry_price: 0.0, entry_time_ms: 0,
                };
                self.ask(&input)
            })
            .collect()
    }

    fn ask(&mut self, input: &abi::Input) -> Answer {
        let mut text = vec![0u8; 4096];
        let nothing = || abi::Buffer { data: std::ptr::null_mut(), capacity: 0, length: 0 };
        let mut decision = abi::Decision {
            struct_size: abi::size_of::<abi::Decision>(), set: 0, action: 0, reserved: 0, confidence: 0.0, size_fraction: 0.0,
            stop_loss_fraction: 0.0, take_profit_fraction: 0.0, recommended_symbol: nothing(),
            reasoning: abi::Buffer { data: text.as_mut_ptr() as *mut _, capacity: text.len() as u64, length: 0 },
        };
        let mut error = nothing();
        let status = unsafe { ((*self.strategy).analyze)(self.instance, input, &mut decision, &mut error) };
        assert_eq!(status, abi::OK, "analyze failed");
        Answer {
            action: match decision.action { abi::BUY => Action::Buy, abi::SELL => Action::Sell, _ => Action::Hold },
            confidence: decision.confidence,
            reasons: String::from_utf8_lossy(&text[..decision.reasoning.length.min(4096) as usize]).into_owned(),
        }
    }
}

impl<S> Drop for Bot<S> {
    fn drop(&mut self) {
        unsafe { ((*self.strategy).destroy)(self.instance) }
    }
}
