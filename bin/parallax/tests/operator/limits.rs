//! Starts on a machine that has not enough: each ends with its code and a reason, and leaves nothing behind. And clients
//! that take all there is.

use crate::{
    ci::is_ci,
    code::*,
    command::{Ran, parallax, scratch},
    running::{PATIENCE, Running},
};
use serde_json::json;
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

const BINARY: &str = env!("CARGO_BIN_EXE_parallax");

/// A user that nobody is: what a limit counts of a user is counted of this one alone.
const NOBODY: &str = "61234";

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// Runs a command to its end.
fn run(mut command: Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().expect("a process");
    let code = status.code().unwrap_or_else(|| panic!("{status}: {}", String::from_utf8_lossy(&stderr)));
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran { code, out: text(stdout), err: text(stderr) }
}

/// The binary in a shell that has lowered a limit, as `-n 64`.
fn limited(limit: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\""), BINARY]);
    command
}

/// The binary as a user of no rights; `None` where that cannot be, and says so. In continuous integration root has to have what
/// it takes: that others may not reach the binary is a matter of where it was built.
fn powerless(wrap: &[&str]) -> Option<Command> {
    let command = |wrap: &[&str], program: &str| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]).args(wrap).arg(program);
        command
    };
    let runs = |program: &str| {
        let tried = command(&["prlimit"], program).arg("--version").output();
        tried.is_ok_and(|ran| ran.status.success())
    };
    if runs(BINARY) {
        return Some(command(wrap, BINARY));
    }
    let lacks_a_tool = rustix::process::getuid().is_root() && !runs("true");
    assert!(!(lacks_a_tool && is_ci()), "setpriv or prlimit is missing");
    eprintln!("SKIPPED: this user cannot become another one that may run {BINARY}");
    None
}

/// A folder that everybody may write to.
fn open_folder(name: &str) -> PathBuf {
    let folder = scratch(name);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).expect("it is ours");
    folder
}

/// A start that is refused leaves neither a data directory nor a socket file.
#[track_caller]
fn refused(mut command: Command, folder: &Path, code: i32, complaint: &str) {
    let (chain, socket) = (folder.join("chain"), folder.join("socket"));
    command.args(["dev", "--workers", "2", "--port", "0", "--datadir", text(&chain), "--ipc", text(&socket)]);
    let ran = run(command);
    ran.fails(code, complaint);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    assert!(!chain.exists() && !socket.exists(), "something is left in {}", folder.display());
}

#[test]
fn a_machine_that_has_too_little_is_told_so_before_anything_is_begun() {
    let folder = open_folder("limits-too-little");
    refused(limited("-n 64"), &folder, MACHINE, "a node needs 128 open files, and this process may have 64");
    refused(limited("-d 40000"), &folder, MACHINE, "MiB of memory");
    for threads in ["1", "2", "3", "5", "8", "12"] {
        let limit = format!("--nproc={threads}");
        let Some(command) = powerless(&["prlimit", &limit]) else { break };
        refused(command, &folder, MACHINE, "a node needs 14 threads");
    }
    // The same directory starts where there is enough.
    let chain = folder.join("chain");
    let mut node = Running::dev(["--datadir", text(&chain)]);
    node.transfer();
    assert_eq!(node.signal("-TERM").code(), Some(0));
}

#[test]
fn a_port_that_is_taken_leaves_nothing_behind() {
    let folder = scratch("limits-ports");
    let chain = folder.join("chain");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let held = TcpListener::bind(taken).expect("the same port");
    let (port, metrics, socket) = (taken.port().to_string(), taken.to_string(), folder.join("socket"));
    for arguments in [["--port", &port, "--log", "error"], ["--port", "0", "--metrics", &metrics]] {
        let arguments = arguments.into_iter().chain(["--datadir", text(&chain), "--ipc", text(&socket)]);
        parallax(["dev"].into_iter().chain(arguments)).fails(PORT, &metrics);
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 0, "something is left");
    }
    drop(held);
    let other = folder.join("letters");
    fs::write(&other, "dear").expect("written");
    let arguments = ["dev", "--port", &port, "--datadir", text(&chain), "--ipc", text(&other)];
    parallax(arguments).fails(MACHINE, "no socket");
    assert!(!chain.exists() && other.exists());
}

