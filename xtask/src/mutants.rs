//! Take each fix out again and see its scenario fail.
//!
//! ```text
//!  mutants.txt ──▶ a copy of the repository, target/mutants
//!                    once unchanged:  every scenario passes
//!                    for each mutant: one edit, build, the scenarios that it names must fail, edit taken back
//! ```
//!
//! A scenario that passes without its fix guards nothing. `cargo xtask tidy` holds that every edit still fits the code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::{CompilerMessage, Message};
use ignore::WalkBuilder;

use crate::cargo::cargo;

/// The list.
pub(crate) const LIST: &str = "xtask/mutants.txt";

/// Where the scenarios begin.
const SCENARIOS: &str = "crates/bench/tests/scenarios/main.rs";

/// A scenario that takes longer than this was caught as well: it hangs.
const RUN_MAX: Duration = Duration::from_secs(120);

/// One fix taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mutant {
    /// What it was, and whose bug.
    pub(crate) what: String,
    /// The scenarios that must fail.
    pub(crate) scenarios: Vec<String>,
    /// The file that is changed.
    pub(crate) file: String,
    /// The text that is taken out; it stands in the file once.
    pub(crate) from: String,
    /// What comes in its place.
    pub(crate) to: String,
}

/// Reads the list. Mutants are separated by empty lines; a line begins with what it says: `#` what, `fails` a scenario,
/// `in` a file, `-` the text taken out, `+` the text put in.
pub(crate) fn parse(list: &str) -> Result<Vec<Mutant>> {
    let mut mutants = Vec::new();
    for block in list.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let mut mutant = Mutant::default();
        for line in block.lines().filter(|line| !line.is_empty()) {
            let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
            match kind {
                "#" => mutant.what = format!("{} {rest}", mutant.what).trim().to_owned(),
                "fails" => mutant.scenarios.push(rest.to_owned()),
                "in" => mutant.file = rest.to_owned(),
                "-" => mutant.from = rest.to_owned(),
                "+" => mutant.to = rest.to_owned(),
                _ => bail!("{LIST}: what is {line:?}?"),
            }
        }
        let is_note = mutant.scenarios.is_empty() && mutant.file.is_empty() && mutant.from.is_empty();
        if !is_note {
            let is_whole = !mutant.scenarios.is_empty() && !mutant.file.is_empty() && !mutant.from.is_empty();
            ensure!(is_whole, "{LIST}: {:?} is not complete", mutant.what);
            mutants.push(mutant);
        }
    }
    Ok(mutants)
}

impl Mutant {
    /// The file's text with the fix taken out; `None` unless the edit fits exactly once.
    pub(crate) fn apply(&self, text: &str) -> Option<String> {
        (text.matches(&self.from).count() == 1).then(|| text.replacen(&self.from, &self.to, 1))
    }
}

/// Runs the mutants whose text or scenarios hold one of the words; all if there are none.
pub(crate) fn run(root: &Path, words: &[String]) -> Result<()> {
    let all = parse(&fs::read_to_string(root.join(LIST)).context(LIST)?)?;
    let is_asked_for = |mutant: &Mutant| {
        let text = format!("{} {} {}", mutant.what, mutant.scenarios.join(" "), mutant.file);
        words.is_empty() || words.iter().any(|word| text.contains(word.as_str()))
    };
    let mut mutants: Vec<&Mutant> = all.iter().filter(|mutant| is_asked_for(mutant)).collect();
    // Those of one crate one after another: what lies below it is not built again between them.
    mutants.sort_by_key(|mutant| &mutant.file);
    ensure!(!mutants.is_empty(), "no mutant is called so");
    let tree = root.join("target/mutants");
    copy(root, &tree)?;
    let names: BTreeSet<&String> = mutants.iter().flat_map(|mutant| &mutant.scenarios).collect();
    let scenarios = build(&tree)?.context("the scenarios do not build")?;
    for name in names {
        ensure!(passes(&tree, &scenarios, name)?, "{name} fails, and nothing was taken out");
    }
    let mut survived = Vec::new();
    for mutant in &mutants {
        println!("{} ({})", mutant.what, mutant.file);
        survived.extend(try_one(&tree, mutant)?);
    }
    ensure!(survived.is_empty(), "these scenarios pass without their fix:\n{}", survived.join("\n"));
    println!("{} mutants: every scenario fails without its fix", mutants.len());
    Ok(())
}

