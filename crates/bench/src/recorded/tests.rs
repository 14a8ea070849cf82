use std::{fs, path::PathBuf};

use super::*;
use crate::test_data;

/// A folder of this test's own, empty.
fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("parallax-recorded-{}-{name}", std::process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old scratch folder can be removed");
    }
    fs::create_dir_all(&folder).expect("a scratch folder can be made");
    folder
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    fs::write(folder.join(name), content).expect("a scratch file can be written");
}

/// A recorded file, decompressed.
fn stored(inside: &str) -> Option<Vec<u8>> {
    test_data::path(inside).map(|path| files::read(&path).expect("stored data can be read"))
}

fn check_error(path: &Path, expected: &str) {
    let error = RecordedBlock::load_all(path).expect_err("bad data must not load").to_string();
    assert!(error.contains(expected), "{error:?} does not say {expected:?}");
    assert!(error.contains(&path.file_name().expect("a name").to_string_lossy().into_owned()), "{error:?}");
}

#[test]
fn mainnet_blocks_are_what_they_claim_and_have_the_indexed_fork() {
    #[derive(Deserialize)]
    struct Index {
        blocks: Vec<Row>,
    }
    #[derive(Deserialize)]
    struct Row {
        number: u64,
        fork: String,
        transactions: usize,
        hash: B256,
    }
    let Some(folder) = test_data::path("mainnet-blocks") else { return };
    let index: Index = files::read_json(&folder.join("index.json")).expect("the index can be read");
    let blocks = RecordedBlock::load_all(&folder).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(blocks.len(), index.blocks.len());
    for (block, row) in blocks.iter().zip(&index.blocks) {
        assert_eq!(block.number(), row.number);
        assert_eq!(block.fork(), row.fork.parse().expect("a fork's name"), "{}", row.number);
        assert_eq!(block.block.body.transactions.len(), row.transactions);
        assert_eq!(block.senders.len(), row.transactions);
        assert_eq!(block.hash, row.hash);
        assert_eq!(block.roots.receipts.is_some(), block.fork() >= Fork::Byzantium);
        assert!(block.header_known);
        block.check_senders().unwrap_or_else(|error| panic!("{error}"));
        let parent = block.state.block_hash(row.number - 1).expect("a listed state always answers");
        assert_eq!(parent, block.block.header.parent_hash);
    }
    assert_eq!(blocks.iter().filter(|block| !block.ommers_known).count(), 3, "three blocks have uncles");
}

#[test]
fn witness_blocks_open_under_their_parents_root() {
    let Some(folder) = test_data::path("mainnet-witness") else { return };
    let blocks = RecordedBlock::load_all(&folder).unwrap_or_else(|error| panic!("{error}"));
    let numbers: Vec<_> = blocks.iter().map(RecordedBlock::number).collect();
    assert_eq!(numbers, [1_920_000, 2_675_000, 9_069_000, 15_537_394, 19_426_587, 22_615_247]);
    for mut block in blocks {
        block.check_senders().unwrap_or_else(|error| panic!("{error}"));
        assert!(block.ommers_known);
        let parent = block.parent.as_ref().expect("a witness has the parent");
        assert_eq!(parent.hash_slow(), block.block.header.parent_hash);
        assert_eq!(block.roots.parent_state, Some(parent.state_root));
        for (index, sender) in block.senders.iter().enumerate() {
            let account = block.state.account(*sender).unwrap_or_else(|error| panic!("{}: {error}", block.name));
            assert!(account.is_some(), "{}: sender {index} exists", block.name);
        }
        let RecordedState::Witness(state) = &mut block.state else { panic!("{} is a witness", block.name) };
        assert_eq!(Some(state.root()), block.roots.parent_state);
    }
}

