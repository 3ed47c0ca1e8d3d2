//! How fast the breach centre is: `cargo xtask bench incident [ENTRIES] [PEOPLE]`.
//!
//! One part a file, each with its own promise; a part prints its figures beside what was asked for.
#![expect(clippy::print_stdout, reason = "the figures are what a person waits for")]

mod blast;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Outcome<()> {
    let number = |place, usual| std::env::args().nth(place).map_or(Ok(usual), |text| text.parse());
    let (entries, people) = (number(1, 1_000_000)?, number(2, 10_000_000)?);
    blast::measure(entries, people).await
}
