//! The book's commands, run as a reader would run them.
//!
//! Every frame of a page says what becomes of it; a frame that says nothing is an error, so that none is passed over.
//!
//! ```text
//!  sh              run, in the page's own folder       sh,background  started; goes on once the node listens
//!  sh,root         run in the repository's root        X,file=NAME    written, for the commands that follow
//!  text            shown only                          rust,ignore    an example of a crate, which cargo compiles
//! ```

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::cargo::{cargo, run as run_cargo, variable};

/// Where the book's nodes listen.
const ADDRESS: &str = "127.0.0.1:8545";

/// A frame of a page.
#[derive(Debug, PartialEq, Eq)]
enum Frame<'p> {
    Run(&'p str),
    RunInRoot(&'p str),
    Background(&'p str),
    File { name: &'p str, text: &'p str },
    Example(&'p str),
    Shown,
}

/// Runs every page in the order of the summary.
pub(crate) fn check(root: &Path, _: &[String]) -> Result<()> {
    let source = root.join("docs/src");
    let summary = fs::read_to_string(source.join("SUMMARY.md"))?;
    let pages = summary.lines().filter_map(|line| Some(line.split_once("](")?.1.split_once(')')?.0));
    // As the tests build it: other features of the same dependencies would have all of them compiled a second time.
    run_cargo(cargo(root).args(["test", "--workspace", "--no-run", "--test", "explain"]))?;
    for page in pages {
        let text = fs::read_to_string(source.join(page)).with_context(|| page.to_owned())?;
        let frames = frames(&text).with_context(|| page.to_owned())?;
        Page::new(root, page)?.run(&frames).with_context(|| page.to_owned())?;
    }
    Ok(())
}

/// A page while it is run.
struct Page {
    root: PathBuf,
    folder: PathBuf,
    path: std::ffi::OsString,
    nodes: Vec<Child>,
}

impl Page {
    fn new(root: &Path, page: &str) -> Result<Self> {
        let target = variable("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |named| root.join(named));
        let folder = target.join("book-check").join(page.trim_end_matches(".md"));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let known = variable("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(target.join("debug")).chain(std::env::split_paths(&known)))?;
        Ok(Self { root: root.to_owned(), folder, path, nodes: Vec::new() })
    }

    fn run(&mut self, frames: &[Frame<'_>]) -> Result<()> {
        for frame in frames {
            match frame {
                Frame::Run(script) => self.script(script, &self.folder)?,
                Frame::RunInRoot(script) => self.script(script, &self.root)?,
                Frame::Background(script) => self.start(script)?,
                Frame::File { name, text } => {
                    let path = self.folder.join(name);
                    fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
                    fs::write(path, text)?;
                }
                Frame::Example(path) => {
                    let file = self.root.join("docs/src").join(path);
                    ensure!(path.contains("/examples/") && file.is_file(), "no example of a crate: {path}");
                }
                Frame::Shown => {}
            }
        }
        Ok(())
    }

    fn bash(&self, script: &str, folder: &Path) -> Command {
        eprintln!("+ {}", script.trim_end());
        let mut command = Command::new("bash");
        command
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(folder)
            .env("PATH", &self.path)
            .stdin(Stdio::null());
        command
    }

    fn script(&self, script: &str, folder: &Path) -> Result<()> {
        let status = self.bash(script, folder).status().context("cannot start bash")?;
        ensure!(status.success(), "{status}:\n{script}");
        Ok(())
    }

    /// Starts a node, and waits until it has told its address.
    fn start(&mut self, script: &str) -> Result<()> {
        ensure!(TcpStream::connect(ADDRESS).is_err(), "somebody listens on {ADDRESS} already");
        let mut node = self.bash(&format!("exec {script}"), &self.folder).stdout(Stdio::piped()).spawn()?;
        let mut told = BufReader::new(node.stdout.take().context("it has an output")?);
        self.nodes.push(node);
        let mut line = String::new();
        while !line.contains(ADDRESS) {
            line.clear();
            ensure!(told.read_line(&mut line)? > 0, "it ended before it listened:\n{script}");
        }
        // What it says later has to go somewhere as long as it lives.
        std::thread::Builder::new().spawn(move || std::io::copy(&mut told, &mut std::io::sink()))?;
        Ok(())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            let _ = node.kill();
            let _ = node.wait();
        }
    }
}

/// The frames of a page, in order.
fn frames(page: &str) -> Result<Vec<Frame<'_>>> {
    let mut frames = Vec::new();
    let mut rest = page;
    while let Some((_, opened)) = split_at_fence(rest) {
        let (info, body) = opened.split_once('\n').context("a frame without an end")?;
        let (text, after) = split_at_fence(body).context("a frame without an end")?;
        let info: Vec<&str> = info.trim().split(',').collect();
        frames.push(match info.as_slice() {
            ["sh"] => Frame::Run(text),
            ["sh", "root"] => Frame::RunInRoot(text),
            ["sh", "background"] => Frame::Background(text),
            ["text"] => Frame::Shown,
            ["rust", "ignore"] => Frame::Example(included(text)?),
            [_, file] if file.starts_with("file=") => Frame::File { name: file.trim_start_matches("file="), text },
            other => bail!("a frame that does not say what becomes of it: {}", other.join(",")),
        });
        rest = after;
    }
    Ok(frames)
}

/// What is before and after the next line that begins with three backticks.
fn split_at_fence(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix("```") {
        Some(after) => Some(("", after)),
        None => text.find("\n```").map(|at| (&text[..=at], &text[at + 4..])),
    }
}

fn included(text: &str) -> Result<&str> {
    let path = text.trim().strip_prefix("{{#include ").and_then(|rest| rest.strip_suffix("}}"));
    path.context("Rust in the book is an example of a crate, included")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_say_what_becomes_of_them() {
        let page =
            "a\n```sh\nls\n```\nb\n```js,file=a/b.mjs\nx\ny\n```\n```text\nz\n```\n```sh,background\nnode\n```\n";
        let expected = [
            Frame::Run("ls\n"),
            Frame::File { name: "a/b.mjs", text: "x\ny\n" },
            Frame::Shown,
            Frame::Background("node\n"),
        ];
        assert_eq!(frames(page).unwrap(), expected);
        assert_eq!(frames("```sh,root\nls\n```").unwrap(), [Frame::RunInRoot("ls\n")]);
    }

    #[test]
    fn a_frame_that_says_nothing_is_an_error() {
        for page in [
            "```\nls\n```\n",
            "```console\n$ ls\n```\n",
            "```sh,skip\nls\n```\n",
            "```rust,ignore\nlet a;\n```\n",
            "```sh\nls\n",
        ] {
            assert!(frames(page).is_err(), "{page}");
        }
    }
}
