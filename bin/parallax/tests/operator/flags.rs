//! Flags that development nodes have in common: state in files, accounts, time.

use crate::{
    code::{INPUT, USAGE},
    command::{parallax, scratch},
    running::{PATIENCE, Running},
};
use serde_json::{Value, json};
use std::{fs, path::Path, time::Instant};

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

fn balance(dev: &Running, account: &Value) -> Value {
    dev.ask("eth_getBalance", &json!([account, "latest"]))
}

const SOMEBODY: &str = "0x0000000000000000000000000000000000005eed";

#[test]
fn the_state_goes_through_a_file() {
    let folder = scratch("dev-state");
    let (file, copy) = (folder.join("state.json"), folder.join("copy.json"));
    let mut dev = Running::dev(["--state", text(&file), "--balance", "5"]);
    dev.transfer();
    dev.ask("anvil_setStorageAt", &json!([SOMEBODY, "0x1", format!("0x{:064x}", 7)]));
    dev.ask("anvil_setCode", &json!([SOMEBODY, "0x6001"]));
    let second = dev.told["accounts"][1]["address"].clone();
    let kept = balance(&dev, &second);
    assert_eq!(kept, "0x4563918244f40001");
    assert_eq!(dev.signal("-TERM").code(), Some(0));

    let mut dev = Running::dev(["--load-state", text(&file), "--dump-state", text(&copy), "--state-interval", "1"]);
    assert_eq!((balance(&dev, &second), dev.number()), (kept.clone(), 0), "the state is there, its blocks are not");
    assert_eq!(dev.ask("eth_getCode", &json!([SOMEBODY, "latest"])), "0x6001");
    assert_eq!(dev.ask("eth_getStorageAt", &json!([SOMEBODY, "0x1", "latest"])), format!("0x{:064x}", 7));
    let begin = Instant::now();
    while !copy.exists() {
        assert!(begin.elapsed() < PATIENCE, "nothing is written in between");
        std::thread::yield_now();
    }
    assert_eq!(dev.signal("-INT").code(), Some(0));

    let dev = Running::dev(["--state", text(&copy)]);
    assert_eq!(balance(&dev, &second), kept);
    let left = fs::read_dir(&folder).expect("a folder").count();
    assert_eq!(left, 2, "no file is left beside them");
}

#[test]
fn a_state_file_that_is_none_is_refused() {
    let folder = scratch("dev-no-state");
    let file = folder.join("state.json");
    let start = |flag: &str| parallax(["dev", "--port", "0", flag, text(&file)]);
    start("--load-state").fails(INPUT, "state.json");
    fs::write(&file, "{\"accounts\": 5}").expect("written");
    start("--load-state").fails(INPUT, "state.json");
    start("--state").fails(INPUT, "state.json");
    assert_eq!(fs::read(&file).expect("a file"), b"{\"accounts\": 5}", "what was there stays");
    parallax(["dev", "--state", text(&file), "--datadir", text(&folder)]).fails(USAGE, "cannot be used with");
}

#[test]
fn accounts_may_be_one_s_own() {
    let random = Running::dev(["--mnemonic-random", "15"]);
    let words = |dev: &Running| dev.told["mnemonic"].as_str().expect("words").split(' ').count();
    assert_eq!(words(&random), 15);
    let known = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
    assert_eq!(balance(&random, &json!(known)), "0x0");
    random.transfer();
    let [one, other] = [Running::dev(["--mnemonic-seed-unsafe", "7"]), Running::dev(["--mnemonic-seed", "7"])];
    assert_eq!((words(&one), &one.told["accounts"]), (12, &other.told["accounts"]));
    assert_ne!(one.told["accounts"], random.told["accounts"]);
    parallax(["dev", "--port", "0", "--mnemonic-random", "13"]).fails(USAGE, "12, 15, 18, 21 or 24 words");
}

#[test]
fn anybody_sends_where_all_are_impersonated() {
    let dev = Running::dev(["--auto-impersonate"]);
    dev.ask("anvil_setBalance", &json!([SOMEBODY, "0xde0b6b3a7640000"]));
    let request = json!([{ "from": SOMEBODY, "to": SOMEBODY, "gas": "0x5208" }]);
    assert_eq!(dev.receipt(&dev.ask("eth_sendTransaction", &request))["from"], SOMEBODY);
    assert_eq!(Running::dev([""; 0]).answer("eth_sendTransaction", &request)["error"]["message"], "unknown account");
}

#[test]
fn epochs_and_parts_of_a_second_are_as_long_as_they_are_said_to_be() {
    let dev = Running::dev(["--slots-in-an-epoch", "2", "--no-mining"]);
    dev.ask("anvil_mine", &json!(["0x7"]));
    for (tag, number) in [("safe", "0x5"), ("finalized", "0x3")] {
        assert_eq!(dev.ask("eth_getBlockByNumber", &json!([tag, false]))["number"], number, "{tag}");
    }
    let dev = Running::dev(["--block-time", "0.05"]);
    assert_eq!(dev.ask("anvil_getIntervalMining", &json!([])), 1);
    let begin = Instant::now();
    while dev.number() < 3 {
        assert!(begin.elapsed() < PATIENCE, "no block by time");
    }
    for time in ["0", "-1", "x", "NaN", "1e300"] {
        parallax(["dev", &format!("--block-time={time}")]).fails(USAGE, "--block-time");
    }
}
