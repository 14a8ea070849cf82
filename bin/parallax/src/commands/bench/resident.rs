//! Memory of a process, as Linux tells it.

use std::fs;

/// What a line of a process's status says (`VmRSS:` now, `VmHWM:` at most so far), in megabytes of a million bytes; 0 where
/// there is no such process, or no Linux. `process` is its number, or `self`.
pub(super) fn mb(process: &str, line: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let found = status.lines().find_map(|text| text.strip_prefix(line));
    let kib = found.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default();
    kib as f64 * 1024.0 / 1e6
}