/// Takes one fix out; gives the scenarios that pass all the same.
fn try_one(tree: &Path, mutant: &Mutant) -> Result<Vec<String>> {
    let path = tree.join(&mutant.file);
    let original = fs::read_to_string(&path).with_context(|| mutant.file.clone())?;
    let changed = mutant.apply(&original).with_context(|| format!("{}: does not fit {}", mutant.what, mutant.file))?;
    fs::write(&path, changed)?;
    let judged = judge(tree, mutant);
    fs::write(&path, original)?;
    judged
}

fn judge(tree: &Path, mutant: &Mutant) -> Result<Vec<String>> {
    let scenarios = build(tree)?.with_context(|| format!("{}: does not compile", mutant.what))?;
    let mut survived = Vec::new();
    for name in &mutant.scenarios {
        let has_passed = passes(tree, &scenarios, name)?;
        println!("  {name}: {}", if has_passed { "PASSES" } else { "fails, as it should" });
        if has_passed {
            survived.push(format!("{name}: {}", mutant.what));
        }
    }
    Ok(survived)
}

/// Builds the scenarios and says where they are; `None` if they do not compile.
fn build(tree: &Path) -> Result<Option<PathBuf>> {
    // As all tests are built, so that dependencies are there already; and in steps, as an edit is a small one.
    let arguments = ["test", "--workspace", "--test", "scenarios", "--no-run", "--quiet"];
    let mut command = cargo(tree);
    command.args(arguments).args(["--message-format", "json", "--target-dir", ".."]).env("CARGO_INCREMENTAL", "1");
    let output = command.stderr(Stdio::inherit()).output()?;
    let mut found = None;
    for message in Message::parse_stream(&output.stdout[..]) {
        match message? {
            // Other crates have tests of this name too.
            Message::CompilerArtifact(artifact) if artifact.target.src_path.ends_with(SCENARIOS) => {
                found = artifact.executable;
            }
            Message::CompilerMessage(CompilerMessage { message, .. }) if !output.status.success() => {
                println!("{message}");
            }
            _ => {}
        }
    }
    Ok(found.filter(|_| output.status.success()).map(PathBuf::from))
}

/// Runs one scenario.
fn passes(tree: &Path, scenarios: &Path, name: &str) -> Result<bool> {
    let mut command = Command::new(scenarios);
    command.args(["--exact", name]).current_dir(tree.join("crates/bench")).stderr(Stdio::null());
    let mut child = command.stdout(Stdio::null()).spawn().context("the scenarios do not start")?;
    Ok(wait(&mut child)?.is_some_and(|status| status.success()))
}

/// How the process ended; `None` if it had to be ended.
#[expect(
    clippy::disallowed_methods,
    reason = "a child tells nobody when it ends; its status is asked for again and again"
)]
fn wait(child: &mut Child) -> Result<Option<ExitStatus>> {
    let start = Instant::now();
    while start.elapsed() < RUN_MAX {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// Brings the copy up to date; files that are as they were keep their time, so that little is built again.
fn copy(root: &Path, tree: &Path) -> Result<()> {
    for entry in WalkBuilder::new(root).require_git(false).build() {
        let entry = entry?;
        let target = tree.join(entry.path().strip_prefix(root)?);
        if entry.file_type().is_some_and(|kind| kind.is_dir()) {
            fs::create_dir_all(&target)?;
        } else if entry.file_type().is_some_and(|kind| kind.is_file()) {
            let content = fs::read(entry.path())?;
            if fs::read(&target).ok().as_ref() != Some(&content) {
                fs::write(&target, content)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_an_edit_fits_once_or_not_at_all() {
        let list = "# a note\n\n# the bug\n# in two lines\nfails a::b\nfails a::c\nin src/x.rs\n- if one == two {\n+ if true {\n";
        let mutants = parse(list).unwrap();
        assert_eq!(mutants.len(), 1);
        let mutant = &mutants[0];
        assert_eq!((mutant.what.as_str(), mutant.scenarios.len()), ("the bug in two lines", 2));
        assert_eq!(mutant.apply("x\n  if one == two { y }\n").as_deref(), Some("x\n  if true { y }\n"));
        assert_eq!(mutant.apply("if one == two {} if one == two {}"), None);
        assert_eq!(mutant.apply(""), None);
    }

    #[test]
    fn a_list_that_is_not_complete_is_refused() {
        assert!(parse("# what\nfails a\nin b\n").is_err());
        assert!(parse("# what\nin b\n- c\n+ d\n").is_err());
        assert!(parse("what\n").is_err());
    }
}
