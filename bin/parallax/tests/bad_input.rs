//! Input that is broken, foreign or a lie: a clear error each, and the exit code of the table. Lies of headers have a
//! file of their own, `header_lies.rs`.

#[path = "support/altered.rs"]
mod altered;
#[path = "support/command.rs"]
mod command;
#[path = "support/recorded.rs"]
mod recorded;

use altered::{other, rehash, witness, write, write_json};
use command::{Ran, data, parallax, scratch};
use recorded::Recorded;
use serde_json::{Value, json};
use std::{ffi::OsStr, fs, path::Path};

const VERDICT: i32 = 1;
const USAGE: i32 = 2;
const INPUT: i32 = 3;
const MACHINE: i32 = 4;

/// A block of Spurious Dragon, where a receipt holds a state root, and one of Cancun.
const BLOCKS: [u64; 2] = [2_675_000, 19_426_587];

fn replay(path: &Path) -> Ran {
    parallax(
        [OsStr::new("replay"), path.as_os_str()]
            .into_iter()
            .chain(["--policy", "serial", "--repeat", "1"].map(OsStr::new)),
    )
}

fn recorded(number: u64) -> Option<Recorded> {
    Some(Recorded::read(&data("mainnet-blocks")?, number))
}

/// Writes an altered block and replays it.
fn replay_altered(name: &str, number: u64, alter: impl FnOnce(&mut Recorded)) -> Option<Ran> {
    let mut recorded = recorded(number)?;
    alter(&mut recorded);
    let folder = scratch(name);
    write(&recorded, &folder);
    Some(replay(&folder))
}

#[test]
fn an_unaltered_copy_is_valid() {
    for number in BLOCKS {
        if let Some(ran) = replay_altered("unaltered", number, |_| {}) {
            ran.succeeds().prints("valid");
        }
    }
}

#[test]
fn paths_that_hold_no_block_are_refused() {
    replay(Path::new("/nonexistent")).fails(INPUT, "/nonexistent");
    let folder = scratch("foreign");
    replay(&folder).fails(INPUT, "not a recorded block");
    for content in ["", "hello", "[1, 2]", "{}", "{\"blocks\": []}", "{\"blocks\": 1, \"witness\": 2}", "\u{0}\u{1}"] {
        let path = folder.join("foreign.json");
        fs::write(&path, content).expect("a file can be written");
        replay(&path).fails(INPUT, "foreign.json");
    }
    fs::write(folder.join("foreign.json"), "{}").expect("a file can be written");
    replay(&folder).fails(INPUT, "not a recorded block");
    fs::write(folder.join("block.json"), "{}").expect("a file can be written");
    replay(&folder).fails(INPUT, "there is no pre_state.json");
    fs::write(folder.join("pre_state.json"), "{}").expect("a file can be written");
    replay(&folder).fails(INPUT, "block.json");
}

#[test]
fn truncated_files_are_refused() {
    let Some(blocks) = data("mainnet-blocks") else { return };
    for (name, part) in [("block.json.zst", 2), ("pre_state.json.zst", 3)] {
        let folder = scratch("truncated");
        for whole in ["block.json.zst", "pre_state.json.zst"] {
            fs::copy(blocks.join("2675000").join(whole), folder.join(whole)).expect("a file can be copied");
        }
        fs::copy(blocks.join("bytecodes.json.zst"), folder.join("bytecodes.json.zst")).expect("a file can be copied");
        replay(&folder).succeeds();
        let bytes = fs::read(folder.join(name)).expect("it is there");
        fs::remove_file(folder.join(name)).expect("it can be removed");
        fs::write(folder.join(name), &bytes[..bytes.len() / part]).expect("a file can be written");
        replay(&folder).fails(INPUT, name);
    }
    let Some(path) = data("mainnet-witness/1-2675000.json.gz") else { return };
    let bytes = fs::read(path).expect("it is there");
    let cut = scratch("truncated-witness").join("1-2675000.json.gz");
    fs::write(&cut, &bytes[..bytes.len() / 2]).expect("a file can be written");
    replay(&cut).fails(INPUT, "1-2675000.json.gz");
}

#[test]
fn wrong_codes_are_refused() {
    let Some(original) = recorded(2_675_000) else { return };
    let has_code = |account: &Value| account.get("code").is_some();
    let contract =
        original.pre_state.iter().find(|(_, account)| has_code(account)).expect("there are contracts").0.clone();
    let altered = |alter: fn(&mut Value)| {
        replay_altered("codes", 2_675_000, |block| alter(&mut block.pre_state[&contract])).expect("the data is there")
    };
    altered(|account| account["code"] = other(&account["code"])).fails(INPUT, "the code hash of");
    altered(|account| account["code"] = "0x6".into()).fails(INPUT, "pre_state.json");
    altered(|account| drop(account.as_object_mut().expect("an object").remove("code")))
        .fails(INPUT, "is in none of the code files");
    // Without a hash to hold it against, a wrong code shows in what it does.
    altered(|account| *account = json!({ "balance": account["balance"], "nonce": 0, "code": "0xfe" }))
        .fails(VERDICT, "contradict");
}

