//! A development node as a process: how it is started, and what it takes of the machine.

use super::{super::resident, Mining, client::Client};
use crate::exit::Failure;
use serde_json::json;
use std::{
    ffi::OsString,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The longest that a node may take to its first answer.
const START_MAX: Duration = Duration::from_secs(60);
/// Gas of a block that has room for everything.
const ROOM: &str = "30000000000";

/// What is started.
pub(super) struct Contender {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
}

impl Contender {
    pub(super) fn parallax(program: PathBuf, mining: Mining, further: &[String]) -> Self {
        let mut arguments = vec!["dev", "--quiet"];
        if mining == Mining::Interval {
            arguments.extend(["--block-time", "1", "--gas-limit", ROOM]);
        }
        let arguments = arguments.into_iter().map(OsString::from).chain(further.iter().map(OsString::from)).collect();
        Self { name: "parallax", program, arguments, folder: None }
    }

    pub(super) fn anvil(program: PathBuf, mining: Mining) -> Self {
        let mut arguments = vec!["--silent"];
        if mining == Mining::Interval {
            arguments.extend(["--block-time", "1", "--gas-limit", ROOM]);
        }
        Self { name: "anvil", program, arguments: arguments.into_iter().map(OsString::from).collect(), folder: None }
    }

    pub(super) fn hardhat(folder: &Path) -> Self {
        let arguments = ["node_modules/hardhat/internal/cli/bootstrap.js", "node"].map(OsString::from).to_vec();
        Self { name: "hardhat", program: "node".into(), arguments, folder: Some(folder.to_owned()) }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Starts it, and waits for its first answer.
    #[expect(clippy::disallowed_methods, reason = "another process tells nobody when it begins to listen")]
    pub(super) fn start(&self) -> Result<Running, Failure> {
        let failed = |what: &dyn std::fmt::Display| Failure::Machine(format!("{}: {what}", self.program.display()));
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let address = free.map_err(|error| failed(&error))?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg("--port").arg(address.port().to_string());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let began = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut running = Running { child: child.map_err(|error| failed(&error))?, address, start: Duration::ZERO };
        loop {
            let answer = Client::connect(address).ok().map(|mut client| client.ask("eth_chainId", &json!([])));
            if let Some(Ok(_)) = answer {
                running.start = began.elapsed();
                return Ok(running);
            }
            if let Ok(Some(status)) = running.child.try_wait() {
                return Err(failed(&format!("it ended with {status}")));
            }
            if began.elapsed() > START_MAX {
                return Err(failed(&"it does not answer"));
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A node that runs; killed when it is dropped.
pub(super) struct Running {
    child: Child,
    pub(super) address: SocketAddr,
    /// From the start of the process to its first answer.
    pub(super) start: Duration,
}

impl Running {
    pub(super) fn client(&self) -> Result<Client, Failure> {
        Client::connect(self.address).map_err(|error| Failure::Machine(format!("{}: {error}", self.address)))
    }

    /// Processor time that it and its children have taken so far, in seconds.
    pub(super) fn cpu_s(&self) -> f64 {
        /// What Linux counts in, everywhere that this runs.
        const TICKS_PER_S: f64 = 100.0;
        let ticks = |pid: u32| -> Option<u64> {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
            Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
        };
        let sum: u64 = family(self.child.id()).into_iter().filter_map(ticks).sum();
        sum as f64 / TICKS_PER_S
    }

    /// Memory that it and its children have resident, in megabytes of a million bytes.
    pub(super) fn resident_mb(&self) -> f64 {
        family(self.child.id()).into_iter().map(|pid| resident::mb(&pid.to_string(), "VmRSS:")).sum()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process with its children and theirs.
fn family(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut at = 0;
    while let Some(&parent) = all.get(at) {
        let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        all.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        at += 1;
    }
    all
}
