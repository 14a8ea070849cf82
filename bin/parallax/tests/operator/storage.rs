//! The data directory in trouble: full disks, foreign files, two owners; and what looks after it.

use crate::{
    code::*,
    command::{parallax, scratch},
    load::load,
    running::{PATIENCE, Running, fresh, http},
};
use serde_json::{Value, json};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

const MIB: usize = 1 << 20;

fn with_datadir(folder: &Path) -> Running {
    Running::dev([OsStr::new("--datadir"), folder.as_os_str()])
}

/// A chain of some blocks in a folder; gives the last receipt.
fn chain(folder: &Path) -> Value {
    let mut node = with_datadir(folder);
    node.transfer();
    node.transfer();
    let receipt = node.transfer();
    assert_eq!(node.signal("-TERM").code(), Some(0));
    receipt
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// Every file with its bytes, but for the engine's own and the lock.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.file_name().and_then(OsStr::to_str) {
            Some("LOCK" | "db") => {}
            _ if path.is_dir() => all.extend(files(&path)),
            _ => all.push((path.clone(), fs::read(&path).expect("it can be read"))),
        }
    }
    all.sort();
    all
}

/// A small file system of its own, gone when this is dropped.
struct Tmpfs(PathBuf);

impl Tmpfs {
    /// `None` where this user may not mount; says so.
    fn mount(name: &str, size: &str) -> Option<Self> {
        let path = scratch(name);
        let options = format!("size={size}");
        let ran = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&path).output();
        if ran.as_ref().is_ok_and(|ran| ran.status.success()) {
            return Some(Self(path));
        }
        eprintln!("SKIPPED: a full disk cannot be made here, for nothing can be mounted: {ran:?}");
        None
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_stops_writing_and_nothing_else() {
    let Some(disk) = Tmpfs::mount("storage-full", "256m") else { return };
    let folder = disk.0.join("chain");
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
        command.args(["dev", "--port", "0", "--workers", "1", "--log", "info", "--log-format", "json"]);
        command.args(["--metrics", "127.0.0.1:0", "--disk-reserve", &(64 * MIB).to_string(), "--datadir"]).arg(&folder);
        let mut node = Running::logged(command);
        let accounts = node.ask("eth_accounts", &json!([]));
        node.told = json!({ "accounts": [{ "address": accounts[0] }, { "address": accounts[1] }] });
        node
    };
    let mut node = start();
    let first = node.transfer();
    assert_eq!(http(&node.metrics, "GET", "/readyz", "").0, 200);

    let filler = disk.0.join("filler");
    let free = rustix::fs::statvfs(&disk.0).expect("a file system");
    let free = usize::try_from(free.f_bavail * free.f_frsize).expect("it is small");
    fs::write(&filler, vec![0; free - 32 * MIB]).expect("there is room for it");
    let accounts = &node.told["accounts"];
    let request =
        json!([{ "from": accounts[0]["address"], "to": accounts[1]["address"], "value": "0x1", "gas": "0x5208" }]);
    node.answer("eth_sendTransaction", &request);
    let begin = Instant::now();
    let reason = loop {
        let (status, body) = http(&node.metrics, "GET", "/readyz", "");
        if status == 503 {
            break body;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "it is still ready: {body}");
        std::thread::yield_now();
    };
    assert!(reason.contains("disk full"), "{reason}");
    assert_eq!(http(&node.metrics, "GET", "/livez", "").0, 200);
    assert_eq!(node.ask("eth_getTransactionReceipt", &json!([first["transactionHash"]])), first);
    let refused = node.answer("eth_sendTransaction", &request);
    assert!(refused["error"]["message"].to_string().contains("disk full"), "{refused}");
    assert_eq!(node.signal("-TERM").code(), Some(FULL));

    fs::remove_file(&filler).expect("it can be removed");
    let mut node = start();
    assert_eq!(node.ask("eth_getTransactionReceipt", &json!([first["transactionHash"]])), first);
    node.transfer();
    assert_eq!(node.signal("-TERM").code(), Some(0));
}

