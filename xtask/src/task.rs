//! The tasks, one function each.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::cargo::{DENY, NEXTEST, cargo, install, run, variable};
use crate::{book, browser, first_command, mutants, tidy};

/// Something `cargo xtask` can do.
pub(crate) struct Task {
    /// The word that calls it.
    pub(crate) name: &'static str,
    /// One line for the list of tasks.
    pub(crate) summary: &'static str,
    /// Does it, from the root, with the arguments after the name.
    pub(crate) run: fn(&Path, &[String]) -> Result<()>,
    /// Whether `.ci/run` calls it; others are for a desk.
    pub(crate) is_in_ci: bool,
}

/// All tasks, in the order in which they are worth running: the quick ones first.
pub(crate) const TASKS: [Task; 10] = [
    Task { name: "fmt", summary: "check the format (`cargo fmt` mends it)", run: fmt, is_in_ci: true },
    Task { name: "tidy", summary: "check the rules that a compiler does not know", run: check_tidy, is_in_ci: true },
    Task { name: "lint", summary: "run clippy over all targets; a warning is an error", run: lint, is_in_ci: true },
    Task { name: "docs", summary: "build the documentation; a warning is an error", run: docs, is_in_ci: true },
    Task { name: "deny", summary: "check licences, sources and bans of the dependencies", run: deny, is_in_ci: true },
    Task {
        name: "test",
        summary: "run doc tests, then all others; arguments go to nextest alone",
        run: test,
        is_in_ci: true,
    },
    Task {
        name: "mutants",
        summary: "take each fix out again and see its scenario fail; arguments choose mutants",
        run: mutants::run,
        is_in_ci: false,
    },
    Task {
        name: "browser",
        summary: "look at the explorer with Chromium, which is installed if need be",
        run: browser::test,
        is_in_ci: true,
    },
    Task { name: "book", summary: "run every command of the book", run: book::check, is_in_ci: true },
    Task {
        name: "first-command",
        summary: "start the README's first command, ask it something, end it",
        run: first_command::run,
        is_in_ci: true,
    },
];

/// The list of tasks.
pub(crate) fn usage() -> String {
    let line = |task: &Task| {
        let place = if task.is_in_ci { "" } else { " (at a desk only)" };
        format!("  {:13} {}{place}\n", task.name, task.summary)
    };
    let list: String = TASKS.iter().map(line).collect();
    format!("usage: cargo xtask <task>\n\n{list}")
}

fn fmt(root: &Path, _: &[String]) -> Result<()> {
    run(cargo(root).args(["fmt", "--all", "--check"]))
}

fn check_tidy(root: &Path, _: &[String]) -> Result<()> {
    let findings = tidy::findings(root)?;
    for finding in &findings {
        println!("{finding}");
    }
    ensure!(findings.is_empty(), "{} findings", findings.len());
    println!("tidy: {} checks hold", tidy::CHECKS.len());
    Ok(())
}

fn lint(root: &Path, _: &[String]) -> Result<()> {
    run(cargo(root).args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn docs(root: &Path, _: &[String]) -> Result<()> {
    run(cargo(root).args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

/// Advisories are left out: their database lives on a host that an offline machine does not reach.
fn deny(root: &Path, _: &[String]) -> Result<()> {
    install(root, &DENY)?;
    run(cargo(root).args(["deny", "--all-features", "check", "bans", "licenses", "sources"]))
}

/// nextest comes last, so that its summary closes the output. Arguments choose tests, so they leave doc tests out.
fn test(root: &Path, arguments: &[String]) -> Result<()> {
    install(root, &NEXTEST)?;
    let named = data(root, variable("PARALLAX_DATA"))?;
    match &named {
        Some(folder) => eprintln!("data: {}, all of it, or tests fail", folder.display()),
        None => match missing(&root.join("data")) {
            missing if missing.is_empty() => eprintln!("data: data/"),
            missing => eprintln!("SKIPPED: tests of {} (see data/README.md)", missing.join(", ")),
        },
    }
    let environment = named.map(|folder| ("PARALLAX_DATA", folder));
    if arguments.is_empty() {
        run(cargo(root).args(["test", "--workspace", "--doc", "--quiet"]).envs(environment.clone()))?;
    }
    // All tests, or all slow ones; not where the arguments name some.
    if arguments.is_empty() || arguments.first().is_some_and(|argument| argument == "--profile") {
        run(cargo(root).args(["nextest", "run"]).args(INTERLEAVINGS).args(arguments))?;
    }
    run(cargo(root).args(["nextest", "run", "--workspace"]).args(arguments).envs(environment))
}

/// What waits for each other, with locks and threads that shuttle controls: a build of its own, in which no other test works.
const INTERLEAVINGS: [&str; 8] = [
    "--package",
    "parallax-scheduler",
    "--package",
    "parallax-evm",
    "--features",
    "parallax-scheduler/shuttle,parallax-evm/shuttle",
    "-E",
    "test(shuttle)",
];

/// What the data folder lacks.
fn missing(data: &Path) -> Vec<&'static str> {
    const FOLDERS: [&str; 7] =
        ["mainnet-blocks", "mainnet-witness", "mainnet-recent", "contracts", "fixtures", "rpc", "chains"];
    FOLDERS.into_iter().filter(|folder| !data.join(folder).is_dir()).collect()
}

/// The folder with real blocks and official vectors that the variable names; tests look into `data/` by themselves where it
/// names none.
fn data(root: &Path, named: Option<OsString>) -> Result<Option<PathBuf>> {
    let Some(named) = named else { return Ok(None) };
    if named.is_empty() {
        bail!("PARALLAX_DATA is set but empty");
    }
    let folder = root.join(named);
    let folder = folder.canonicalize().with_context(|| format!("PARALLAX_DATA: no folder {}", folder.display()))?;
    Ok(Some(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_data_folder_must_exist() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(data(root, Some("src".into())).unwrap(), Some(root.join("src").canonicalize().unwrap()));
        assert!(data(root, Some("nowhere".into())).unwrap_err().to_string().contains("nowhere"));
        assert!(data(root, Some(OsString::new())).is_err());
    }

    #[test]
    fn what_a_data_folder_lacks_is_named() {
        assert_eq!(data(Path::new(env!("CARGO_MANIFEST_DIR")), None).unwrap(), None, "nobody named one");
        let lacks = missing(Path::new(env!("CARGO_MANIFEST_DIR")));
        assert!(lacks.contains(&"mainnet-blocks") && lacks.contains(&"fixtures"), "{lacks:?}");
    }

    #[test]
    fn every_task_is_in_the_justfile_and_where_it_belongs_in_ci() {
        for task in &TASKS {
            let call = format!("cargo xtask {}", task.name);
            assert!(include_str!("../../justfile").contains(&call), "justfile: {call}");
            assert_eq!(include_str!("../../.ci/run").contains(&call), task.is_in_ci, ".ci/run: {call}");
        }
    }
}
