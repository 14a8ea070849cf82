//! What a development node prints of blocks, transactions and the console.

use crate::{
    code::USAGE,
    command::{parallax, scratch},
    running::Running,
};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    process::{ChildStdout, Command, Stdio},
};

const WRITER: &str = "0x00000000000000000000000000000000000000f1";

/// Writes the first word of its call data to the console by `log(uint256)`; reverts if the second one is not zero.
const CODE: &str = "0x63f82c50f160e01b5f525f356004525f5f60245f73000000000000000000636f6e736f6c652e6c6f675afa5060203560335700\
                    5b5f5ffd";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parallax"));
    command.args(["dev", "--port", "0", "--workers", "1"]).args(arguments);
    command
}

fn json(arguments: &[&str]) -> (Running, Printed) {
    let (dev, printed) = Running::printing(command(&[&["--json"], arguments].concat()));
    dev.ask("anvil_setCode", &json!([WRITER, CODE]));
    (dev, Printed(printed))
}

struct Printed(BufReader<ChildStdout>);

impl Printed {
    /// The next line as an object.
    fn next(&mut self) -> Value {
        let mut line = String::new();
        assert!(self.0.read_line(&mut line).expect("a line") > 0, "it ended");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    fn rest(mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).expect("text");
        rest
    }
}

/// A call of the writer.
fn call(dev: &Running, number: u64, fails: bool) -> Value {
    let data = format!("0x{number:064x}{:064x}", u64::from(fails));
    json!([{ "from": dev.told["accounts"][0]["address"], "to": WRITER, "gas": "0x186a0", "data": data }])
}

#[test]
fn what_contracts_write_is_printed_with_the_transaction_or_call_that_wrote_it() {
    let (dev, mut printed) = json(&[]);
    dev.ask("eth_call", &call(&dev, 7, false));
    assert_eq!(printed.next(), json!({ "event": "console", "method": "eth_call", "line": "7" }));
    dev.answer("eth_estimateGas", &call(&dev, 8, true));
    assert_eq!(printed.next(), json!({ "event": "console", "method": "eth_estimateGas", "line": "8" }));
    for (number, failure) in [(1, Value::Null), (2, json!("execution reverted"))] {
        let hash = dev.ask("eth_sendTransaction", &call(&dev, number, !failure.is_null()));
        let receipt = dev.receipt(&hash);
        let block = printed.next();
        assert_eq!(
            (&block["event"], &block["number"], &block["transactions"]),
            (&json!("block"), &json!(number), &json!(1))
        );
        assert_eq!(block["hash"], receipt["blockHash"]);
        let transaction = printed.next();
        assert_eq!((&transaction["event"], &transaction["hash"]), (&json!("transaction"), &hash));
        assert_eq!((&transaction["failure"], &transaction["success"]), (&failure, &json!(failure.is_null())));
        assert_eq!(format!("{:#x}", transaction["gasUsed"].as_u64().expect("a number")), receipt["gasUsed"]);
        assert_eq!(printed.next(), json!({ "event": "console", "transaction": hash, "line": number.to_string() }));
    }
    let from = &dev.told["accounts"][0]["address"];
    let hash = dev.ask("eth_sendTransaction", &json!([{ "from": from, "data": "0x5f5ff3", "gas": "0x186a0" }]));
    let (block, transaction) = (printed.next(), printed.next());
    assert_eq!(block["number"], 3);
    let contract = dev.receipt(&hash)["contractAddress"].take();
    let told = transaction["contract"].as_str().expect("an address").to_lowercase();
    assert_eq!((json!(told), &transaction["to"]), (contract, &Value::Null));
}

