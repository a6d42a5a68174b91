//! Streaming indicators with the definitions of `stratdock/indicators.hpp`, to the same bits: O(1) a candle.
//! A value that is not there yet is NaN, so that every comparison with it is false.

/// Exponential moving average: alpha = 2 / (n + 1), seeded with the first value.
pub struct Ema {
    length: u64,
    alpha: f64,
    value: f64,
    count: u64,
}

impl Ema {
    /// `length` in candles, at least 1.
    pub fn new(length: i64) -> Self {
        assert!(length >= 1, "an indicator's length must be at least 1");
        Ema { length: length as u64, alpha: 2.0 / (length + 1) as f64, value: 0.0, count: 0 }
    }
    pub fn update(&mut self, value: f64) {
        self.value = if self.count == 0 { value } else { self.value + self.alpha * (value - self.value) };
        self.count += 1;
    }
    pub fn ready(&self) -> bool {
        self.count >= self.length
    }
    pub fn value(&self) -> f64 {
        if self.count > 0 { self.value } else { f64::NAN }
    }
}

/// Wilder's average: alpha = 1 / n, seeded with the mean of the first n values. NaN until then.
pub struct WilderAverage {
    length: u64,
    value: f64,
    count: u64,
}

impl WilderAverage {
    pub fn new(length: i64) -> Self {
        assert!(length >= 1, "an indicator's length must be at least 1");
        WilderAverage { length: length as u64, value: 0.0, count: 0 }
    }
    pub fn update(&mut self, value: f64) {
        let n = self.length as f64;
        if self.count >= self.length {
            self.value += (value - self.value) / n;
            return;
        }
        self.value += value;
        self.count += 1;
        if self.count == self.length {
            self.value /= n;
        }
    }
    pub fn ready(&self) -> bool {
        self.count >= self.length
    }
    pub fn value(&self) -> f64 {
        if self.ready() { self.value } else { f64::NAN }
    }
}

/// Relative strength index (Wilder 1978), 0..100. Only gains: 100; only losses: 0; no change at all: 50.
pub struct Rsi {
    gain: WilderAverage,
    loss: WilderAverage,
    before: f64,
    value: f64,
}

impl Rsi {
    pub fn new(length: i64) -> Self {
        Rsi { gain: WilderAverage::new(length), loss: WilderAverage::new(length), before: f64::NAN, value: f64::NAN }
    }
    pub fn update(&mut self, value: f64) {
        let change = value - self.before;
        self.before = value;
        if change.is_nan() {
            return;
        }
        self.gain.update(if change > 0.0 { change } else { 0.0 });
        self.loss.update(if change < 0.0 { -change } else { 0.0 });
        let both = self.gain.value() + self.loss.value();
        self.value = if both == 0.0 { 50.0 } else { 100.0 * self.gain.value() / both };
    }
    pub fn ready(&self) -> bool {
        self.gain.ready()
    }
    pub fn value(&self) -> f64 {
        if self.ready() { self.value } else { f64::NAN }
    }
}
