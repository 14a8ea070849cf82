use std::fs;

use super::*;
use crate::test_data;
use primitives::{Fork, keccak256};

fn archive(name: &str) -> Option<PathBuf> {
    test_data::path(&format!("fixtures/{name}.tar.zst"))
}

/// Reads every state test: each network is known, each variant is a transaction, and it is the one in `txbytes`.
fn check_state_tests(name: &str, tests_expected: usize) {
    let Some(path) = archive(name) else { return };
    let (mut tests, mut unbuilt) = (0, 0);
    for case in state_tests(path).unwrap_or_else(|error| panic!("{error}")) {
        let (file, name, test) = case.unwrap_or_else(|error| panic!("{error}"));
        tests += 1;
        for (network, expectations) in &test.post {
            let spec = test.chain_spec(network).unwrap_or_else(|error| panic!("{file} {name}: {error}"));
            let fork = spec.fork_at(test.env.number, test.env.timestamp);
            assert_eq!(spec.blob_params_at(test.env.timestamp).is_some(), fork >= Fork::Cancun, "{network}");
            for expectation in expectations {
                match test.transaction(expectation.indexes) {
                    Ok((built, _)) => check_txbytes(&format!("{file} {name}"), &built, expectation),
                    Err(error) => {
                        assert!(expectation.expect_exception.is_some(), "{file} {name}: {error}");
                        unbuilt += 1;
                    }
                }
            }
        }
    }
    assert_eq!(tests, tests_expected);
    assert!(unbuilt < 50, "{unbuilt} variants could not be built");
}

/// Compares the built transaction with the signed one in everything but the signature.
fn check_txbytes(name: &str, built: &primitives::Transaction, expectation: &Expectation) {
    use primitives::{alloy_consensus::Transaction as _, alloy_eips::Decodable2718};
    let Some(bytes) = &expectation.txbytes else { return };
    let Ok(signed) = primitives::Transaction::decode_2718_exact(bytes) else {
        assert!(expectation.expect_exception.is_some(), "{name}: txbytes is no transaction");
        return;
    };
    assert_eq!(built.tx_type(), signed.tx_type(), "{name}");
    assert_eq!(built.kind(), signed.kind(), "{name}");
    assert_eq!(built.input(), signed.input(), "{name}");
    assert_eq!((built.nonce(), built.gas_limit(), built.value()), (signed.nonce(), signed.gas_limit(), signed.value()));
    assert_eq!(built.max_fee_per_gas(), signed.max_fee_per_gas(), "{name}");
    assert_eq!(built.max_priority_fee_per_gas(), signed.max_priority_fee_per_gas(), "{name}");
    assert_eq!(built.access_list(), signed.access_list(), "{name}");
    assert_eq!(built.blob_versioned_hashes(), signed.blob_versioned_hashes(), "{name}");
    assert_eq!(built.authorization_list(), signed.authorization_list(), "{name}");
}

/// Reads every blockchain test: the network is known, headers and blocks hash to what they should, and so do the
/// access lists.
fn check_blockchain_tests(name: &str, tests_expected: usize, lists_expected: usize) {
    let Some(path) = archive(name) else { return };
    let (mut tests, mut lists) = (0, 0);
    for case in blockchain_tests(path).unwrap_or_else(|error| panic!("{error}")) {
        let (file, name, test) = case.unwrap_or_else(|error| panic!("{error}"));
        let at = format!("{file} {name}");
        tests += 1;
        test.chain_spec().unwrap_or_else(|error| panic!("{at}: {error}"));
        assert_eq!(test.genesis_block_header.header().hash_slow(), test.genesis_block_header.hash, "{at}");
        assert!(test.post_state.is_some() || test.post_state_hash.is_some(), "{at}");
        for block in &test.blocks {
            let Some(header) = &block.block_header else {
                assert!(block.expect_exception.is_some(), "{at}");
                continue;
            };
            assert_eq!(header.header().hash_slow(), header.hash, "{at}");
            let decoded = block.decode().unwrap_or_else(|error| panic!("{at}: {error}"));
            assert_eq!(decoded.header, header.header(), "{at}");
            if let (Some(list), Some(expected)) = (&block.block_access_list, header.block_access_list_hash) {
                assert_eq!(keccak256(primitives::alloy_rlp::encode(list)), expected, "{at}");
                lists += 1;
            }
        }
    }
    assert_eq!((tests, lists), (tests_expected, lists_expected));
}

