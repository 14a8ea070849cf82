//! Call cargo and its subcommands from the repository's root.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// A subcommand of cargo that a fresh machine may lack.
pub(crate) struct Tool {
    /// As in `cargo <subcommand>`.
    pub(crate) subcommand: &'static str,
    /// The package that brings it.
    pub(crate) package: &'static str,
    /// The version to install where there is none; an installed one is taken as it is.
    pub(crate) version: &'static str,
}

/// Runs the tests.
pub(crate) const NEXTEST: Tool = Tool { subcommand: "nextest", package: "cargo-nextest", version: "0.9.143" };

/// Judges the dependencies.
pub(crate) const DENY: Tool = Tool { subcommand: "deny", package: "cargo-deny", version: "0.20.2" };

/// The repository's root: the parent of this package.
pub(crate) fn root() -> Result<PathBuf> {
    let manifest = variable("CARGO_MANIFEST_DIR").context("run it as `cargo xtask`")?;
    let root = Path::new(&manifest).parent().context("the package has no parent folder")?;
    Ok(root.to_owned())
}

/// Reads a variable of the environment.
#[expect(clippy::disallowed_methods, reason = "a binary; the one place where it reads the environment")]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// A cargo command in the root, free of what the outer cargo left in the environment.
///
/// Build scripts that watch those variables would otherwise run again at each change between `cargo xtask` and `cargo`.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(variable("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    for name in inherited() {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end; anything but success is an error that shows the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    let shown = format!("cargo {}", shown.join(" "));
    eprintln!("+ {shown}");
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    ensure!(status.success(), "`{shown}` failed: {status}");
    Ok(())
}

/// Installs a tool from the registry unless some version of it is there.
///
/// The tool is built without its authors' costly release settings: it runs for seconds and is built on small machines.
pub(crate) fn install(root: &Path, tool: &Tool) -> Result<()> {
    let probe = cargo(root)
        .args([tool.subcommand, "--version"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cannot start cargo")?;
    if probe.success() {
        return Ok(());
    }
    run(cargo(root)
        .args(["install", "--locked", "--version", tool.version, tool.package])
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"))
}

/// Variables that `cargo run` sets for the program it starts.
#[expect(clippy::disallowed_methods, reason = "a binary; only names are read")]
fn inherited() -> Vec<OsString> {
    let set = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
    let is_set = |name: &OsString| name.to_str().is_some_and(|name| set.iter().any(|prefix| name.starts_with(prefix)));
    std::env::vars_os().map(|(name, _)| name).filter(is_set).collect()
}