#[test]
fn a_witness_with_holes_is_an_incomplete_recording() {
    let Some(path) = data("mainnet-witness/1-2675000.json.gz") else { return };
    let original = witness(&path);
    let folder = scratch("holes");
    let replay_without = |alter: fn(&mut Value)| {
        let mut witness = original.clone();
        alter(&mut witness);
        replay(&write_json(&folder, "1-2675000.json", &witness))
    };
    replay_without(|witness| witness["code"] = json!([])).fails(INPUT, "not complete");
    replay_without(|witness| witness["proofs"] = json!([])).fails(INPUT, "1-2675000.json");
    replay_without(|witness| {
        let proofs = witness["proofs"].as_array_mut().expect("a list");
        for proof in proofs {
            let nodes = proof[1]["accountProof"].as_array_mut().expect("a list");
            nodes.truncate(4);
        }
    })
    .fails(INPUT, "not complete");
    replay_without(|witness| witness["full_blocks"] = json!([])).fails(INPUT, "full_blocks is empty");
}

#[test]
fn a_pre_state_that_lies_is_contradicted() {
    let sender = |recorded: &Recorded| recorded.block["transactions"][0]["from"].as_str().expect("text").to_owned();
    let alter = |alter: fn(&mut Value)| {
        replay_altered("poor", 19_426_587, |recorded| {
            let sender = sender(recorded);
            alter(&mut recorded.pre_state[&sender]);
        })
    };
    let Some(poor) = alter(|account| account["balance"] = "0x0".into()) else { return };
    poor.fails(VERDICT, "contradict");
    poor.prints("transaction 0");
    let Some(used) = alter(|account| account["nonce"] = 1_000_000.into()) else { return };
    used.fails(VERDICT, "contradict");
    used.prints("transaction 0");
}

#[test]
fn a_sender_that_did_not_sign_is_refused() {
    let change = |recorded: &mut Recorded| {
        recorded.block["transactions"][3]["from"] = Value::from("0x".to_owned() + &"11".repeat(20))
    };
    let Some(ran) = replay_altered("senders", 2_675_000, change) else { return };
    ran.fails(INPUT, "the sender of transaction 3");
}

#[test]
fn absurd_arguments_are_refused_before_anything_is_read() {
    for workers in ["0", "257", "1000000", "99999999999999999999", "-1", "two", ""] {
        for command in ["replay", "explain"] {
            let ran = parallax([command, "/nonexistent", &format!("--workers={workers}")]);
            assert_eq!(ran.code, USAGE, "{command} --workers={workers}: {}", ran.err);
        }
    }
    for repeat in ["0", "-3", "many"] {
        parallax(["replay", "/nonexistent", &format!("--repeat={repeat}")]).fails(USAGE, "--repeat");
    }
    let address = "0x0123456789abcdef0123456789abcdef01234567";
    for key in ["", "balance", address, &format!("{address}:gas"), &format!("{address}[x]"), "0x01:balance"] {
        for option in ["--ignore", "--commutative"] {
            parallax(["explain", "/nonexistent", &format!("{option}={key}")]).fails(USAGE, option);
        }
    }
    parallax(["replay"]).fails(USAGE, "PATH");
    parallax(["fetch-block", "1"]).fails(USAGE, "--rpc");
    parallax(["fetch-block", "--rpc", "http://127.0.0.1:1", "minus-one"]).fails(USAGE, "minus-one");
}

#[test]
fn explain_refuses_a_block_that_contradicts_its_header() {
    let Some(mut recorded) = recorded(2_675_000) else { return };
    recorded.block["gasUsed"] = other(&recorded.block["gasUsed"]);
    rehash(&mut recorded.block);
    let folder = scratch("explain-lie");
    write(&recorded, &folder);
    parallax([OsStr::new("explain"), folder.as_os_str()]).fails(VERDICT, "gas used is");
}

#[test]
fn files_that_cannot_be_written_are_failures_of_this_machine() {
    let Some(path) = data("mainnet-blocks/46147") else { return };
    for option in ["--csv", "--plot"] {
        let arguments = ["--repeat", "1", option, "/nonexistent/file"].map(OsStr::new);
        let ran = parallax([OsStr::new("replay"), path.as_os_str()].into_iter().chain(arguments));
        ran.fails(MACHINE, "/nonexistent/file");
    }
    let arguments = ["--html", "/nonexistent/file"].map(OsStr::new);
    parallax([OsStr::new("explain"), path.as_os_str()].into_iter().chain(arguments))
        .fails(MACHINE, "/nonexistent/file");
}
