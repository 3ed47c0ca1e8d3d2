//! How fast the breach centre is: `cargo xtask bench incident [--entries N] [--people N] [--crowd N] [--only blast|contain]`.
//!
//! One part a file, each with its own promise; a part prints its figures beside what was asked for.
#![expect(clippy::print_stdout, reason = "the figures are what a person waits for")]

mod blast;
mod contain;
mod siege;
mod store;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

struct Options {
    /// Entries of the record, and people they are about: for who was touched.
    entries: u64,
    people: u64,
    /// People who are written to while the workspace is contained.
    crowd: usize,
    blast: bool,
    contain: bool,
}

fn options() -> Outcome<Options> {
    let mut options = Options { entries: 1_000_000, people: 10_000_000, crowd: 60_000, blast: true, contain: true };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--entries" => options.entries = value()?.parse()?,
            "--people" => options.people = value()?.parse()?,
            "--crowd" => options.crowd = value()?.parse()?,
            "--only" => match value()?.as_str() {
                "blast" => options.contain = false,
                "contain" => options.blast = false,
                other => return Err(format!("there is no part {other}; there are blast and contain").into()),
            },
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    Ok(options)
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Outcome<()> {
    let options = options()?;
    let mut met = true;
    if options.blast {
        met &= blast::measure(options.entries, options.people).await?;
    }
    if options.contain {
        met &= contain::measure(options.crowd).await?;
    }
    if !met {
        return Err("a figure was missed".into());
    }
    Ok(())
}
