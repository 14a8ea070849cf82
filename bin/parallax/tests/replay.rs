//! `parallax replay` over recorded blocks.

#[path = "support/command.rs"]
mod command;
#[path = "support/resident.rs"]
mod resident;

use command::{data, parallax, scratch};
use resident::{Resident, watch};
use serde_json::Value;
use std::{ffi::OsString, fs, path::Path};

const MIB: u64 = 1 << 20;

/// What a replay may hold beside one and a half times the pre-state.
const ALLOWANCE: u64 = 256 * MIB;

/// How much a thousand repeats may leave behind: allocators keep some pages for themselves.
const GROWTH_MAX: u64 = 16 * MIB;

/// Replays with every policy, two workers and one round, and gives the JSON document.
fn replay(path: &Path) -> Value {
    let path = path.as_os_str().to_owned();
    let arguments = ["replay", "--policy", "all", "--workers", "2", "--repeat", "1", "--json"].map(OsString::from);
    let ran = parallax(arguments.into_iter().chain([path]));
    ran.succeeds();
    assert_eq!(ran.err, "", "nothing but the document is printed");
    serde_json::from_str(&ran.out).expect("one JSON document")
}

fn blocks(report: &Value) -> &Vec<Value> {
    report["blocks"].as_array().expect("a list")
}

/// The verdict's list of what was compared.
fn checked(block: &Value) -> Vec<&str> {
    block["verdict"]["checked"].as_array().expect("a list").iter().map(|name| name.as_str().expect("text")).collect()
}

#[test]
fn a_folder_of_blocks_agrees_with_its_headers() {
    let Some(path) = data("mainnet-blocks") else { return };
    let ran = parallax(["replay".as_ref(), path.as_os_str(), "--repeat".as_ref(), "1".as_ref()]);
    ran.succeeds().prints("26 of 26 blocks agree with their header").prints("gas used 26");
    ran.prints("receipts root 19").prints("52 of 52 parallel results equal the serial one");
}

#[test]
fn every_policy_is_compared_and_measured() {
    let Some(path) = data("mainnet-blocks/4864590") else { return };
    let report = replay(&path);
    let block = &blocks(&report)[0];
    assert_eq!(block["number"], 4_864_590);
    assert_eq!(block["gas_used"], 7_985_890);
    assert_eq!(block["transactions"], 195);
    assert_eq!(checked(block), ["header", "body", "gas_used", "logs_bloom", "receipts_root"]);
    let policies = block["policies"].as_array().expect("a list");
    assert!(policies.len() >= 2);
    let (work, span) = (block["work_ns"].as_u64().expect("a number"), block["span_ns"].as_u64().expect("a number"));
    assert!(work >= span && span >= block["longest_ns"].as_u64().expect("a number"));
    for policy in policies {
        assert_eq!(policy["difference"], Value::Null, "{policy}");
        assert!(policy["parallel_ns"]["median"].as_f64().is_some_and(|time| time > 0.0), "{policy}");
        assert!(policy["executions"].as_u64() >= Some(195), "{policy}");
        let bound = policy["bound"].as_f64().expect("a number");
        assert!((1.0..=2.0).contains(&bound), "{policy}");
    }
    assert_eq!(report["totals"].as_array().map(Vec::len), Some(policies.len()));
}

#[test]
fn witnesses_give_state_roots_and_the_receipts_roots_of_old() {
    let Some(path) = data("mainnet-witness") else { return };
    let report = replay(&path);
    assert_eq!(blocks(&report).len(), 6);
    for block in blocks(&report) {
        let checked = checked(block);
        for what in ["header", "parent", "body", "gas_used", "state_root_before", "state_root", "receipts_root"] {
            assert!(checked.contains(&what), "{}: no {what} in {checked:?}", block["name"]);
        }
    }
    let prague = blocks(&report).iter().find(|block| block["number"] == 22_615_247).expect("it is there");
    assert!(checked(prague).contains(&"requests_hash"));
}

