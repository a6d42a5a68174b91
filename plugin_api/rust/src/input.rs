//! What a strategy is told and what it answers. Views of what the host passed in: valid only during the call.

use crate::abi;
use std::ffi::CStr;
use std::os::raw::c_char;

/// # Safety
/// `text` is NULL or ends with a NUL.
pub(crate) unsafe fn text_of<'a>(text: *const c_char) -> &'a str {
    if text.is_null() { "" } else { CStr::from_ptr(text).to_str().unwrap_or("") }
}

/// One closed candle. The last three are NaN where the host does not know them.
#[derive(Clone, Copy, Debug)]
pub struct Candle {
    pub open_time_ms: i64,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    /// Base asset.
    pub volume: f64,
    /// Quote asset.
    pub quote_volume: f64,
    /// Base asset.
    pub taker_buy_volume: f64,
    pub trade_count: f64,
}

/// # Safety
/// `rows` is the host's, and `row` below its count.
pub(crate) unsafe fn candle_at(rows: &abi::Candles, row: usize) -> Candle {
    let optional = |column: *const f64| if column.is_null() { f64::NAN } else { *column.add(row) };
    Candle {
        open_time_ms: *rows.open_time_ms.add(row),
        open: *rows.open.add(row),
        high: *rows.high.add(row),
        low: *rows.low.add(row),
        close: *rows.close.add(row),
        volume: *rows.volume.add(row),
        quote_volume: optional(rows.quote_volume),
        taker_buy_volume: optional(rows.taker_buy_volume),
        trade_count: optional(rows.trade_count),
    }
}

/// The values of the parameters, checked by the host against the schema.
pub struct Values<'a> {
    keys: Vec<&'static str>,
    values: &'a [abi::Value],
}

impl<'a> Values<'a> {
    pub(crate) fn new(keys: Vec<&'static str>, values: &'a [abi::Value]) -> Self {
        Values { keys, values }
    }
    fn find(&self, key: &str) -> &abi::Value {
        let at = self.keys.iter().position(|known| *known == key);
        &self.values[at.unwrap_or_else(|| panic!("the strategy asks for a parameter that its schema has not: {}", key))]
    }
    /// An INTEGER, or the index of a CHOICE.
    pub fn integer(&self, key: &str) -> i64 {
        self.find(key).i64
    }
    pub fn number(&self, key: &str) -> f64 {
        self.find(key).f64
    }
    pub fn boolean(&self, key: &str) -> bool {
        self.find(key).i64 != 0
    }
    pub fn text(&self, key: &str) -> String {
        unsafe { text_of(self.find(key).text) }.to_string()
    }
}

/// Rows of a feed, oldest first.
pub struct Feed<'a> {
    data: &'a abi::FeedData,
}

impl Feed<'_> {
    pub fn available(&self) -> bool {
        self.data.available != 0
    }
    pub fn rows(&self) -> usize {
        if self.available() { self.data.row_count as usize } else { 0 }
    }
    /// A value by the name of its column; NaN when there is no such column or row.
    pub fn value(&self, column: &str, row: usize) -> f64 {
        if row >= self.rows() {
            return f64::NAN;
        }
        for i in 0..self.data.column_count as usize {
            unsafe {
                if text_of(*self.data.column_names.add(i)) == column {
                    return *(*self.data.columns.add(i)).add(row);
                }
            }
        }
        f64::NAN
    }
    pub fn text(&self, row: usize) -> &str {
        if row >= self.rows() || self.data.text.is_null() { "" } else { unsafe { text_of(*self.data.text.add(row)) } }
    }
}

/// Everything else a decision may know.
pub struct Input<'a> {
    raw: &'a abi::Input,
}

impl<'a> Input<'a> {
    pub(crate) fn new(raw: &'a abi::Input) -> Self {
        Input { raw }
    }
    pub fn symbol(&self) -> &str {
        unsafe { text_of(self.raw.symbol) }
    }
    /// The end of the last candle, the same in live, backtest and replay.
    pub fn now_ms(&self) -> i64 {
        self.raw.now_ms
    }
    pub fn flat(&self) -> bool {
        self.raw.position_fraction <= 0.0
    }
    /// Share of the bot's money that is held, 0..1.
    pub fn position_fraction(&self) -> f64 {
        self.raw.position_fraction
    }
    pub fn entry_price(&self) -> f64 {
        self.raw.entry_price
    }
    pub fn entry_time_ms(&self) -> i64 {
        self.raw.entry_time_ms
    }
    pub fn feed(&self, index: usize) -> Option<Feed<'a>> {
        if self.raw.feeds.is_null() || index >= self.raw.feed_count as usize {
            return None;
        }
        unsafe { (*self.raw.feeds.add(index)).as_ref() }.map(|data| Feed { data })
    }
}

/// Advice in fractions. Untouched, it is HOLD.
pub struct Decision<'a> {
    raw: &'a mut abi::Decision,
}

impl<'a> Decision<'a> {
    pub(crate) fn new(raw: &'a mut abi::Decision) -> Self {
        Decision { raw }
    }
    /// confidence: 0..1.
    pub fn buy(&mut self, confidence: f64) {
        self.advise(abi::BUY, confidence);
    }
    pub fn sell(&mut self, confidence: f64) {
        self.advise(abi::SELL, confidence);
    }
    fn advise(&mut self, action: i32, confidence: f64) {
        self.raw.action = action;
        self.raw.confidence = confidence;
    }
    /// Share of the bot's cash to spend, > 0 and <= 1; all of it where not called.
    pub fn size(&mut self, fraction: f64) {
        self.raw.size_fraction = fraction;
        self.raw.set |= abi::SET_SIZE;
    }
    /// Distance below the entry at which to get out, a fraction > 0 and < 1.
    pub fn stop_loss(&mut self, fraction: f64) {
        self.raw.stop_loss_fraction = fraction;
        self.raw.set |= abi::SET_STOP_LOSS;
    }
    /// Distance above the entry at which to take the profit, a fraction > 0.
    pub fn take_profit(&mut self, fraction: f64) {
        self.raw.take_profit_fraction = fraction;
        self.raw.set |= abi::SET_TAKE_PROFIT;
    }
    pub fn recommend_symbol(&mut self, symbol: &str) {
        self.raw.recommended_symbol.length = 0;
        append(&mut self.raw.recommended_symbol, symbol);
    }
    /// Adds a reason: `because(format_args!("RSI {:.1} < 30", rsi))`. Costs nothing when the host wants no text.
    pub fn because(&mut self, reason: std::fmt::Arguments) {
        if self.raw.reasoning.capacity == 0 {
            return;
        }
        if self.raw.reasoning.length > 0 {
            append(&mut self.raw.reasoning, "; ");
        }
        append(&mut self.raw.reasoning, &reason.to_string());
    }
}

/// What does not fit is counted in the length, so that truncation shows.
pub(crate) fn append(buffer: &mut abi::Buffer, text: &str) {
    if buffer.length < buffer.capacity {
        let room = (buffer.capacity - buffer.length) as usize;
        unsafe {
            std::ptr::copy_nonoverlapping(text.as_ptr(), (buffer.data as *mut u8).add(buffer.length as usize), room.min(text.len()));
        }
    }
    buffer.length += text.len() as u64;
}
