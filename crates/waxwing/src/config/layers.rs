//! Settings in rising strength: default, file, environment, option.

use super::ConfigError;
use super::keys::{KEYS, Key};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where a value came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// `waxwing.toml`.
    File,
    /// An environment variable.
    Environment,
    /// The command line.
    Option,
}

impl Source {
    /// The word shown by `waxwing config`.
    pub const fn name(self) -> &'static str {
        match self {
            Source::Default => "default",
            Source::File => "file",
            Source::Environment => "environment",
            Source::Option => "option",
        }
    }
}

/// A value and its source. No `Debug`: it may be a secret.
struct Given {
    text: String,
    source: Source,
}

/// What was said, by setting.
#[derive(Default)]
pub struct Layers {
    given: BTreeMap<&'static str, Given>,
}

/// The name of the settings file in a data directory.
pub fn file_in(data: &Path) -> PathBuf {
    data.join("waxwing.toml")
}

impl Layers {
    /// Reads the file of `data` if there is one, then the environment, then `options`.
    pub fn read(
        data: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
        options: &[(&'static str, Option<String>)],
    ) -> Result<Self, ConfigError> {
        let mut layers = Self::default();
        if let Some(file) = data.map(file_in).filter(|file| file.exists()) {
            layers.take_file(&file)?;
        }
        for key in KEYS {
            layers.set(key.name, environment(key.env), Source::Environment);
        }
        for (name, value) in options {
            layers.set(name, value.clone(), Source::Option);
        }
        Ok(layers)
    }

    /// What was said about a setting; empty text counts as nothing.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(|given| given.text.as_str()).filter(|text| !text.is_empty())
    }

    /// Where the value in force came from.
    pub fn source(&self, name: &str) -> Source {
        self.given.get(name).map_or(Source::Default, |given| given.source)
    }

    fn set(&mut self, name: &'static str, value: Option<String>, source: Source) {
        if let Some(text) = value {
            self.given.insert(name, Given { text: text.trim().to_owned(), source });
        }
    }

    fn take_file(&mut self, file: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|e| ConfigError::Read(file.to_owned(), e.kind()))?;
        let table: toml::Table =
            text.parse().map_err(|e: toml::de::Error| ConfigError::Toml(file.to_owned(), line_of(&text, &e)))?;
        for (section, inner) in table {
            let toml::Value::Table(inner) = inner else { return Err(ConfigError::Unknown(file.to_owned(), section)) };
            for (name, value) in inner {
                let full = format!("{section}.{name}");
                let key = find(&full).ok_or_else(|| ConfigError::Unknown(file.to_owned(), full.clone()))?;
                let text = plain(value).ok_or(ConfigError::Shape(key.name))?;
                self.set(key.name, Some(text), Source::File);
            }
        }
        Ok(())
    }
}

fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The line an error is on; its text could repeat a secret, so it is left out.
fn line_of(text: &str, error: &toml::de::Error) -> usize {
    let at = error.span().map_or(0, |span| span.start).min(text.len());
    text.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1
}

fn plain(value: toml::Value) -> Option<String> {
    Some(match value {
        toml::Value::String(text) => text,
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(flag) => flag.to_string(),
        toml::Value::Array(items) => {
            items.into_iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?.join(",")
        }
        _ => return None,
    })
}
