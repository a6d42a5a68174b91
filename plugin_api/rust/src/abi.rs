//! The strategy ABI 1.0 as Rust sees it, struct by struct as in `stratdock/strategy_abi.h`, whose comments are the law.
//!
//! Owns nothing. Invariant: every struct has the header's size and offsets; the sizes are asserted below, and all fields are of natural alignment.
#![allow(missing_docs)]

use std::ffi::c_void;
use std::os::raw::c_char;

pub const ABI_MAJOR: u32 = 1;
pub const ABI_MINOR: u32 = 0;

pub const OK: i32 = 0;
pub const FAILED: i32 = -1;
pub const BAD_PARAMETERS: i32 = -2;

pub const HOLD: i32 = 0;
pub const BUY: i32 = 1;
pub const SELL: i32 = 2;

pub const SET_SIZE: u32 = 1;
pub const SET_STOP_LOSS: u32 = 2;
pub const SET_TAKE_PROFIT: u32 = 4;

pub const TYPE_INTEGER: u32 = 1;
pub const TYPE_NUMBER: u32 = 2;
pub const TYPE_BOOLEAN: u32 = 3;
pub const TYPE_TEXT: u32 = 4;
pub const TYPE_CHOICE: u32 = 5;

pub const PARAM_ADVANCED: u32 = 2;

pub const FEED_CANDLES: u32 = 1;
pub const FEED_NEWS: u32 = 2;
pub const FEED_ASSESSMENT: u32 = 3;

#[repr(C)]
pub struct Buffer {
    pub data: *mut c_char,
    pub capacity: u64,
    pub length: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Value {
    pub kind: u32,
    pub reserved: u32,
    pub i64: i64,
    pub f64: f64,
    pub text: *const c_char,
}

#[repr(C)]
pub struct Param {
    pub struct_size: u32,
    pub kind: u32,
    pub flags: u32,
    pub choice_count: u32,
    pub key: *const c_char,
    pub name: *const c_char,
    pub doc: *const c_char,
    pub unit: *const c_char,
    pub default_value: Value,
    pub min: f64,
    pub max: f64,
    pub choices: *const *const c_char,
}

#[repr(C)]
pub struct Config {
    pub struct_size: u32,
    pub value_count: u32,
    pub values: *const Value,
    pub seed: u64,
}

#[repr(C)]
pub struct Candles {
    pub struct_size: u32,
    pub count: u32,
    pub new_count: u32,
    pub reserved: u32,
    pub interval_ms: i64,
    pub open_time_ms: *const i64,
    pub open: *const f64,
    pub high: *const f64,
    pub low: *const f64,
    pub close: *const f64,
    pub volume: *const f64,
    pub quote_volume: *const f64,
    pub taker_buy_volume: *const f64,
    pub trade_count: *const f64,
}

#[repr(C)]
pub struct FeedRequest {
    pub struct_size: u32,
    pub kind: u32,
    pub required: u32,
    pub min_rows: u32,
    pub max_rows: u32,
    pub reserved: u32,
    pub symbol: *const c_char,
    pub interval_ms: i64,
    pub refresh_ms: i64,
    pub prompt: *const c_char,
    pub answer_schema: *const c_char,
}

#[repr(C)]
pub struct Requirements {
    pub struct_size: u32,
    pub warm_up_candles: u32,
    pub window: u32,
    pub feed_count: u32,
    pub feeds: *const *const FeedRequest,
}

#[repr(C)]
pub struct FeedData {
    pub struct_size: u32,
    pub kind: u32,
    pub available: u32,
    pub row_count: u32,
    pub new_count: u32,
    pub column_count: u32,
    pub column_names: *const *const c_char,
    pub columns: *const *const f64,
    pub text: *const *const c_char,
    pub known_at_ms: *const i64,
    pub candles: *const Candles,
    pub fault: *const c_char,
}

#[repr(C)]
pub struct Input {
    pub struct_size: u32,
    pub feed_count: u32,
    pub now_ms: i64,
    pub symbol: *const c_char,
    pub candles: *const Candles,
    pub feeds: *const *const FeedData,
    pub position_fraction: f64,
    pub entry_price: f64,
    pub entry_time_ms: i64,
}

#[repr(C)]
pub struct Decision {
    pub struct_size: u32,
    pub set: u32,
    pub action: i32,
    pub reserved: u32,
    pub confidence: f64,
    pub size_fraction: f64,
    pub stop_loss_fraction: f64,
    pub take_profit_fraction: f64,
    pub recommended_symbol: Buffer,
    pub reasoning: Buffer,
}

#[repr(C)]
pub struct Host {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub name: *const c_char,
    pub version: *const c_char,
    pub data: *mut c_void,
    pub get_extension: Option<unsafe extern "C" fn(*const Host, *const c_char) -> *const c_void>,
}

/// The plugin's own; the host only carries the pointer.
pub enum Instance {}

type Stream = Option<unsafe extern "C" fn(*mut Instance, *const c_void, *mut Buffer) -> i32>;

#[repr(C)]
pub struct Strategy {
    pub struct_size: u32,
    pub flags: u32,
    pub id: *const c_char,
    pub aliases: *const *const c_char,
    pub alias_count: u32,
    pub param_count: u32,
    pub name: *const c_char,
    pub version: *const c_char,
    pub vendor: *const c_char,
    pub doc: *const c_char,
    pub params: *const *const Param,
    pub state_version: u32,
    pub reserved: u32,
    pub create: unsafe extern "C" fn(*const Host, *const Config, *mut *mut Instance, *mut Buffer) -> i32,
    pub destroy: unsafe extern "C" fn(*mut Instance),
    pub requirements: unsafe extern "C" fn(*mut Instance, *mut Requirements, *mut Buffer) -> i32,
    pub analyze: unsafe extern "C" fn(*mut Instance, *const Input, *mut Decision, *mut Buffer) -> i32,
    pub save_state: Stream,
    pub load_state: Stream,
    pub get_extension: Option<unsafe extern "C" fn(*const c_char) -> *const c_void>,
}

#[repr(C)]
pub struct Library {
    pub struct_size: u32,
    pub abi_major: u32,
    pub built_minor: u32,
    pub min_host_minor: u32,
    pub strategy_count: u32,
    pub reserved: u32,
    pub strategies: *const *const Strategy,
    pub build_info: *const c_char,
}

/// The size that goes into a struct's first field.
pub const fn size_of<T>() -> u32 {
    std::mem::size_of::<T>() as u32
}

// The sizes that the header asserts; a build in which one differs does not compile.
const _: () = {
    assert!(std::mem::size_of::<Buffer>() == 24);
    assert!(std::mem::size_of::<Value>() == 32);
    assert!(std::mem::size_of::<Param>() == 104);
    assert!(std::mem::size_of::<Config>() == 24);
    assert!(std::mem::size_of::<Candles>() == 96);
    assert!(std::mem::size_of::<FeedRequest>() == 64);
    assert!(std::mem::size_of::<Requirements>() == 24);
    assert!(std::mem::size_of::<FeedData>() == 72);
    assert!(std::mem::size_of::<Input>() == 64);
    assert!(std::mem::size_of::<Decision>() == 96);
    assert!(std::mem::size_of::<Host>() == 40);
    assert!(std::mem::size_of::<Strategy>() == 136);
    assert!(std::mem::size_of::<Library>() == 40);
};