#[test]
fn a_second_process_is_told_of_the_first() {
    let folder = fresh("storage-two");
    let node = with_datadir(&folder);
    let owner = format!("process {}", node.child.id());
    let start = Instant::now();
    parallax(["dev", "--port", "0", "--datadir", text(&folder)]).fails(LOCKED, &owner);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    parallax(["db", "verify", "--datadir", text(&folder)]).fails(LOCKED, &owner);
    parallax(["snapshot", "create", text(&folder.join("s")), "--datadir", text(&folder)]).fails(LOCKED, &owner);
    assert_eq!(node.ask("eth_chainId", &json!([])), "0x7a69");
}

#[test]
fn what_is_foreign_missing_newer_or_damaged_is_named_and_left_alone() {
    let folder = fresh("storage-wrong");
    chain(&folder);
    let version = folder.join("store/VERSION");
    let whole = fs::read_to_string(&version).expect("a version");
    let dev = |more: &[&str]| parallax(["dev", "--port", "0", "--datadir", text(&folder)].iter().chain(more));
    let refused = |change: &dyn Fn(), more: &[&str], code: i32, complaint: &str| {
        change();
        let before = files(&folder);
        dev(more).fails(code, complaint);
        assert_eq!(files(&folder), before, "{complaint}: something was changed");
        fs::write(&version, &whole).expect("written");
    };
    refused(&|| (), &["--chain-id", "77"], INPUT, "belongs to chain 31337");
    refused(&|| (), &["--balance", "1"], INPUT, "genesis");
    let newer = whole.replace("format 1", "format 2");
    refused(&|| fs::write(&version, &newer).expect("written"), &[], NEWER, "this program knows formats up to 1");
    let cut = &whole[..whole.len() - 9];
    refused(&|| fs::write(&version, cut).expect("written"), &[], DAMAGED, "VERSION");
    refused(&|| fs::remove_file(&version).expect("removed"), &[], DAMAGED, "VERSION");
    let mut node = with_datadir(&folder);
    assert_eq!(node.ask("eth_blockNumber", &json!([])), "0x3", "it is whole again");
    assert_eq!(node.signal("-TERM").code(), Some(0));

    let foreign = scratch("storage-foreign");
    fs::write(foreign.join("letters"), "dear").expect("written");
    parallax(["dev", "--port", "0", "--datadir", text(&foreign)]).fails(4, "letters");
    assert_eq!(files(&foreign).len(), 1);
    parallax(["db", "stats", "--datadir", text(&foreign)]).fails(INPUT, "no store");
}

