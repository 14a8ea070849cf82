//! What the operating system says of this process. Only Linux is asked; elsewhere nothing is known.

use std::fs;

/// Part of Linux' interface to programs, whatever the kernel counts by.
const TICKS_A_SECOND: f64 = 100.0;

/// What a process takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Usage {
    pub(crate) resident_bytes: u64,
    pub(crate) open_files: u64,
    pub(crate) cpu_seconds: f64,
    pub(crate) threads: u64,
}

impl Usage {
    /// What this one takes now.
    pub(crate) fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        Self {
            resident_bytes: field(&status, "VmRSS:").saturating_mul(1024),
            open_files: fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as u64),
            cpu_seconds: cpu_ticks(&stat) as f64 / TICKS_A_SECOND,
            threads: field(&status, "Threads:"),
        }
    }
}

fn field(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// User and system time, the 14th and 15th fields; the second may hold spaces, and ends with the last bracket.
fn cpu_ticks(stat: &str) -> u64 {
    let (_, rest) = stat.rsplit_once(')').unwrap_or_default();
    rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found() {
        assert_eq!(field("Name:\tx\nVmRSS:\t  12 kB\n", "VmRSS:"), 12);
        assert_eq!(field("Name:\tx\n", "VmRSS:"), 0);
        assert_eq!(cpu_ticks("1 (a b) c) S 1 1 1 0 -1 4 5 6 7 8 30 12 0 0"), 42);
        assert_eq!(cpu_ticks(""), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_takes_something() {
        let usage = Usage::now();
        assert!(usage.resident_bytes > 0 && usage.open_files > 0 && usage.threads > 0, "{usage:?}");
    }
}
