//! The explorer and the page of `parallax explain` in a real browser, made by the real binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::cargo::{cargo, run, variable};

/// Where Debian puts it.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Builds the binary, sees to a browser and its driver, and runs `explorer/test`.
pub(crate) fn test(root: &Path, _: &[String]) -> Result<()> {
    // As the tests build it: other features of the same dependencies would have all of them compiled a second time.
    run(cargo(root).args(["test", "--workspace", "--no-run", "--test", "explain"]))?;
    let chromium = chromium()?;
    let folder = root.join("explorer/test");
    if !folder.join("node_modules").is_dir() {
        call(Command::new("npm").args(["ci", "--no-fund", "--no-audit"]).current_dir(&folder))?;
    }
    let target = variable("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |named| root.join(named));
    call(
        Command::new("npm")
            .args(["test", "--silent"])
            .current_dir(&folder)
            .env("PARALLAX", target.join("debug/parallax"))
            .env("CHROMIUM", chromium),
    )
}

/// The browser: the one that is named, or Debian's, installed where that is possible.
fn chromium() -> Result<PathBuf> {
    if let Some(named) = variable("CHROMIUM") {
        return Ok(named.into());
    }
    if !Path::new(CHROMIUM).exists() {
        call(Command::new("apt-get").args(["update", "--quiet"]))?;
        call(
            Command::new("apt-get")
                .args(["install", "--yes", "--quiet", "--no-install-recommends", "chromium"])
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )?;
    }
    if !Path::new(CHROMIUM).exists() {
        bail!("no browser: install Chromium and name it in CHROMIUM");
    }
    Ok(CHROMIUM.into())
}

/// Runs a command to its end; anything but success is an error that shows it.
fn call(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    eprintln!("+ {shown}");
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start {shown}"))?;
    ensure!(status.success(), "{shown} failed: {status}");
    Ok(())
}
