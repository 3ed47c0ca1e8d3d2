//! `waxwing demo`.

use crate::cli::Demo;
use crate::output::Output;
use serde_json::Value;

/// Runs the demo.
pub async fn run(demo: Demo, _output: Output) -> anyhow::Result<Value> {
    anyhow::bail!("the demo is not part of this version (once: {}, {})", demo.once, demo.listen)
}