#[test]
fn listed_and_proven_states_agree() {
    let Some(folder) = test_data::path("mainnet-blocks/9069000") else { return };
    let Some(witness) = test_data::path("mainnet-witness/1-9069000.json.gz") else { return };
    let listed = RecordedBlock::load(folder).unwrap_or_else(|error| panic!("{error}"));
    let proven = RecordedBlock::load(witness).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(listed.block, proven.block);
    assert_eq!(listed.senders, proven.senders);
    let RecordedState::Listed(state) = &listed.state else { panic!("a listed state") };
    let mut accounts = 0;
    for (address, account) in state.accounts() {
        assert_eq!(proven.state.account(address), Ok(Some(account)), "{address}");
        assert_eq!(proven.state.code(account.code_hash), listed.state.code(account.code_hash));
        for (slot, value) in state.storage_of(address) {
            assert_eq!(proven.state.storage(address, slot), Ok(value), "{address} {slot}");
        }
        accounts += 1;
    }
    assert!(accounts > 50);
    for number in 9_068_995..9_069_000 {
        assert_ne!(proven.state.block_hash(number), Ok(B256::ZERO));
    }
    let nobody = Address::repeat_byte(0x77);
    assert!(matches!(proven.state.account(nobody), Err(StateError::Missing(_))), "not proven is not absent");
}

#[test]
fn the_unsigned_form_loads() {
    let Some(folder) = test_data::path("mainnet-recent") else { return };
    let blocks = RecordedBlock::load_all(&folder).unwrap_or_else(|error| panic!("{error}"));
    let [block] = blocks.as_slice() else { panic!("one block") };
    assert_eq!((block.number(), block.fork()), (22_546_209, Fork::Prague));
    assert_eq!(block.block.body.transactions.len(), 180);
    assert_eq!(block.block.body.transactions.iter().filter(|tx| tx.is_eip7702()).count(), 3);
    assert_eq!(block.roots, Roots::default());
    assert!(!block.header_known && block.hash.is_zero());
    assert_eq!(block.chain, ChainSpec::mainnet());
    assert_eq!(block.block.header.base_fee_per_gas, Some(2_918_101_059));
    block.check_senders().expect("nothing to check");
}

