//! Runs the target named by `WAXWING_FUZZ` under libFuzzer: `WAXWING_FUZZ=email cargo +nightly fuzz run any`.
#![no_main]

use std::sync::LazyLock;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("WAXWING_FUZZ").expect("WAXWING_FUZZ names a target");
    let found = waxwing_fuzz::TARGETS.iter().find(|(name, _)| *name == wanted);
    found.unwrap_or_else(|| panic!("no target is called {wanted}")).1
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));
