//! Tells the program which compiler built it and from which commit, for the lines above its tables.

use std::process::Command;

#[expect(clippy::disallowed_methods, reason = "the build reads what cargo and its caller tell it")]
fn main() {
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let commit = std::env::var("PARALLAX_COMMIT").ok();
    let commit = commit.or_else(|| first_line("git", &["rev-parse", "--short=12", "HEAD"]));
    println!("cargo:rustc-env=PARALLAX_COMPILER={}", or_unknown(first_line(&compiler, &["--version"])));
    println!("cargo:rustc-env=PARALLAX_COMMIT={}", or_unknown(commit));
    println!("cargo:rerun-if-env-changed=PARALLAX_COMMIT");
    println!("cargo:rerun-if-changed=build.rs");
    if let Some(head) = first_line("git", &["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={head}");
    }
}

fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.lines().next()?.to_owned())
}

fn or_unknown(line: Option<String>) -> String {
    line.unwrap_or_else(|| "unknown".to_owned())
}
