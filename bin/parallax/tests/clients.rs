//! The tools of contract developers against the binary: `clients/` holds the tests, and node runs them.
//!
//! They run in a copy, so that the packages lie under `target/`. Without node and npm they are left out, with a word on
//! standard error; in continuous integration they may not be.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What is installed, as the lock file had it.
const INSTALLED: &str = "installed";

/// Whether a program answers.
fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|ran| ran.status.success())
}

#[expect(clippy::disallowed_methods, reason = "a test looks where it runs")]
fn is_ci() -> bool {
    std::env::var_os("CI").is_some() || std::env::var("NEXTEST_PROFILE").is_ok_and(|profile| profile == "ci")
}

/// Copies files and folders, all but packages.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_name() == "node_modules" {
            continue;
        }
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else if fs::read(entry.path()).ok() != fs::read(&target).ok() {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// The copy with its packages, installed once for all tests, one of which waits for another.
fn installed() -> PathBuf {
    let copied = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("clients");
    fs::create_dir_all(&copied).expect("a folder");
    let lock = File::create(copied.with_extension("lock")).expect("a lock file");
    lock.lock().expect("a lock");
    copy(&Path::new(ROOT).join("clients"), &copied);
    let wanted = fs::read(copied.join("package-lock.json")).expect("a lock file of npm");
    if fs::read(copied.join(INSTALLED)).ok().as_ref() != Some(&wanted) {
        let ran = Command::new("npm").args(["ci", "--no-progress"]).current_dir(&copied).output().expect("npm");
        assert!(ran.status.success(), "npm ci: {}", String::from_utf8_lossy(&ran.stderr));
        fs::write(copied.join(INSTALLED), wanted).expect("a mark");
    }
    copied
}

/// Runs one file of tests.
fn run(name: &str) {
    if !is_there("node") || !is_there("npm") {
        assert!(!is_ci(), "node and npm are missing");
        eprintln!("SKIPPED: {name}: node and npm are missing");
        return;
    }
    let ran = Command::new("node")
        .args(["--test", "--test-reporter", "spec"])
        .arg(format!("tests/{name}.test.js"))
        .current_dir(installed())
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

clients! { cast ethers forge hardhat transports viem }
