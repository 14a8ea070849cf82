//! The tools of contract developers against the binary: `clients/` holds the tests, and node runs them.
//!
//! They run in a copy, so that the packages lie under `target/`. Without node and npm they are left out, with a word on
//! standard error; in continuous integration they may not be.

#[path = "support/npm.rs"]
mod npm;

use npm::{ROOT, installed};
use std::{fs, path::Path, process::Command};

/// Runs one file of tests.
fn run(name: &str) {
    if !npm::is_there(name) {
        return;
    }
    let ran = Command::new("node")
        .args(["--test", "--test-reporter", "spec"])
        .arg(format!("tests/{name}.test.js"))
        .current_dir(installed("clients"))
        .env("PARALLAX_BIN", env!("CARGO_BIN_EXE_parallax"))
        .env("PARALLAX_CONTRACTS", Path::new(ROOT).join("contracts"))
        .output()
        .expect("node");
    let told = String::from_utf8_lossy(&ran.stdout);
    println!("{told}");
    assert!(ran.status.success(), "{told}{}", String::from_utf8_lossy(&ran.stderr));
}

/// One test for each file, so that they are chosen and told one by one.
macro_rules! clients {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            run(stringify!($name));
        })*

        #[test]
        fn every_file_is_run() {
            let files = fs::read_dir(Path::new(ROOT).join("clients/tests")).expect("a folder");
            let mut found: Vec<String> =
                files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
            found.sort_unstable();
            assert_eq!(found, [$(concat!(stringify!($name), ".test.js")),*]);
        }
    };
}

clients! { cast ethers forge hardhat threads transports viem }