#[test]
fn all_eest_state_tests_are_read() {
    check_state_tests("eest-v5.4.0-state-tests", 22_414);
}

#[test]
fn all_legacy_state_tests_are_read() {
    check_state_tests("legacytests", 4_509);
}

#[test]
fn all_eest_blockchain_tests_are_read() {
    check_blockchain_tests("eest-v5.4.0-blockchain-tests", 8_718, 0);
}

#[test]
fn all_ethereum_tests_are_read_and_other_kinds_passed_over() {
    check_blockchain_tests("ethereum-tests", 148, 0);
}

#[test]
fn all_benchmark_blocks_are_read() {
    check_blockchain_tests("eest-benchmark-v0.0.7", 147, 0);
}

#[test]
fn block_access_lists_hash_to_what_the_header_says() {
    check_blockchain_tests("eest-bal-v5.1.0-amsterdam", 686, 669);
    check_blockchain_tests("eest-bal-v5.7.0-alpha-amsterdam", 1_135, 1_072);
}

#[test]
fn witnesses_of_the_zkevm_fixtures_are_read() {
    let Some(path) = archive("eest-zkevm-v0.3.3") else { return };
    let (mut blocks, mut headers, mut nodes) = (0, 0, 0);
    for case in blockchain_tests(path).unwrap_or_else(|error| panic!("{error}")) {
        let (file, _, test) = case.unwrap_or_else(|error| panic!("{error}"));
        for block in test.blocks {
            let witness = block.execution_witness.unwrap_or_else(|| panic!("{file} has witnesses"));
            blocks += 1;
            headers += usize::from(!witness.headers.is_empty());
            nodes += usize::from(!witness.state.is_empty());
        }
    }
    assert_eq!(blocks, 234);
    // A few lack what they need on purpose.
    assert!(headers > 220 && nodes > 220, "{headers} with headers, {nodes} with nodes");
}

#[test]
fn only_the_wanted_files_of_an_archive_are_read() {
    let Some(path) = archive("ethereum-tests") else { return };
    let transitions = blockchain_tests(path).expect("opens").only(|file| file.contains("/TransitionTests/"));
    let names: Vec<_> = transitions.map(|case| case.map(|(file, ..)| file)).collect::<Result<_, _>>().expect("reads");
    assert_eq!(names.len(), 20);
    assert!(names.iter().all(|file| file.contains("Transition")));
}

#[test]
fn an_archive_without_the_kind_is_foreign() {
    let Some(path) = archive("legacytests") else { return };
    let few = |file: &str| file.contains("stExample");
    let mut cases = blockchain_tests(&path).expect("opens").only(few);
    assert!(matches!(cases.next(), Some(Err(LoadError::Foreign { .. }))));
    assert!(cases.next().is_none());
    assert!(state_tests(&path).expect("opens").only(few).all(|case| case.is_ok()));
}

const STATE_TEST: &str = r#"{"t": {"env": {"currentCoinbase": "0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba",
    "currentGasLimit": "0x0F4240", "currentNumber": "0x01", "currentTimestamp": "0x03e8"},
    "pre": {"0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba": {"balance": "0x", "nonce": "0x00", "code": "0x",
        "storage": {"0x00": "0x0102", "0x": "0x0103"}}},
    "transaction": {"nonce": "0x00", "gasPrice": "0x0a", "gasLimit": ["0x5208"], "to": "", "data": ["0x"],
        "value": ["0x:bigint 0x10000000000000000000000000000000000000000000000000000000000000000", "0x00"],
        "sender": "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b"},
    "post": {"Berlin": [{"hash": "0x0000000000000000000000000000000000000000000000000000000000000000",
        "logs": "0x0000000000000000000000000000000000000000000000000000000000000000",
        "indexes": {"data": 0, "gas": 0, "value": 0}}]}}}"#;

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("parallax-vectors-{}-{name}", std::process::id()));
    fs::create_dir_all(folder.join("inner")).expect("a scratch folder can be made");
    folder
}

