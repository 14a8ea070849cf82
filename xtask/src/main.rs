//! Run the repository's tasks, the same at a desk and in continuous integration.
//!
//! `cargo xtask <task>`; `.ci/run` and the `justfile` call nothing else, so that one place says what a task is.

mod book;
mod browser;
mod cargo;
mod first_command;
mod mutants;
mod task;
mod tidy;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let Some(task) = task::TASKS.iter().find(|task| task.name == name) else {
        eprint!("{}", task::usage());
        return if matches!(name.as_str(), "" | "help" | "--help" | "-h") {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(2)
        };
    };
    match cargo::root().and_then(|root| (task.run)(&root, &rest)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