#[test]
fn a_configuration_that_is_wrong_begins_nothing() {
    let folder = open_folder("limits-configuration");
    let (chain, genesis) = (folder.join("chain"), folder.join("genesis.json"));
    fs::write(&genesis, &parallax(["genesis", "new", "--chain-id", "4242"]).succeeds().out).expect("written");
    let file = folder.join("node.toml");
    let base = format!("datadir = {:?}\ngenesis = {:?}\nno-metrics = true\n", text(&chain), text(&genesis));
    let key = folder.join("key.json");
    fs::write(&key, "{}").expect("written");
    for (line, code, complaint) in [
        ("prot = 1", USAGE, "node.toml:4: unknown setting `prot`"),
        ("port = 1 2", USAGE, "node.toml:4"),
        ("workers = 0", USAGE, "workers"),
        ("log = \"loud\"", USAGE, "loud"),
        ("coinbase = \"nowhere.json\"", INPUT, "nowhere.json"),
        (&format!("coinbase = {:?}", text(&key)), INPUT, "key.json"),
    ] {
        fs::write(&file, format!("{base}{line}\n")).expect("written");
        parallax(["node", "--config", text(&file)]).fails(code, complaint);
        assert!(!chain.exists(), "{line}: the chain was begun");
    }
    let Some(mut command) = powerless(&["prlimit"]) else { return };
    // What there is and may not be read.
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("it is ours");
    command.args(["node", "--config", text(&file)]);
    let ran = run(command);
    ran.fails(INPUT, "key.json");
    assert!(ran.err.contains("ermission denied"), "{}", ran.err);
    assert!(!chain.exists(), "the chain was begun");
}

#[test]
fn a_directory_that_may_not_be_written_is_named_and_left_as_it_is() {
    let folder = scratch("limits-read-only");
    let mut node = Running::dev(["--datadir", text(&folder.join("chain"))]);
    let receipt = node.transfer();
    assert_eq!(node.signal("-TERM").code(), Some(0));
    let Some(command) = powerless(&["prlimit"]) else { return };
    let fails = |mut command: Command, name: &str| {
        command.args(["dev", "--port", "0", "--datadir", text(&folder.join(name))]);
        let ran = run(command);
        ran.fails(MACHINE, text(&folder.join(name)));
        assert!(ran.err.contains("ermission denied") && !ran.err.contains("panicked"), "{}", ran.err);
    };
    fails(command, "chain");
    fails(powerless(&["prlimit"]).expect("as before"), "other");
    assert!(!folder.join("other").exists());
    let node = Running::dev(["--datadir", text(&folder.join("chain"))]);
    assert_eq!(node.ask("eth_getTransactionReceipt", &json!([receipt["transactionHash"]])), receipt);
}

/// With 256 files, the store has its share whatever clients do: blocks go on while 400 connections are held, and when
/// they have gone all is as before.
#[test]
fn clients_take_no_files_from_the_chain() {
    let folder = scratch("limits-files");
    let chain = folder.join("chain");
    let mut command = limited("-n 256");
    command.args(["dev", "--port", "0", "--json", "--workers", "1", "--datadir", text(&chain)]);
    let mut node = Running::told(command);
    let first = node.transfer();
    let mut held = Vec::new();
    let mut kept = 0;
    for _ in 0..400 {
        let mut stream = TcpStream::connect(&node.address).expect("the system accepts");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
        if ask(&mut stream, "eth_chainId").is_some_and(|answer| answer.contains("0x7a69")) {
            kept += 1;
        }
        held.push(stream);
    }
    assert!((64..=192).contains(&kept), "{kept} of 400 connections were kept");
    // Those that were kept are answered, and blocks are made.
    for number in 2..30 {
        let stream = &mut held[0];
        let accounts = &node.told["accounts"];
        let request =
            json!([{ "from": accounts[0]["address"], "to": accounts[1]["address"], "value": "0x1", "gas": "0x5208" }]);
        assert!(post(stream, "eth_sendTransaction", &request.to_string()).is_some(), "no answer");
        let enough = format!("{number:#x}");
        while !post(stream, "eth_blockNumber", "[]").expect("an answer").contains(&enough) {}
    }
    drop(held);
    // Places are given back as the server sees connections go.
    let begin = std::time::Instant::now();
    while TcpStream::connect(&node.address).ok().and_then(|mut stream| ask(&mut stream, "eth_chainId")).is_none() {
        assert!(begin.elapsed() < PATIENCE, "no place is given back");
    }
    assert_eq!(node.ask("eth_getTransactionReceipt", &json!([first["transactionHash"]])), first);
    node.transfer();
    assert_eq!(node.signal("-TERM").code(), Some(0));
}

fn ask(stream: &mut TcpStream, method: &str) -> Option<String> {
    post(stream, method, "[]")
}

/// The answer on a connection that stays open; `None` if it was closed.
fn post(stream: &mut TcpStream, method: &str, params: &str) -> Option<String> {
    let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{params}}}");
    let length = body.len();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all((head + &body).as_bytes()).ok()?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        answer.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&answer);
        // The answers that are asked for here are short, and are objects.
        if text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.ends_with('}')) {
            return Some(text.into_owned());
        }
    }
}