#[test]
fn a_silent_console_and_a_quiet_node_print_less() {
    let (dev, mut printed) = json(&["--no-console"]);
    dev.ask("eth_call", &call(&dev, 7, false));
    dev.receipt(&dev.ask("eth_sendTransaction", &call(&dev, 8, false)));
    dev.receipt(&dev.ask("eth_sendTransaction", &call(&dev, 9, true)));
    let events: Vec<Value> = (0..4).map(|_| printed.next()["event"].take()).collect();
    assert_eq!(events, ["block", "transaction", "block", "transaction"]);
    dev.ask("hardhat_setLoggingEnabled", &json!([false]));
    dev.transfer();
    dev.ask("anvil_setLoggingEnabled", &json!([true]));
    dev.transfer();
    assert_eq!(printed.next()["number"], 4, "the third one is not told");

    let folder = scratch("dev-quiet");
    let out = folder.join("told.json");
    let mut quiet = command(&["--quiet", "--block-time", "1", "--config-out", out.to_str().expect("text")]);
    let mut child = quiet.stdout(Stdio::piped()).spawn().expect("a process");
    while fs::read(&out).map_or(0, |bytes| bytes.len()) == 0 {
        std::thread::yield_now();
    }
    assert!(Command::new("kill").arg(child.id().to_string()).status().expect("kill").success());
    let mut text = String::new();
    child.stdout.take().expect("an output").read_to_string(&mut text).expect("text");
    assert_eq!((text.as_str(), child.wait().expect("an end").code()), ("", Some(0)));
}

#[test]
fn text_is_for_people_and_the_log_has_the_console_too() {
    let folder = scratch("dev-text");
    let (out, log) = (folder.join("told.json"), folder.join("log.txt"));
    let mut command = command(&["-v", "--log-format", "text", "--config-out", out.to_str().expect("text")]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(File::create(&log).expect("a file")).spawn().expect("a process");
    let mut printed = BufReader::new(child.stdout.take().expect("an output"));
    let mut line = String::new();
    let mut banner = String::new();
    while !line.starts_with("Listening") {
        line.clear();
        assert!(printed.read_line(&mut line).expect("a line") > 0, "it ended: {banner}");
        banner += &line;
    }
    assert!(banner.contains("Workers   1\n"), "{banner}");
    let told: Value = serde_json::from_slice(&fs::read(&out).expect("a file")).expect("JSON");
    assert_eq!(told["workers"], 1);
    let mut dev = Running::at(child, told);
    dev.ask("anvil_setCode", &json!([WRITER, CODE]));
    dev.receipt(&dev.ask("eth_sendTransaction", &call(&dev, 5, true)));
    assert_eq!(dev.signal("-TERM").code(), Some(0));
    let mut rest = String::new();
    printed.read_to_string(&mut rest).expect("text");
    let lines: Vec<&str> = rest.lines().collect();
    assert_eq!(lines.len(), 3, "{rest}");
    assert!(lines[0].starts_with("Block 1  0x") && lines[0].contains("1 transaction, "), "{rest}");
    assert!(lines[1].ends_with(" gas  failed: execution reverted"), "{rest}");
    assert_eq!(lines[2], "    console.log  5");
    let log = fs::read_to_string(&log).expect("text");
    assert!(log.contains("parallax::console: 5"), "{log}");
    parallax(["dev", "-v", "--quiet"]).fails(USAGE, "cannot be used with");
}

#[test]
fn a_reader_who_does_not_read_stops_nothing_and_is_told_what_was_dropped() {
    let (mut dev, printed) = json(&[]);
    dev.ask("anvil_mine", &json!(["0x3e8"]));
    assert_eq!(dev.number(), 1000);
    let begin = std::time::Instant::now();
    dev.send("-TERM");
    assert_eq!(dev.child.wait().expect("an end").code(), Some(0));
    assert!(begin.elapsed() < std::time::Duration::from_secs(5), "{:?}", begin.elapsed());
    drop(printed);

    let (dev, mut printed) = json(&[]);
    dev.ask("anvil_mine", &json!(["0x3e8"]));
    let mut told = 0;
    while told < 1000 {
        let event = printed.next();
        told += if event["event"] == "dropped" { event["count"].as_u64().expect("a number") } else { 1 };
    }
    drop(dev);
    assert_eq!((told, printed.rest().as_str()), (1000, ""));
}
