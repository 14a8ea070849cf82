use super::*;
use serde_json::json;

fn template_with(change: impl FnOnce(&mut Value)) -> GenesisFile {
    let mut value = template(7, &[Address::repeat_byte(1)], U256::from(10), None);
    change(&mut value);
    GenesisFile::read(&value.to_string()).expect("a genesis")
}

#[track_caller]
fn problem(change: impl FnOnce(&mut Value), complaint: &str) {
    let findings = template_with(change).findings();
    assert!(findings.problems.iter().any(|problem| problem.contains(complaint)), "{complaint:?} not in {findings:?}");
}

#[test]
fn the_template_has_nothing_to_be_said_of() {
    let file = template_with(|_| ());
    assert_eq!(file.findings(), Findings::default());
    let genesis = file.genesis();
    assert_eq!((genesis.spec.chain_id, genesis.diff.accounts.len()), (7, 5));
    assert_eq!(genesis.spec.fork_of(&genesis.block.header), FORK);
}

/// The genesis of the Sepolia test network has its known hash only if every field is where it belongs. Its accounts are
/// of no interest here: a known state root stands for them.
#[test]
fn a_known_genesis_has_its_known_hash() {
    let header = json!({
        "config": { "chainId": 11_155_111, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
            "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0, "berlinBlock": 0,
            "londonBlock": 0, "mergeNetsplitBlock": 1_735_371 },
        "nonce": "0x0",
        "timestamp": "0x6159af19",
        "extraData": "0x5365706f6c69612c20417468656e732c204174746963612c2047726565636521",
        "gasLimit": "0x1c9c380",
        "difficulty": "0x20000",
        "mixHash": B256::ZERO,
        "coinbase": Address::ZERO,
        "alloc": {},
    });
    let mut genesis = GenesisFile::read(&header.to_string()).expect("a genesis").genesis();
    let root = "0x5eb6e371a698b8d68f665192350ffcecbbbf322916f4b51bd79bb6887da3f494";
    genesis.block.header.state_root = root.parse().expect("a root");
    let hash = "0x25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9";
    assert_eq!(genesis.block.header.hash_slow().to_string(), hash);
}

#[test]
fn accounts_code_and_storage_are_in_the_state() {
    let file = template_with(|value| {
        value["alloc"]["0x00000000000000000000000000000000000000ff"] =
            json!({ "balance": "12", "nonce": "0x3", "code": "0x6001", "storage": { "0x1": "0x02", "0x2": "0x0" } });
    });
    let genesis = file.genesis();
    let address = Address::with_last_byte(0xff);
    let change = genesis.diff.accounts.iter().find(|change| change.address == address).expect("it is there");
    let account = change.account.expect("it is there");
    assert_eq!((account.nonce, account.balance), (3, U256::from(12)));
    assert!(genesis.diff.code.iter().any(|(hash, code)| *hash == account.code_hash && code.as_ref() == [0x60, 1]));
    let slots = genesis.diff.slots.iter().filter(|slot| slot.address == address);
    assert_eq!(slots.map(|slot| (slot.slot, slot.value)).collect::<Vec<_>>(), [(U256::ONE, U256::from(2))]);
}

#[test]
fn what_this_node_cannot_run_is_said_all_at_once() {
    problem(|value| value["config"]["chainId"] = 0.into(), "`chainId` is 0");
    problem(|value| value["config"]["mergeNetsplitBlock"] = 5.into(), "proof of work");
    problem(|value| value["config"]["shanghaiTime"] = Value::Null, "never does");
    problem(|value| value["config"]["pragueTime"] = 100.into(), "before the fork before it");
    problem(|value| value["config"]["amsterdamTime"] = 100.into(), "Amsterdam is scheduled");
    problem(|value| value["gasLimit"] = "0x10".into(), "`gasLimit`");
    problem(|value| value["extraData"] = format!("0x{}", "00".repeat(33)).into(), "`extraData`");
    problem(|value| value["number"] = "0x1".into(), "`number`");
    problem(|value| value["alloc"] = json!({}), "EIP-7002");
    let both = template_with(|value| {
        value["gasLimit"] = "0x10".into();
        value["config"]["chainId"] = 0.into();
    });
    assert_eq!(both.findings().problems.len(), 2);
}

