//! The demo's journey, as the first command of the README promises it.

use super::house::last_json;
use std::process::Command;

#[test]
fn the_demo_does_the_whole_journey_by_itself() {
    let output = Command::new(env!("CARGO_BIN_EXE_waxwing"))
        .args(["demo", "--once", "--json"])
        .env_remove("WAXWING_DATA")
        .output();
    let output = output.expect("the binary starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = last_json(&output);
    assert_eq!((told["audience"].as_i64(), told["twice"].as_i64()), (Some(5_001), Some(0)), "{told}");
}
