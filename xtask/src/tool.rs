//! Running other programs.

use anyhow::{Context as _, Result, bail};
use std::env;
use std::io::{BufRead as _, BufReader, Write as _, stderr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One line on standard error.
pub fn say(line: &str) {
    // Nobody left to read is no reason to stop.
    let _gone = writeln!(stderr(), "{line}");
}

/// Cargo, as the one that runs us.
pub fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words).current_dir(root());
    command
}

/// The repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Runs a program to its end; an error when it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{name} could not be started"))?;
    if status.success() { Ok(()) } else { bail!("{name} failed ({status})") }
}

/// What a program prints, when it succeeds.
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a program is there and answers well.
pub fn works(program: &str, words: &[&str]) -> bool {
    ask(Command::new(program).args(words)).is_some()
}

/// Where a program is, on the path or in one of `places`.
pub fn find(program: &str, places: &[PathBuf]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|dir| dir.join(program));
    on_path.chain(places.iter().map(|dir| dir.join(program))).find(|file| file.is_file())
}

/// Runs a program, passes every line on and shows it to `seen`; says whether it succeeded.
pub fn watch(command: &mut Command, mut seen: impl FnMut(&str)) -> Result<bool> {
    let name = command.get_program().to_string_lossy().into_owned();
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().with_context(|| format!("{name} could not be started"))?;
    // The command keeps our ends of the pipe open; without this the loop below never ends.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    for line in BufReader::new(reader).split(b'\n') {
        let line = line?;
        let text = String::from_utf8_lossy(&line);
        say(&text);
        seen(&text);
    }
    Ok(child.wait()?.success())
}