#[test]
fn what_is_probably_not_meant_is_a_warning() {
    let file = template_with(|value| {
        value["gasLimitt"] = "0x1".into();
        value["alloc"]["0x0000000000000000000000000000000000000001"] =
            json!({ "balance": "0x1", "secretKey": B256::with_last_byte(1) });
    });
    let findings = file.findings();
    assert!(findings.problems.is_empty(), "{findings:?}");
    assert_eq!(findings.warnings.len(), 2, "{findings:?}");
}

#[test]
fn what_is_no_genesis_is_an_error() {
    for text in [
        "",
        "[]",
        "{}",
        "{\"config\":{}}",
        "{\"config\":{\"chainId\":\"x\"},\"alloc\":{}}",
        "{\"config\":{\"chainId\":1},\"alloc\":3}",
    ] {
        assert!(GenesisFile::read(text).is_err(), "{text}");
    }
}

#[test]
fn funded_accounts_do_not_replace_those_of_the_file() {
    let mut file = template_with(|_| ());
    file.fund(&[Address::repeat_byte(1), Address::repeat_byte(2)], U256::from(99));
    let balance = |byte| {
        let address = Address::repeat_byte(byte);
        let change = file.genesis().diff.accounts.into_iter().find(|change| change.address == address);
        change.and_then(|change| change.account).expect("it is there").balance
    };
    assert_eq!((balance(1), balance(2)), (U256::from(10), U256::from(99)));
}

/// Threads come with prices: those that the genesis names by their hash, and no others.
#[test]
fn threads_have_the_prices_that_the_genesis_names() {
    let own = serde_json::to_string(&json!({
        "subsol": 9, "subsolWord": 1, "join": 1, "sleep": 1, "sleepStep": 1, "revertt": 1, "after": 1, "record": 1,
        "recordOperation": 1, "recordHash": 1, "recordSet": 1, "recordLocation": 1,
    }))
    .expect("JSON");
    let prices = crate::ThreadPrices::read(&own).expect("prices");
    let file = template(7, &[], U256::ZERO, Some(prices.hash)).to_string();
    let read = GenesisFile::read_with(&file, Some(&own)).expect("a genesis");
    assert_eq!(read.findings(), Findings::default());
    assert_eq!(read.spec().thread_gas_at(0), Some(prices.gas));
    let refused = GenesisFile::read(&file).map(|_| ());
    assert!(matches!(refused, Err(GenesisError::Rules(ChainSpecError::ThreadGasHash(_)))), "{refused:?}");
    let public = template(7, &[], U256::ZERO, Some(crate::ThreadPrices::default().hash)).to_string();
    assert_eq!(GenesisFile::read(&public).expect("a genesis").spec().thread_gas_at(0), Some(Default::default()));
    assert!(GenesisFile::read_with(&public, Some(&own)).is_err(), "others than it names");
    let none = template(7, &[], U256::ZERO, None).to_string();
    assert!(matches!(GenesisFile::read_with(&none, Some(&own)), Err(GenesisError::NoThreads)));

    let block = |file: &GenesisFile| file.genesis().block.header.hash_slow();
    let other = GenesisFile::read(&public).expect("a genesis");
    assert_ne!(block(&read), block(&other), "chains with other prices begin with other blocks");
    let mut loose: serde_json::Value = serde_json::from_str(&public).expect("JSON");
    loose["extraData"] = json!("0x");
    let loose = GenesisFile::read(&loose.to_string()).expect("a genesis").findings();
    assert!(loose.problems.is_empty() && loose.warnings[0].contains("`extraData`"), "{loose:?}");

    let early = template_with(|value| {
        value["config"]["threads"] = json!({ "time": 0, "gasHash": crate::ThreadPrices::default().hash });
        ["cancunTime", "pragueTime", "osakaTime"].into_iter().for_each(|fork| value["config"][fork] = 50.into());
    });
    let findings = early.findings();
    assert!(findings.warnings.iter().any(|warning| warning.contains("`threads`")), "{findings:?}");
}