#[test]
fn a_block_without_header_is_only_compared_with_serial() {
    let Some(path) = data("mainnet-recent/22546209") else { return };
    let report = replay(&path);
    let block = &blocks(&report)[0];
    assert_eq!(block["verdict"]["header_known"], false);
    assert_eq!(checked(block), [""; 0]);
    let policies = block["policies"].as_array().expect("a list");
    assert!(!policies.is_empty());
    assert!(policies.iter().all(|policy| policy["difference"].is_null() && policy["policy"] != "list_driven"));
    let text = parallax(["replay".as_ref(), path.as_os_str(), "--repeat".as_ref(), "1".as_ref()]);
    text.succeeds().prints("only that parallel equals serial could be checked");
}

#[test]
fn tables_and_charts_are_written() {
    let Some(path) = data("mainnet-blocks/116525") else { return };
    let folder = scratch("replay-files");
    let (csv, svg) = (folder.join("out.csv"), folder.join("out.svg"));
    let files = ["--csv".as_ref(), csv.as_os_str(), "--plot".as_ref(), svg.as_os_str()];
    let ran =
        parallax(["replay".as_ref(), path.as_os_str(), "--repeat".as_ref(), "1".as_ref()].into_iter().chain(files));
    ran.succeeds().prints("Worst calibration probe").prints("valid");
    let csv = fs::read_to_string(csv).expect("it was written");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3, "a heading, and a line for each policy: {csv}");
    assert!(lines[0].starts_with("block,number,fork,verdict,transactions,gas_used,policy,workers,equals_serial"));
    let columns = lines[0].split(',').count();
    assert!(lines.iter().all(|line| line.split(',').count() == columns));
    let svg = fs::read_to_string(svg).expect("it was written");
    assert!(svg.starts_with("<svg xmlns") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("optimistic") && svg.contains("116525"));
}

#[test]
fn a_policy_that_does_not_exist_is_refused() {
    let ran = parallax(["replay", "--policy", "fastest", "."]);
    ran.fails(2, "list_driven");
}

/// "The size of the pre-state" is that of the largest file that holds one, decompressed and without the codes: the least
/// that it can be called, so that the bound is the hardest.
#[test]
fn alone_peak_of_replaying_real_blocks() {
    let Some(blocks) = data("mainnet-blocks") else { return };
    let states = fs::read_dir(&blocks).expect("a folder").filter_map(|entry| {
        let file = fs::File::open(entry.expect("an entry").path().join("pre_state.json.zst")).ok()?;
        Some(zstd::decode_all(file).expect("zstd").len() as u64)
    });
    let state = states.max().expect("there are blocks");
    let arguments =
        ["replay".as_ref(), blocks.as_os_str(), "--policy".as_ref(), "all".as_ref(), "--repeat".as_ref(), "1".as_ref()];
    let Some(Resident { peak, .. }) = watch(&arguments) else { return };
    let bound = state + state / 2 + ALLOWANCE;
    eprintln!("the largest pre-state {} KiB, peak {} MiB, bound {} MiB", state / 1024, peak / MIB, bound / MIB);
    assert!(peak > state && peak <= bound, "peak of {peak} bytes, {bound} are allowed for a pre-state of {state}");
}

#[test]
fn alone_no_growth_over_a_thousand_repeats() {
    let Some(block) = data("mainnet-blocks/2675000") else { return };
    let arguments = ["replay".as_ref(), block.as_os_str(), "--repeat".as_ref(), "1000".as_ref()];
    let Some(Resident { now, .. }) = watch(&arguments) else { return };
    // The first tenth of the looks is for loading and for what grows once.
    let most = |looks: &[u64]| looks.iter().copied().max().expect("it was looked at often");
    let (warm, rest) = now.split_at(now.len() / 10);
    let growth = most(&rest[rest.len() / 2..]).saturating_sub(most(&rest[..rest.len() / 2]));
    eprintln!("{} looks, {} KiB while warming, grows by {growth} bytes", now.len(), most(warm) / 1024);
    assert!(now.len() > 100, "too short to tell: {} looks", now.len());
    assert!(growth <= GROWTH_MAX, "{growth} bytes more in the second half");
}
