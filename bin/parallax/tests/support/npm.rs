//! Packages of npm for tests, installed once from a lock file, in a copy under `target/`.

#[path = "ci.rs"]
mod ci;

use ci::is_ci;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// The repository.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What is installed, as the lock file had it.
const INSTALLED: &str = "installed";

/// Whether node and npm answer. Without them a test is left out, with a word on standard error; in continuous integration
/// it may not be.
pub(crate) fn is_there(test: &str) -> bool {
    let answers = |program: &str| Command::new(program).arg("--version").output().is_ok_and(|ran| ran.status.success());
    if answers("node") && answers("npm") {
        return true;
    }
    assert!(!is_ci(), "node and npm are missing");
    eprintln!("SKIPPED: {test}: node and npm are missing");
    false
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

/// A copy of a folder of the repository with its packages, installed once for all tests, one of which waits for another.
pub(crate) fn installed(folder: &str) -> PathBuf {
    let copied = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
    fs::create_dir_all(&copied).expect("a folder");
    let lock = File::create(copied.with_extension("lock")).expect("a lock file");
    lock.lock().expect("a lock");
    copy(&Path::new(ROOT).join(folder), &copied);
    let wanted = fs::read(copied.join("package-lock.json")).expect("a lock file of npm");
    if fs::read(copied.join(INSTALLED)).ok().as_ref() != Some(&wanted) {
        let ran = Command::new("npm").args(["ci", "--no-progress"]).current_dir(&copied).output().expect("npm");
        assert!(ran.status.success(), "npm ci: {}", String::from_utf8_lossy(&ran.stderr));
        fs::write(copied.join(INSTALLED), wanted).expect("a mark");
    }
    copied
}
