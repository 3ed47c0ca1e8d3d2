//! Bundles `web/` into the binary, so that plain `cargo build` is enough.
//!
//! Promise: `npm ci --ignore-scripts` runs only when the lock file changed, in a copy under
//! `OUT_DIR`, so that the source tree stays clean and parallel builds do not meet.
//! `WAXWING_WEB_DIST=dir` (made by `node web/build.mjs dir`) skips Node altogether.
//! Limit: without that variable, Node 20 or later with npm must be on the path, and the
//! first build needs the npm registry.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

type Outcome<T> = Result<T, String>;

fn main() {
    for path in ["web/package-lock.json", "web/package.json", "web/build.mjs", "web/icons.txt", "web/src", "web/static"]
    {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rerun-if-env-changed=WAXWING_WEB_DIST");
    if let Err(reason) = bundle().and_then(|dist| describe(&dist)) {
        println!("cargo::error={reason}");
    }
}

/// The folder of finished files: given by the environment, or built here.
fn bundle() -> Outcome<PathBuf> {
    if let Some(given) = env::var_os("WAXWING_WEB_DIST") {
        return Ok(PathBuf::from(given));
    }
    let workshop = out_dir()?.join("npm");
    let dist = out_dir()?.join("web");
    copy_tree(Path::new("web"), &workshop).map_err(|e| format!("cannot copy web/ to {}: {e}", workshop.display()))?;
    install(&workshop)?;
    run("node", Command::new("node").arg("build.mjs").arg(&dist).current_dir(&workshop))?;
    Ok(dist)
}

/// Installs the packages named by the lock file, unless this very lock is installed already.
fn install(workshop: &Path) -> Outcome<()> {
    let stamp = workshop.join("installed.lock");
    let lock = fs::read(workshop.join("package-lock.json")).map_err(|e| format!("web/package-lock.json: {e}"))?;
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    // Install scripts are how a hijacked package reaches the builder; nothing here needs one.
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(workshop);
    run("npm", &mut npm)?;
    fs::write(&stamp, lock).map_err(|e| format!("cannot write {}: {e}", stamp.display()))
}

fn run(name: &str, command: &mut Command) -> Outcome<()> {
    let done = command.output().map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => format!(
            "{name} is missing: install Node 20 or later (Debian: apt install nodejs npm), or set WAXWING_WEB_DIST \
             to a folder made by `node web/build.mjs DIR` on another machine"
        ),
        _ => format!("cannot start {name}: {e}"),
    })?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(format!("{name} failed ({}): {}", done.status, said.trim().replace('\n', " | ")))
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_name() == "node_modules" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Writes the tables that `assets.rs` includes.
fn describe(dist: &Path) -> Outcome<()> {
    let dist = dist.canonicalize().map_err(|e| format!("{}: {e}", dist.display()))?;
    let manifest = dist.join("manifest.tsv");
    let lines = fs::read_to_string(&manifest).map_err(|e| format!("{}: {e}", manifest.display()))?;
    let (mut files, mut icons) = (String::new(), String::new());
    for line in lines.lines() {
        let parts: Vec<&str> = line.splitn(3, '\t').collect();
        let written = match parts[..] {
            ["file", name, hashed] => {
                let path = dist.join(hashed);
                writeln!(files, "File {{ name: {name:?}, hashed: {hashed:?}, bytes: include_bytes!({path:?}) }},")
            }
            ["icon", name, inner] => writeln!(icons, "({name:?}, {inner:?}),"),
            _ => {
                return Err(format!("{}: a line is not understood: {line}", manifest.display()));
            }
        };
        written.map_err(|e| e.to_string())?;
    }
    let tables = format!("static FILES: &[File] = &[{files}];\nstatic ICONS: &[(&str, &str)] = &[{icons}];\n");
    fs::write(out_dir()?.join("assets.rs"), tables).map_err(|e| format!("cannot write assets.rs: {e}"))
}

fn out_dir() -> Outcome<PathBuf> {
    env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| "OUT_DIR is not set; run me through cargo".to_owned())
}
