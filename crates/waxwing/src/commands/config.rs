//! `waxwing config`: every setting, what it means, what holds and who said so.

use crate::config::{KEYS, Key, Layers, file_in};
use crate::output::Output;
use serde_json::{Value, json};
use std::path::Path;

/// Lists the settings; secrets are withheld.
pub fn run(data: Option<&Path>, layers: &Layers, output: Output) -> anyhow::Result<Value> {
    if let Some(data) = data {
        output.say(format!("Settings file: {}", file_in(data).display()));
    }
    output.say("Options beat environment variables, which beat the file, which beats the default.\n");
    for key in KEYS {
        output.say(words(key, layers));
    }
    Ok(json!({ "settings": KEYS.iter().map(|key| entry(key, layers)).collect::<Vec<_>>() }))
}

fn shown<'a>(key: &'a Key, layers: &'a Layers) -> &'a str {
    match layers.text(key.name) {
        Some(_) if key.secret => "(set, withheld)",
        Some(text) => text,
        None if key.default.is_empty() => "(none)",
        None => key.default,
    }
}

fn words(key: &Key, layers: &Layers) -> String {
    let (value, source) = (shown(key, layers), layers.source(key.name).name());
    let default = if key.default.is_empty() { "(none)" } else { key.default };
    format!(
        "{} = {value}   [{source}]\n    {}.\n    default: {default}   environment: {}\n",
        key.name, key.meaning, key.env
    )
}

fn entry(key: &Key, layers: &Layers) -> Value {
    let value = (!key.secret).then(|| layers.text(key.name)).flatten();
    json!({
        "name": key.name, "environment": key.env, "default": key.default, "meaning": key.meaning,
        "value": value, "set": layers.text(key.name).is_some(), "source": layers.source(key.name).name(),
    })
}
