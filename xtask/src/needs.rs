//! What the tests need besides Rust: PostgreSQL, Chromium with its driver, two DKIM verifiers, a
//! tool that reads the API's document, an identity provider.

use crate::tool::{self, find, run, say, works};
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// One thing that must be there.
struct Need {
    what: &'static str,
    /// Debian's packages.
    packages: &'static [&'static str],
    there: fn() -> bool,
}

const TESTS: &[Need] = &[
    Need { what: "PostgreSQL 15 or later", packages: &["postgresql"], there: || postgres_bin().is_some() },
    Need { what: "Chromium", packages: &["chromium"], there: || chromium().is_some() },
    Need { what: "ChromeDriver", packages: &["chromium-driver"], there: || find("chromedriver", &[]).is_some() },
    Need {
        what: "Node 20 or later with npm",
        packages: &["nodejs", "npm"],
        there: || works("node", &["--version"]) && works("npm", &["--version"]),
    },
    Need { what: "Python 3 with venv", packages: &["python3", "python3-venv"], there: has_python },
    // The tools bring the library under whatever name this Debian has for it.
    Need { what: "OpenDKIM's library", packages: &["opendkim-tools"], there: has_opendkim },
];

const BENCHES: &[Need] = &[
    Need { what: "PostgreSQL 15 or later", packages: &["postgresql"], there: || postgres_bin().is_some() },
    Need { what: "Postfix's smtp-sink and smtp-source", packages: &["postfix"], there: has_sink },
];

/// Sees to it that tests can run.
pub fn for_tests() -> Result<()> {
    provide(TESTS)
}

/// Sees to it that benches can run.
pub fn for_benches() -> Result<()> {
    provide(BENCHES)
}

/// PostgreSQL's programs, the newest of 15 or later.
pub fn postgres_bin() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest =
        versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).filter(|&v| v >= 15).max();
    let debian = newest.map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    debian.or_else(|| find("initdb", &[]).and_then(|file| file.parent().map(PathBuf::from)))
}

/// Chromium by any of its names.
pub fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| find(name, &[]))
}

/// A folder to put before the path so that `python3` has dkimpy, where the system's own has not.
pub fn verifier_path() -> Result<Option<PathBuf>> {
    const IMPORT: [&str; 2] = ["-c", "import dkim, nacl.signing"];
    if works("python3", &IMPORT) {
        return Ok(None);
    }
    let venv = tool::root().join("target/xtask/venv");
    let python = venv.join("bin/python3");
    if !works(&python.to_string_lossy(), &IMPORT) {
        say("xtask: making a Python environment with dkimpy in target/xtask/venv");
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "dkimpy==1.1.8", "PyNaCl"]))?;
    }
    Ok(Some(venv.join("bin")))
}

/// Schemathesis, which asks the API what its document does not expect: by its lock file into target/.
pub fn schemathesis() -> Result<PathBuf> {
    let lock = tool::root().join("crates/waxwing/tests/contract/requirements.txt");
    let venv = tool::root().join("target/xtask/schemathesis");
    let (program, installed) = (venv.join("bin/schemathesis"), venv.join("requirements.txt"));
    let wanted = std::fs::read(&lock)?;
    if program.is_file() && std::fs::read(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(program);
    }
    say("xtask: making a Python environment with Schemathesis in target/xtask/schemathesis");
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    run(Command::new(venv.join("bin/python3"))
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "-r"])
        .arg(&lock))?;
    std::fs::write(installed, wanted)?;
    Ok(program)
}

/// axe-core, which the browser tests check pages with: installed by its lock file into target/.
pub fn axe() -> Result<PathBuf> {
    let to = by_lock_file("crates/waxwing/tests/axe", "target/xtask/axe", "node_modules/axe-core/axe.min.js")?;
    Ok(to.join("node_modules/axe-core/axe.min.js"))
}

/// An identity provider, which signing in is tested against: installed by its lock file into target/, beside the program
/// that runs it.
pub fn provider() -> Result<PathBuf> {
    let from = "crates/waxwing-app/tests/provider";
    let to = by_lock_file(from, "target/xtask/provider", "node_modules/oidc-provider/package.json")?;
    std::fs::copy(tool::root().join(from).join("server.mjs"), to.join("server.mjs"))?;
    Ok(to)
}

/// Installs what a folder's lock file says into another, unless that was done; gives that folder.
fn by_lock_file(from: &str, to: &str, there: &str) -> Result<PathBuf> {
    let (from, to) = (tool::root().join(from), tool::root().join(to));
    let lock = std::fs::read(from.join("package-lock.json"))?;
    if to.join(there).is_file() && std::fs::read(to.join("package-lock.json")).is_ok_and(|installed| installed == lock)
    {
        return Ok(to);
    }
    std::fs::create_dir_all(&to)?;
    std::fs::write(to.join("package-lock.json"), lock)?;
    std::fs::copy(from.join("package.json"), to.join("package.json"))?;
    let mut npm = Command::new("npm");
    run(npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&to))?;
    Ok(to)
}

fn has_python() -> bool {
    works("python3", &["-c", "import dkim, nacl.signing"]) || works("python3", &["-c", "import venv, ensurepip"])
}

fn has_opendkim() -> bool {
    let probe = "import ctypes.util; ctypes.CDLL(ctypes.util.find_library('opendkim') or 'missing')";
    works("python3", &["-c", probe])
}

fn has_sink() -> bool {
    let places = [PathBuf::from("/usr/sbin"), PathBuf::from("/usr/libexec/postfix")];
    ["smtp-sink", "smtp-source"].iter().all(|name| find(name, &places).is_some())
}

fn provide(needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.there)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    let names: Vec<&str> = missing.iter().map(|need| need.what).collect();
    match installer() {
        Some(installer) => install(installer, &packages)?,
        None => bail!("missing: {}. On Debian: sudo apt-get install {}", names.join(", "), packages.join(" ")),
    }
    match needs.iter().find(|need| !(need.there)()) {
        Some(need) => bail!("{} is still missing after installing {}", need.what, need.packages.join(" ")),
        None => Ok(()),
    }
}

/// How packages may be installed without asking anybody: as root, or by a sudo that wants no password.
fn installer() -> Option<&'static [&'static str]> {
    find("apt-get", &[])?;
    if is_root() {
        return Some(&["env"]);
    }
    works("sudo", &["-n", "true"]).then_some(&["sudo", "-n"])
}

/// Whether this process is root.
pub fn is_root() -> bool {
    tool::ask(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

fn install(by: &[&str], packages: &[&str]) -> Result<()> {
    say(&format!("xtask: installing {}", packages.join(", ")));
    let apt = |words: &[&str]| {
        let mut command = Command::new(by[0]);
        command.args(&by[1..]).args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]).args(words);
        run(&mut command)
    };
    apt(&["update"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}
