//! Threads inside contracts (spec 0005) in whole blocks: under every policy, between transactions that conflict.

mod support;

use bench::workload::{Call, Contract, Generator as _, RandomBlock, Settings};
use evm::{Outcome, TransactionResult};
use executor::{Engine, Plan, PreparedBlock};
use primitives::{Account, Address, Bytes, Fork, ThreadActivation, ThreadGas, U256};
use support::{Case, Checked, Code, Message, Scene};

const WORDS: Address = Address::repeat_byte(0x77);
const TEXT: &[u8] = b"one fish two fish red fish blue fish  one more and then the very last fish";

/// Words with how often they stand in a text, by order of appearance.
fn counted(text: &str) -> Vec<(String, u64)> {
    let mut counts: Vec<(String, u64)> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match counts.iter_mut().find(|(known, _)| known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word.to_owned(), 1)),
        }
    }
    counts
}

/// Reads a `Count[]`.
fn decoded(output: &[u8]) -> Vec<(String, u64)> {
    let (words, _) = output.as_chunks::<32>();
    let counts = words[2..].chunks_exact(2).map(|pair| {
        let word: Vec<u8> = pair[0].iter().copied().take_while(|byte| *byte != 0).collect();
        (String::from_utf8(word).expect("text"), U256::from_be_bytes(pair[1]).to::<u64>())
    });
    let counts: Vec<_> = counts.collect();
    assert_eq!(U256::from_be_bytes(words[1]), U256::from(counts.len()));
    counts
}

fn call(signature: &str) -> Message {
    let input = Call::new(signature).bytes(TEXT).encode();
    Message { input, ..Message::call(WORDS, 0) }.gas(2_000_000)
}

fn result(checked: &Checked, index: usize) -> &TransactionResult {
    match &checked.serial.execution.executed[index].as_ref().expect("included").output {
        Outcome::Included(result) => result,
        Outcome::Invalid(invalid) => panic!("{invalid}"),
    }
}

fn install(scene: &mut Scene, address: Address, code: Bytes) {
    let code_hash = scene.state.insert_code(code);
    scene.state.set_account(address, Account { nonce: 1, code_hash, ..Account::EMPTY });
}

#[test]
fn words_are_counted_in_two_threads_by_the_stock_compiler() {
    let mut scene = Scene::with_threads(Fork::Osaka);
    install(&mut scene, WORDS, Contract::WordCount.runtime());
    for signature in ["main(bytes)", "mainSerial(bytes)", "mainWithdrawn(bytes)"] {
        scene.say(call(signature));
    }
    let checked = scene.check_without_revm();
    let text = std::str::from_utf8(TEXT).expect("it is text");
    let output = |index| {
        let result = result(&checked, index);
        assert!(result.is_success(), "{index}: {result:?}");
        decoded(&result.output)
    };
    assert_eq!(output(0), counted(text));
    assert_eq!(output(1), counted(text));
    let half = text[TEXT.len() / 2..].find(' ').expect("there are spaces") + TEXT.len() / 2;
    assert_eq!(output(2), counted(&text[..half]), "the second half is withdrawn");
}

#[test]
fn without_threads_the_same_contract_reverts() {
    let mut scene = Scene::new(Fork::Osaka);
    install(&mut scene, WORDS, Contract::WordCount.runtime());
    scene.say(call("main(bytes)"));
    scene.say(call("mainSerial(bytes)"));
    let checked = scene.check();
    assert!(!result(&checked, 0).is_success());
    assert!(result(&checked, 1).is_success());
}

/// Four threads, two at each of two slots, in every one of some transactions: threads conflict with each other and with
/// those of other transactions.
#[test]
fn threads_of_transactions_that_conflict_end_as_in_serial_order() {
    let mut code = vec![0x36, 0x60, 32, 0x14, 0x60, 0, 0x57];
    for number in 1..=4 {
        code.extend([0x60, number, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0x62, 1, 0x86, 0xa0, 0x60, number, 0xb0, 0x50]);
    }
    code.push(0x00);
    code[5] = code.len() as u8;
    code.extend([0x5b, 0x60, 0, 0x35, 0x60, 1, 0x16, 0x80, 0x54, 0x60, 1, 0x01, 0x90, 0x55, 0x00]);
    let mut scene = Scene::with_threads(Fork::Osaka);
    let counter = scene.contract(&Code::new().op(&code));
    scene.say_late(Message::call(counter, 0));
    for _ in 0..8 {
        scene.say(Message::call(counter, 0));
    }
    let checked = scene.check_without_revm();
    assert_eq!([checked.slot(counter, 0), checked.slot(counter, 1)], [18, 18]);
    checked.report_raced();
}

/// On a chain with threads everything that knows nothing of them is as it was.
#[test]
fn who_has_no_threads_sees_no_difference() {
    let engine = Engine::sharing_all(2).expect("threads");
    let plan = Plan { record_list: true, ..Plan::default() };
    for (fork, seed) in
        [Fork::Cancun, Fork::Prague, Fork::Osaka].into_iter().flat_map(|fork| (0..20).map(move |seed| (fork, seed)))
    {
        let case = Case::from(
            RandomBlock { transactions: 40, invalid: false }.build(Settings { fork, ..Settings::new(seed) }),
        );
        let mut chain = case.chain.clone();
        chain.threads = Some(ThreadActivation { timestamp: 0, gas: ThreadGas::default() });
        let with = PreparedBlock::new(&chain, &case.block, &case.senders).recording_operations();
        let without = case.prepared().recording_operations();
        let with = engine.execute(&with, &case.state, &plan).expect("a valid block");
        let without = engine.execute(&without, &case.state, &plan).expect("a valid block");
        assert!(with.receipts == without.receipts, "{fork} {seed}: receipts");
        assert!(with.list == without.list, "{fork} {seed}: list");
        assert_eq!(with.operation_root(), without.operation_root(), "{fork} {seed}");
    }
}
