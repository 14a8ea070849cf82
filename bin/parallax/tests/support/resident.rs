//! What a run of the binary holds in memory. Linux tells it; elsewhere there is nothing to measure.

use std::{
    ffi::OsStr,
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// Resident memory of a process, in bytes.
pub(crate) struct Resident {
    /// At each look.
    pub(crate) now: Vec<u64>,
    /// The most so far, at the last look (`VmHWM`).
    pub(crate) peak: u64,
}

/// Runs `parallax` to its end and looks at its memory all the time.
#[expect(clippy::disallowed_methods, reason = "a process tells nobody how it grows; it is asked again and again")]
pub(crate) fn watch(arguments: &[&OsStr]) -> Option<Resident> {
    if !Path::new("/proc/self/status").exists() {
        eprintln!("SKIPPED: no /proc/self/status to measure memory with");
        return None;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
    let mut child = command.args(arguments).stdout(Stdio::null()).spawn().expect("the binary runs");
    let status = format!("/proc/{}/status", child.id());
    let mut resident = Resident { now: Vec::new(), peak: 0 };
    let ended = loop {
        // A process that has ended and was not waited for has a status without these lines.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let field = |name: &str| -> Option<u64> {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number of kilobytes") * 1024)
        };
        if let (Some(now), Some(peak)) = (field("VmRSS:"), field("VmHWM:")) {
            resident.now.push(now);
            resident.peak = peak;
        }
        if let Some(ended) = child.try_wait().expect("it is a child of this process") {
            break ended;
        }
        thread::sleep(Duration::from_millis(2));
    };
    assert!(ended.success(), "{ended}");
    Some(resident)
}
