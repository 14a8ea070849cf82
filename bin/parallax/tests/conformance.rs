//! The official vectors, run by the real binary: every test passes, and as many were run as there are.
//!
//! What is not run, and why, stands in `specs/conformance-skips.md`. The data is looked for in `PARALLAX_DATA`, or else
//! in `data` at the root of the workspace; where it is missing a test says so and passes, save in continuous integration.

use executor::Policy;
use serde::Deserialize;
use std::{
    path::PathBuf,
    process::{Command, Output},
};

/// The parts of a report that are judged here.
#[derive(Deserialize)]
struct Report {
    passed: usize,
    failed: Vec<Named>,
    excepted: Vec<Named>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed when a test fails")]
struct Named {
    name: String,
    why: String,
}

/// Tests that execute an instruction of threads, which they take for an invalid one.
const EXCEPTIONS: &str = include_str!("conformance/threads.txt");

/// An archive of fixtures, or `None` with a line that says what is skipped; nothing is where `PARALLAX_DATA` is set.
#[expect(clippy::disallowed_methods, reason = "a test looks for its data")]
fn archive(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PARALLAX_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data")), PathBuf::from);
    let path = folder.join("fixtures").join(format!("{name}.tar.zst"));
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("PARALLAX_DATA").is_none(), "{} is missing", path.display());
    eprintln!("SKIPPED: {} is missing; set PARALLAX_DATA to the data folder", path.display());
    None
}

fn parallax(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_parallax")).args(arguments).output().expect("the binary runs")
}

/// Runs an archive with more arguments; all `expected` tests must pass.
fn check(command: &str, name: &str, arguments: &[&str], expected: usize) {
    check_but(command, name, arguments, expected, &[]);
}

/// The same where contracts may have threads: all must pass but the exceptions of this archive, which are listed.
fn check_with_threads(command: &str, name: &str, arguments: &[&str], expected: usize) {
    let listed = EXCEPTIONS.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    check_but(command, name, &[&["--threads"], arguments].concat(), expected, &listed.collect::<Vec<_>>());
}

fn check_but(command: &str, name: &str, arguments: &[&str], expected: usize, exceptions: &[&str]) {
    let Some(path) = archive(name) else { return };
    let path = path.to_str().expect("a path in UTF-8");
    let output = parallax(&[&[command, path, "--json", "--workers", "2"], arguments].concat());
    let said = || String::from_utf8_lossy(&output.stderr);
    let report: Report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said()));
    assert!(report.failed.is_empty(), "{name} {arguments:?}: {} failed: {:#?}", report.failed.len(), report.failed);
    let excepted: Vec<&str> = report.excepted.iter().map(|named| named.name.as_str()).collect();
    assert_eq!(excepted, exceptions, "{name} {arguments:?}: {:#?}", report.excepted);
    assert_eq!(report.passed + exceptions.len(), expected, "{name} {arguments:?}: tests run");
    assert!(output.status.success(), "{}", said());
}

#[test]
fn state_tests_of_eest() {
    check("statetest", "eest-v5.4.0-state-tests", &[], 22_414);
}

#[test]
fn state_tests_of_eest_are_the_same_under_their_lists() {
    check("statetest", "eest-v5.4.0-state-tests", &["--policy", "list_driven"], 22_414);
}

#[test]
fn state_tests_of_every_fork_from_frontier() {
    check("statetest", "legacytests", &[], 65_723);
}

/// On a chain with threads everything that has none is as it was (spec 0005).
mod with_threads {
    use super::check_with_threads;

    /// The policies that go by what is known of transactions, beside the one that knows nothing.
    const POLICIES: [&str; 4] = ["optimistic", "list_driven", "disjoint_sets", "sequence"];

    #[test]
    fn state_tests_of_eest() {
        check_with_threads("statetest", "eest-v5.4.0-state-tests", &[], 22_414);
    }

    /// The other forks of these tests have no threads.
    #[test]
    fn state_tests_of_cancun() {
        check_with_threads("statetest", "legacytests", &["--fork", "cancun"], 10_763);
    }

    #[test]
    fn blockchain_tests_of_eest() {
        check_with_threads("blocktest", "eest-v5.4.0-blockchain-tests", &["--policy", "optimistic"], 8_718);
    }

    #[test]
    fn blockchain_tests_of_ethereum() {
        for policy in POLICIES {
            check_with_threads("blocktest", "ethereum-tests", &["--policy", policy], 148);
        }
    }
}