#[test]
fn a_folder_of_its_own_needs_nothing_beside_it() {
    let (Some(block), Some(state)) =
        (stored("mainnet-blocks/46147/block.json.zst"), stored("mainnet-blocks/46147/pre_state.json.zst"))
    else {
        return;
    };
    let folder = scratch("own");
    write(&folder, "block.json", &block);
    write(&folder, "pre_state.json", &state);
    write(&folder, "block_hashes.json", format!(r#"{{"46000": "{}"}}"#, B256::repeat_byte(7)));
    let loaded = RecordedBlock::load(&folder).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(loaded.state.block_hash(46_000), Ok(B256::repeat_byte(7)));
    assert_eq!(RecordedBlock::load_all(&folder).map(|blocks| blocks.len()).ok(), Some(1));

    let text = String::from_utf8(state).expect("JSON is UTF-8");
    let inline = text.replacen("\"nonce\":0", r#""nonce":"0x5","code":"0x6001","code_hash":null"#, 1);
    write(&folder, "pre_state.json", &inline);
    let loaded = RecordedBlock::load(&folder).unwrap_or_else(|error| panic!("{error}"));
    let account = loaded.state.account(loaded.senders[0]).expect("listed").expect("exists");
    assert_eq!(account.nonce, 5);
    assert_eq!(loaded.state.code(account.code_hash), Ok(Bytes::from_static(&[0x60, 1])));
    fs::remove_dir_all(folder).expect("the scratch folder can be removed");
}

#[test]
fn bad_folders_say_which_file_and_what() {
    let (Some(block), Some(state)) =
        (stored("mainnet-blocks/116525/block.json.zst"), stored("mainnet-blocks/116525/pre_state.json.zst"))
    else {
        return;
    };
    let folder = scratch("bad");
    check_error(&folder, "not a recorded block");
    check_error(&folder.join("nowhere"), "No such file");
    write(&folder, "notes.json", r#"{"hello": 1}"#);
    write(&folder, "list.json", " [1, 2]");
    check_error(&folder, "not a recorded block");
    check_error(&folder.join("notes.json"), "not a recorded block");

    write(&folder, "block.json", &block[..block.len() / 2]);
    check_error(&folder, "there is no pre_state.json");
    write(&folder, "pre_state.json", &state);
    let cut = RecordedBlock::load(&folder).expect_err("half a block");
    assert!(matches!(&cut, LoadError::Json { path, .. } if path.ends_with("block.json")), "{cut}");
    write(&folder, "block.json", r#"{"number": "0x1"}"#);
    assert!(matches!(RecordedBlock::load(&folder), Err(LoadError::Json { .. })));

    write(&folder, "block.json", &block);
    let missing = RecordedBlock::load(&folder).expect_err("no codes beside it");
    assert!(matches!(&missing, LoadError::MissingCode { path, .. } if path.ends_with("pre_state.json")), "{missing}");
    let LoadError::MissingCode { hash, .. } = missing else { return };
    write(&folder, "codes.json", format!(r#"{{"{hash}": "0x6001"}}"#));
    let wrong = RecordedBlock::load(&folder).expect_err("other bytes").to_string();
    assert!(wrong.contains("the hash of a code is") && wrong.contains(&hash.to_string()), "{wrong}");

    let text = String::from_utf8(block).expect("JSON is UTF-8");
    for (from, to, expected) in [
        ("\"gasUsed\":\"0x280f37\"", "\"gasUsed\":\"0x280f38\"", "the block's hash is"),
        ("\"value\":\"0x", "\"value\":\"0x1", "the transactions root is"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert!(changed != text, "{from} occurs");
        write(&folder, "block.json", changed);
        check_error(&folder, expected);
    }
    fs::remove_dir_all(folder).expect("the scratch folder can be removed");
}

#[test]
fn bad_compression_is_an_error() {
    let folder = scratch("compressed");
    write(&folder, "block.json.zst", b"{}");
    write(&folder, "pre_state.json.gz", b"{}");
    let error = RecordedBlock::load(&folder).expect_err("not Zstandard");
    assert!(matches!(&error, LoadError::Io { path, .. } if path.ends_with("block.json.zst")), "{error}");
    write(&folder, "w.json.gz", b"\x1f\x8b\x08\x00");
    let error = RecordedBlock::load(folder.join("w.json.gz")).expect_err("cut gzip");
    assert!(matches!(error, LoadError::Io { .. }), "{error}");
    fs::remove_dir_all(folder).expect("the scratch folder can be removed");
}

#[test]
fn bad_witnesses_are_errors() {
    let Some(json) = stored("mainnet-witness/prover-input-22615247.json.zst") else { return };
    let folder = scratch("witness");
    write(&folder, "cut.json", &json[..json.len() / 3]);
    check_error(&folder, "cut.json");
    fs::remove_file(folder.join("cut.json")).expect("it was just written");

    let whole: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let check = |change: &dyn Fn(&mut serde_json::Value), expected: &str| {
        let mut value = whole.clone();
        // Beyond 64 bits, it would come back as a float.
        value["chainConfig"]["terminalTotalDifficulty"] = "58750000000000000000000".into();
        change(&mut value);
        write(&folder, "w.json", value.to_string());
        let error = RecordedBlock::load(folder.join("w.json")).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(&|value| value["blocks"] = serde_json::json!([]), "exactly one");
    check(&|value| value["witness"]["ancestors"] = serde_json::json!([]), "the parent's header is missing");
    check(&|value| value["witness"]["state"] = serde_json::json!([]), "the node of the state root");
    check(&|value| value["witness"]["ancestors"][0]["gasUsed"] = "0x1".into(), "the hash of block 22615246 is");
    check(&|value| value["chainConfig"] = serde_json::json!({}), "chainId");
    fs::remove_dir_all(folder).expect("the scratch folder can be removed");
}
