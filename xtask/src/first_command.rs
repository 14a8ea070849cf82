//! The first command that the README gives: it starts, answers, and ends when it is asked to.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::cargo::cargo;

/// From the start to the end; what has to be built is built before.
const TIME_MAX: Duration = Duration::from_secs(60);
/// What stands before the address that it listens on.
const LISTENING: &str = "Listening on ";
const QUESTION: &str = r#"{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}"#;
const ANSWER: &str = r#"{"jsonrpc":"2.0","id":1,"result":"0x0"}"#;

/// Starts `cargo run --release`, asks it for the last block, ends it with SIGTERM and wants status 0.
pub(crate) fn run(root: &Path, _: &[String]) -> Result<()> {
    let end = Instant::now() + TIME_MAX;
    let mut child = cargo(root)
        .args(["run", "--release", "--locked"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start cargo")?;
    let output = child.stdout.take().context("no standard output")?;
    let (send, lines) = mpsc::sync_channel(1024);
    thread::scope(|scope| {
        // Ends when the process does.
        scope.spawn(move || BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let seen = converse(&mut child, &lines, end);
        // Nothing is left behind, whatever was seen.
        let _ = child.kill();
        let _ = child.wait();
        drop(lines);
        seen
    })
}

fn converse(child: &mut Child, lines: &mpsc::Receiver<String>, end: Instant) -> Result<()> {
    let left = || end.checked_duration_since(Instant::now()).context("a minute has passed");
    let address = loop {
        let line = lines.recv_timeout(left()?).context("it does not say where it listens")?;
        if let Some(address) = line.strip_prefix(LISTENING) {
            break address.to_owned();
        }
    };
    let answer = ask(&address, left()?).with_context(|| format!("no answer from {address}"))?;
    ensure!(answer == ANSWER, "it answers {answer}");
    println!("{address} answers {answer}");
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().context("cannot run kill")?;
    ensure!(sent.success(), "kill: {sent}");
    loop {
        match lines.recv_timeout(left()?) {
            Ok(_) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => bail!("it does not end after SIGTERM"),
        }
    }
    let status = child.wait().context("it cannot be waited for")?;
    ensure!(status.success(), "after SIGTERM it ends with {status}");
    Ok(())
}

/// The body of the answer.
fn ask(address: &str, time: Duration) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(time))?;
    stream.set_write_timeout(Some(time))?;
    let length = QUESTION.len();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{QUESTION}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").context("no body")?;
    Ok(body.to_owned())
}