/// A module of tests for each policy, so that they run side by side.
macro_rules! under_every_policy {
    ($($policy:ident)*) => {
        const POLICIES: &[&str] = &[$(stringify!($policy)),*];

        $(mod $policy {
            use super::check;

            const POLICY: &str = stringify!($policy);

            #[test]
            fn blockchain_tests_of_eest() {
                check("blocktest", "eest-v5.4.0-blockchain-tests", &["--policy", POLICY], 8_718);
            }

            #[test]
            fn blockchain_tests_of_ethereum() {
                check("blocktest", "ethereum-tests", &["--policy", POLICY], 148);
            }

            /// EIP-7928: each list is the fixture's, and the six invalid ones are refused.
            #[test]
            fn lists() {
                let arguments = ["--policy", POLICY, "--filter", "eip7928_block_level_access_lists"];
                check("blocktest", "eest-bal-v5.1.0-amsterdam", &arguments, 400);
            }

            /// The invalid lists of the later release, whose rules for gas are others.
            #[test]
            fn invalid_lists() {
                let name = "eest-bal-v5.7.0-alpha-amsterdam";
                let policy = ["--policy", POLICY, "--filter"];
                check("blocktest", name, &[&policy[..], &["block_access_lists_invalid"]].concat(), 55);
                check("blocktest", name, &[&policy[..], &["bal_gas_limit_boundary"]].concat(), 2);
            }

            /// Worst cases of 60 million gas, the largest with few enough transactions for a short test.
            #[test]
            fn benchmark_blocks() {
                check("blocktest", "eest-benchmark-v0.0.7", &["--policy", POLICY, "--filter", "60M"], 21);
            }

            /// Worst cases of 1 to 150 million gas.
            #[test]
            fn slow_benchmark_blocks() {
                check("blocktest", "eest-benchmark-v0.0.7", &["--policy", POLICY], 147);
            }
        })*
    };
}

under_every_policy! {
    serial
    static_split
    static_split_quadratic
    disjoint_sets
    sequence
    optimistic
    list_driven
}

#[test]
fn no_policy_is_left_out() {
    assert_eq!(POLICIES, Policy::ALL.map(Policy::name));
}

#[test]
fn worst_case_blocks_of_every_size() {
    check("blocktest", "eest-benchmark-v0.0.7", &[], 147);
}

/// A state test of one transfer, with the state root that it claims.
fn transfer(root: &str) -> String {
    let address = "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b";
    let none = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";
    format!(
        r#"{{"transfer": {{
            "env": {{"currentCoinbase": "0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba", "currentGasLimit": "0x989680",
                     "currentNumber": "0x1", "currentTimestamp": "0x3e8", "currentRandom": "0x0", "currentBaseFee": "0x7"}},
            "pre": {{"{address}": {{"balance": "0xde0b6b3a7640000", "nonce": "0x0", "code": "0x", "storage": {{}}}}}},
            "transaction": {{"sender": "{address}", "to": "0x1000000000000000000000000000000000000000", "nonce": "0x0",
                             "gasPrice": "0xa", "gasLimit": ["0x5208"], "value": ["0x1"], "data": ["0x"]}},
            "post": {{"Shanghai": [{{"hash": "{root}", "logs": "{none}",
                                     "indexes": {{"data": 0, "gas": 0, "value": 0}}}}]}}}}}}"#
    )
}

fn write(name: &str, content: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("the target folder can be written to");
    path.to_str().expect("a path in UTF-8").to_owned()
}

#[test]
fn a_wrong_result_is_a_verdict_that_says_expected_and_got() {
    let wrong = write("wrong-root.json", &transfer(&format!("0x{:064x}", 1)));
    let output = parallax(&["statetest", &wrong]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("FAILED") && text.contains("transfer Shanghai"), "{text}");
    let found = text.split("state root is ").nth(1).and_then(|rest| rest.split(',').next()).expect("the root found");
    let right = write("right-root.json", &transfer(found));
    assert_eq!(parallax(&["statetest", &right]).status.code(), Some(0));
    assert_eq!(parallax(&["statetest", &right, "--fork", "Cancun"]).status.code(), Some(2), "nothing fits");
    for (command, workers) in
        ["statetest", "blocktest"].iter().flat_map(|command| ["0", "257", "-1"].map(|n| (command, n)))
    {
        let output = parallax(&[command, &right, "--workers", workers]);
        assert_eq!(output.status.code(), Some(2), "{command} with {workers} workers");
    }
    assert_eq!(parallax(&["statetest", &right, "--policy", "none"]).status.code(), Some(2));
    assert_eq!(parallax(&["blocktest", &right]).status.code(), Some(3), "no blockchain test");
}

#[test]
fn what_is_no_fixture_is_a_fault_of_the_input() {
    let cut = write("cut.json", &transfer("0x00")[..200]);
    for command in ["statetest", "blocktest"] {
        assert_eq!(parallax(&[command, &cut]).status.code(), Some(3));
        assert_eq!(parallax(&[command, "/nowhere/at/all"]).status.code(), Some(3));
    }
}