#[test]
fn a_folder_is_read_in_order_and_goes_on_after_a_bad_file() {
    let folder = scratch("folder");
    fs::write(folder.join("a.json"), &STATE_TEST[..200]).expect("written");
    fs::write(folder.join("b.json"), r#"{"t": {"post": {}, "transaction": 5}}"#).expect("written");
    fs::write(folder.join("c.json"), "[1]").expect("written");
    fs::write(folder.join("inner/d.json"), STATE_TEST).expect("written");
    fs::write(folder.join("e.txt"), "not a fixture").expect("written");
    let cases: Vec<_> = state_tests(&folder).expect("opens").collect();
    let [Err(first), Err(second), Ok((file, name, test))] = cases.as_slice() else { panic!("{} cases", cases.len()) };
    assert!(first.to_string().contains("a.json"), "{first}");
    assert!(second.to_string().contains("b.json/t"), "{second}");
    assert_eq!((file.as_str(), name.as_str()), ("inner/d.json", "t"));
    assert_eq!(test.transaction(Indexes { data: 0, gas: 0, value: 0 }), Err(TemplateError::ValueTooLarge));
    assert!(test.transaction(Indexes { data: 0, gas: 0, value: 1 }).is_ok());
    let absent = test.transaction(Indexes { data: 0, gas: 9, value: 1 }).expect_err("no such gas limit");
    assert_eq!(absent.to_string(), "there is no gas limit number 9");
    assert_eq!(test.env.header().gas_limit, 1_000_000);
    fs::remove_dir_all(folder).expect("the scratch folder can be removed");
}

#[test]
fn bad_sources_are_errors() {
    let folder = scratch("bad");
    assert!(matches!(state_tests(folder.join("nowhere")), Err(LoadError::Io { .. })));
    assert!(matches!(state_tests(&folder).expect("opens").next(), Some(Err(LoadError::Foreign { .. }))));
    let path = folder.join("x.tar");
    fs::write(&path, [7; 700]).expect("written");
    assert!(matches!(state_tests(&path).expect("opens").next(), Some(Err(LoadError::Io { .. }))));
    fs::write(folder.join("x.tar.zst"), b"no").expect("written");
    assert!(matches!(state_tests(folder.join("x.tar.zst")).expect("opens").next(), Some(Err(LoadError::Io { .. }))));
    fs::remove_dir_all(folder).expect("the scratch folder can be removed");
}

#[test]
fn an_archive_that_is_cut_short_is_an_error() {
    let folder = scratch("cut");
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(STATE_TEST.len() as u64);
    header.set_mode(0o644);
    let long = format!("{}/t.json", "f".repeat(150));
    for name in ["a.json", long.as_str()] {
        archive.append_data(&mut header, name, STATE_TEST.as_bytes()).expect("appended");
    }
    let bytes = archive.into_inner().expect("finished");
    let path = folder.join("x.tar");
    fs::write(&path, &bytes).expect("written");
    let files: Vec<_> = state_tests(&path).expect("opens").map(|case| case.map(|(file, ..)| file).ok()).collect();
    assert_eq!(files, [Some("a.json".to_owned()), Some(long)]);
    fs::write(&path, &bytes[..1000]).expect("written");
    let mut cases = state_tests(&path).expect("opens");
    assert!(matches!(cases.next(), Some(Err(LoadError::Io { .. }))));
    assert!(cases.next().is_none(), "a broken archive does not go on");
    fs::remove_dir_all(folder).expect("the scratch folder can be removed");
}

#[test]
fn an_empty_block_is_no_block() {
    let block: FixtureBlock = serde_json::from_str(r#"{"rlp": "0x"}"#).expect("JSON");
    assert!(block.decode().is_err());
}
