//! The bridge between an author's struct and the C ABI: makes instances, feeds them, guards the border.
//!
//! Invariants: `update` sees every candle once and in order and `decide` comes after the last, so a decision cannot depend
//! on how many candles the host brings at a time; whatever is handed out as static text is never freed.

use crate::input::{append, candle_at, Decision, Input, Values};
use crate::{abi, Kind, Parameter, Requirements, Strategy};
use std::ffi::CString;
use std::os::raw::c_char;
use std::panic::{catch_unwind, AssertUnwindSafe};

struct Instance<S> {
    strategy: S,
    needs: Requirements,
    seen: u64,
}

fn forever<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn text(of: &str) -> *const c_char {
    forever(CString::new(of).expect("a text of a descriptor has a NUL in it")).as_ptr()
}

fn texts(of: &[&str]) -> *const *const c_char {
    if of.is_empty() { std::ptr::null() } else { Box::leak(of.iter().map(|one| text(one)).collect::<Vec<_>>().into_boxed_slice()).as_ptr() }
}

fn param(from: &Parameter) -> abi::Param {
    let mut value = abi::Value { kind: 0, reserved: 0, i64: 0, f64: 0.0, text: std::ptr::null() };
    let (mut least, mut most, mut choices): (f64, f64, &[&str]) = (0.0, 0.0, &[]);
    match &from.kind {
        Kind::Integer(default, min, max) => {
            value.kind = abi::TYPE_INTEGER;
            value.i64 = *default;
            least = *min as f64;
            most = *max as f64;
        }
        Kind::Number(default, min, max) => {
            value.kind = abi::TYPE_NUMBER;
            value.f64 = *default;
            least = *min;
            most = *max;
        }
        Kind::Boolean(default) => {
            value.kind = abi::TYPE_BOOLEAN;
            value.i64 = i64::from(*default);
        }
        Kind::Text(default) => {
            value.kind = abi::TYPE_TEXT;
            value.text = text(default);
        }
        Kind::Choice(default, names) => {
            value.kind = abi::TYPE_CHOICE;
            value.i64 = *default as i64;
            value.text = text(names[*default]);
            choices = names;
        }
    }
    abi::Param {
        struct_size: abi::size_of::<abi::Param>(),
        kind: value.kind,
        flags: 0,
        choice_count: choices.len() as u32,
        key: text(from.key),
        name: text(from.name),
        doc: text(from.doc),
        unit: text(from.unit),
        default_value: value,
        min: least,
        max: most,
        choices: texts(choices),
    }
}

/// The ABI's view of a strategy; made once a library.
pub fn descriptor<S: Strategy>() -> *const abi::Strategy {
    let params: Vec<*const abi::Param> = S::PARAMETERS.iter().map(|one| forever(param(one)) as *const _).collect();
    let about = S::ABOUT;
    forever(abi::Strategy {
        struct_size: abi::size_of::<abi::Strategy>(),
        flags: 0,
        id: text(about.id),
        aliases: texts(&[about.alias]),
        alias_count: 1,
        param_count: params.len() as u32,
        name: text(about.name),
        version: text(about.version),
        vendor: text(about.vendor),
        doc: text(about.doc),
        params: Box::leak(params.into_boxed_slice()).as_ptr(),
        state_version: 0,
        reserved: 0,
        create: create::<S>,
        destroy: destroy::<S>,
        requirements: requirements::<S>,
        analyze: analyze::<S>,
        save_state: None,
        load_state: None,
        get_extension: None,
    })
}

/// What the entry returns.
pub fn library(strategies: Vec<*const abi::Strategy>) -> &'static abi::Library {
    forever(abi::Library {
        struct_size: abi::size_of::<abi::Library>(),
        abi_major: abi::ABI_MAJOR,
        built_minor: abi::ABI_MINOR,
        min_host_minor: 0,
        strategy_count: strategies.len() as u32,
        reserved: 0,
        strategies: Box::leak(strategies.into_boxed_slice()).as_ptr(),
        build_info: text("Stratdock SDK 1.0, Rust"),
    })
}

/// Runs `work` and turns an error or a panic into a status and a text.
unsafe fn guard(error: *mut abi::Buffer, work: impl FnOnce() -> Result<(), (i32, String)>) -> i32 {
    // The panic's message goes to the host, not to a terminal that is not there.
    static QUIET: std::sync::Once = std::sync::Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
        Err((abi::FAILED, said.unwrap_or_else(|| "the strategy panicked".to_string())))
    });
    match outcome {
        Ok(()) => abi::OK,
        Err((status, said)) => {
            if let Some(buffer) = error.as_mut() {
                buffer.length = 0;
                append(buffer, &said);
            }
            status
        }
    }
}

unsafe extern "C" fn create<S: Strategy>(_: *const abi::Host, config: *const abi::Config, out: *mut *mut abi::Instance, error: *mut abi::Buffer) -> i32 {
    guard(error, || {
        let config = &*config;
        if config.value_count as usize != S::PARAMETERS.len() {
            return Err((abi::BAD_PARAMETERS, "the host gave another number of parameters than the schema has".to_string()));
        }
        let given: &[abi::Value] = if config.value_count == 0 { &[] } else { std::slice::from_raw_parts(config.values, config.value_count as usize) };
        let values = Values::new(S::PARAMETERS.iter().map(|one| one.key).collect(), given);
        let strategy = S::new(&values, config.seed).map_err(|said| (abi::BAD_PARAMETERS, said))?;
        let needs = strategy.requirements();
        *out = Box::into_raw(Box::new(Instance { strategy, needs, seen: 0 })) as *mut abi::Instance;
        Ok(())
    })
}

unsafe extern "C" fn destroy<S: Strategy>(instance: *mut abi::Instance) {
    guard(std::ptr::null_mut(), || {
        drop(Box::from_raw(instance as *mut Instance<S>));
        Ok(())
    });
}

unsafe extern "C" fn requirements<S: Strategy>(instance: *mut abi::Instance, out: *mut abi::Requirements, error: *mut abi::Buffer) -> i32 {
    guard(error, || {
        let needs = &(*(instance as *mut Instance<S>)).needs;
        (*out).warm_up_candles = needs.warm_up;
        (*out).window = needs.window.max(needs.warm_up);
        Ok(())
    })
}

unsafe extern "C" fn analyze<S: Strategy>(instance: *mut abi::Instance, input: *const abi::Input, decision: *mut abi::Decision, error: *mut abi::Buffer) -> i32 {
    guard(error, || {
        let me = &mut *(instance as *mut Instance<S>);
        let rows = &*(*input).candles;
        for row in (rows.count - rows.new_count)..rows.count {
            me.strategy.update(&candle_at(rows, row as usize));
            me.seen += 1;
        }
        let mut answer = Decision::new(&mut *decision);
        if me.seen == 0 || me.seen < u64::from(me.needs.warm_up) {
            answer.because(format_args!("warming up: {}/{}", me.seen, me.needs.warm_up));
            return Ok(());
        }
        me.strategy.decide(&Input::new(&*input), &mut answer);
        Ok(())
    })
}