#[test]
fn a_snapshot_is_the_chain() {
    let folder = fresh("storage-snapshot");
    let receipt = chain(&folder);
    let out = scratch("storage-snapshot-out");
    let (file, copy) = (out.join("chain.snapshot"), out.join("copy"));
    let create = ["snapshot", "create", text(&file), "--datadir", text(&folder), "--json"];
    let head: Value = serde_json::from_str(&parallax(create).succeeds().out).expect("JSON");
    assert_eq!(head["number"], 3);
    parallax(create).fails(INPUT, "is there already");
    parallax(["snapshot", "verify", text(&file)]).succeeds().prints("block 3");
    let restore = ["snapshot", "restore", text(&file), "--datadir", text(&copy), "--json"];
    assert_eq!(serde_json::from_str::<Value>(&parallax(restore).succeeds().out).expect("JSON"), head);
    parallax(restore).fails(INPUT, "is there already");

    let mut node = with_datadir(&copy);
    assert_eq!(node.ask("eth_getTransactionReceipt", &json!([receipt["transactionHash"]])), receipt);
    node.transfer();
    assert_eq!(node.signal("-TERM").code(), Some(0));

    let mut bytes = fs::read(&file).expect("it can be read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, &bytes).expect("written");
    parallax(["snapshot", "verify", text(&file)]).fails(DAMAGED, "chain.snapshot");
    let third = out.join("third");
    parallax(["snapshot", "restore", text(&file), "--datadir", text(&third)]).fails(DAMAGED, "chain.snapshot");
    parallax(["db", "stats", "--datadir", text(&third)]).fails(INPUT, "no store");
}

#[test]
fn a_snapshot_of_a_loaded_node_has_all_that_was_acknowledged_before() {
    let folder = fresh("storage-online");
    let out = scratch("storage-online-out");
    let (socket, file, copy) = (out.join("s"), out.join("chain.snapshot"), out.join("copy"));
    let flags = [OsStr::new("--datadir"), folder.as_os_str(), OsStr::new("--ipc"), socket.as_os_str()];
    let node = Running::dev(flags);
    let create = ["snapshot", "create", text(&file), "--ipc", text(&socket), "--json"];
    let (send, acknowledged) = mpsc::channel();
    let end = AtomicBool::new(false);
    let (before, head, after) = thread::scope(|scope| {
        scope.spawn(|| load(&node, &end, &send));
        let next = || acknowledged.recv_timeout(PATIENCE).expect("a receipt");
        let before: Vec<Value> = (0..50).map(|_| next()).collect();
        let head: Value = serde_json::from_str(&parallax(create).succeeds().out).expect("JSON");
        let after: Vec<Value> = (0..50).map(|_| next()).collect();
        end.store(true, Ordering::Relaxed);
        (before, head, after)
    });
    assert!(node.number() > head["number"].as_u64().expect("a number"), "blocks went on");
    assert_eq!(after.len(), 50);
    parallax(create).fails(INPUT, "is there already");
    parallax(["snapshot", "create", text(&out.join("other")), "--datadir", text(&folder)]).fails(LOCKED, "process");
    parallax(["snapshot", "create", text(&out.join("other")), "--ipc", text(&out.join("none"))])
        .fails(INPUT, "no node answers");
    drop(node);
    parallax(["snapshot", "restore", text(&file), "--datadir", text(&copy)]).succeeds();
    let again = with_datadir(&copy);
    for hash in &before {
        let receipt = again.ask("eth_getTransactionReceipt", &json!([hash]));
        assert_eq!(receipt["status"], "0x1", "the receipt of {hash} was given before the snapshot");
    }
    again.transfer();
}

#[test]
fn a_directory_tells_what_it_holds_and_is_made_whole_again() {
    let folder = fresh("storage-db");
    chain(&folder);
    let of = |command: &'static str| ["db", command, "--datadir", text(&folder), "--json"];
    let stats: Value = serde_json::from_str(&parallax(of("stats")).succeeds().out).expect("JSON");
    assert_eq!((&stats["chainId"], &stats["head"]["number"]), (&json!(31337), &json!(3)));
    let whole: Value = serde_json::from_str(&parallax(of("verify")).succeeds().out).expect("JSON");
    assert_eq!((&whole["whole"], &whole["head"]), (&json!(true), &stats["head"]));
    let repaired: Value = serde_json::from_str(&parallax(of("repair")).succeeds().out).expect("JSON");
    assert_eq!((&repaired["head"], &repaired["historyDropped"]), (&stats["head"], &json!(false)));
    parallax(of("verify")).succeeds();
    parallax(of("repair")).fails(INPUT, "db.damaged");

    // A bit of the last block, in the journal: it is noticed, and the place is named.
    let mut entries =
        fs::read_dir(folder.join("store/db")).expect("a folder").map(|entry| entry.expect("an entry").path());
    let journal = entries.find(|path| path.extension().is_some_and(|kind| kind == "jnl")).expect("a journal");
    let mut bytes = fs::read(&journal).expect("it can be read");
    let last = bytes.iter().rposition(|byte| *byte != 0).expect("it is not empty");
    bytes[last / 2] ^= 1;
    fs::write(&journal, bytes).expect("written");
    let ran = parallax(of("verify"));
    assert_eq!(ran.code, DAMAGED, "{}", ran.err);
}
