//! Strategies in Rust: implement [`Strategy`] for a struct and end with `stratdock::export!(YourStruct);`.
//!
//! `update` is called once per closed candle, oldest first; `decide` after the last. Read no clock, file, socket or random
//! source, and start no thread: a decision is a function of parameters, position, feeds and every candle fed.
//!
//! Owns: the descriptor of the library, made once. Thread rule: the ABI's, never two calls at once on one instance.
//! Invariant: no panic leaves the library; it becomes the error text of that call, and the bot holds for that candle.

pub mod abi;
pub mod indicators;
mod border;
mod input;
pub mod testing;

pub use border::{descriptor, library};
pub use input::{Candle, Decision, Feed, Input, Values};

/// What a strategy is called.
pub struct About {
    /// Reverse domain, for ever: "com.example.ema_cross".
    pub id: &'static str,
    /// Short name for the YAML.
    pub alias: &'static str,
    pub name: &'static str,
    pub version: &'static str,
    pub vendor: &'static str,
    pub doc: &'static str,
}

/// A parameter's type, default and range.
pub enum Kind {
    /// Default, least, most; least == most == 0 means unbounded.
    Integer(i64, i64, i64),
    Number(f64, f64, f64),
    Boolean(bool),
    Text(&'static str),
    /// Index of the default, and the words.
    Choice(usize, &'static [&'static str]),
}

/// One line of the schema: `key` is the YAML name, stable for ever.
pub struct Parameter {
    pub key: &'static str,
    pub name: &'static str,
    pub doc: &'static str,
    pub unit: &'static str,
    pub kind: Kind,
}

/// What an instance needs. Below `warm_up` candles it answers HOLD without asking `decide`.
pub struct Requirements {
    pub warm_up: u32,
    pub window: u32,
}

pub trait Strategy: Sized + 'static {
    const ABOUT: About;
    const PARAMETERS: &'static [Parameter];
    /// `seed` is the only source of randomness allowed. An error names the parameters that cannot go together.
    fn new(values: &Values, seed: u64) -> Result<Self, String>;
    fn requirements(&self) -> Requirements {
        Requirements { warm_up: 0, window: 0 }
    }
    fn update(&mut self, candle: &Candle);
    fn decide(&self, input: &Input, decision: &mut Decision);
}

/// Exports one or more strategies from this library; once per library.
#[macro_export]
macro_rules! export {
    ($($strategy:ty),+ $(,)?) => {
        /// # Safety
        /// The one export; called by the host.
        #[no_mangle]
        pub unsafe extern "C" fn stratdock_entry_v1() -> *const $crate::abi::Library {
            static ONCE: std::sync::Once = std::sync::Once::new();
            static LIBRARY: std::sync::atomic::AtomicPtr<$crate::abi::Library> = std::sync::atomic::AtomicPtr::new(std::ptr::null_mut());
            ONCE.call_once(|| {
                let made = $crate::library(vec![$($crate::descriptor::<$strategy>()),+]);
                LIBRARY.store(made as *const _ as *mut _, std::sync::atomic::Ordering::Release);
            });
            LIBRARY.load(std::sync::atomic::Ordering::Acquire)
        }
    };
}
