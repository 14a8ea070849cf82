//! Threads inside contracts (spec 0005) in whole blocks: under every policy, between transactions that conflict.

mod support;

use bench::workload::{Call, Contract, EmptyThreads, Generator as _, RandomBlock, Settings, SplitMix, meeting_threads};
use evm::{Outcome, TransactionResult};
use executor::{Engine, Known, Plan, Policy, PreparedBlock};
use primitives::{Account, Address, Bytes, Fork, ThreadActivation, ThreadGas, U256, alloy_consensus::Transaction as _};
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
    let mut scene = Scene::with_threads(Fork::Osaka);
    let counter = scene.contract(&Code::new().op(&meeting_threads()));
    scene.say_late(Message::call(counter, 0));
    for _ in 0..8 {
        scene.say(Message::call(counter, 0));
    }
    let checked = scene.check_without_revm();
    assert_eq!([checked.slot(counter, 0), checked.slot(counter, 1)], [18, 18]);
    checked.report_raced();
}

/// A contract that runs a thread for each word of its call data, and then writes itself. A thread is called with one word
/// `w`: it adds `w` to one of four slots and puts the sum into another, which `w` names; some of them fail.
fn by_words() -> Vec<u8> {
    let mut code = vec![
        0x36, 0x60, 32, 0x14, 0x60, 0, 0x57, // one word: a thread
        0x5f, // i, at 8 the loop
        0x5b, 0x36, 0x81, 0x10, 0x15, 0x60, 0, 0x57, // until the end of the call data
        0x80, 0x35, 0x5f, 0x52, // the word to memory
        0x60, 32, 0x5f, 0x61, 0xea, 0x60, 0x83, 0xb0, 0x50, // SUBSOL named i, with 60,000 gas
        0x60, 32, 0x01, 0x60, 8, 0x56,
    ];
    code[14] = code.len() as u8;
    // i and what slot 0 had before the threads to slot 8.
    code.extend([0x5b, 0x5f, 0x54, 0x01, 0x60, 8, 0x55, 0x00]);
    code[5] = code.len() as u8;
    code.extend([0x5b, 0x5f, 0x35]);
    code.extend([0x80, 0x60, 2, 0x1c, 0x60, 3, 0x16, 0x54, 0x81, 0x01, 0x81, 0x60, 3, 0x16, 0x55]);
    code.extend([0x60, 0xf0, 0x16, 0x60, 0xf0, 0x14, 0x60, 0, 0x57, 0x00]);
    let fails = code.len() - 3;
    code[fails] = code.len() as u8;
    code.extend([0x5b, 0x5f, 0x5f, 0xfd]);
    code
}

/// Serial is the oracle, for `list_driven` too: each policy with 1, 2, 3, 8 and 32 workers gives the same receipts,
/// state and list.
#[test]
fn random_threads_of_transactions_end_as_in_serial_order() {
    let mut random = SplitMix::new(0x7472_6561_6473);
    for _ in 0..30 {
        let mut scene = Scene::with_threads(Fork::Osaka);
        let contracts = [0; 2].map(|_| scene.contract(&Code::new().op(&by_words())));
        for _ in 0..12 {
            let words = 2 + random.below(6);
            let input: Vec<u8> = (0..words).flat_map(|_| U256::from(random.below(256)).to_be_bytes::<32>()).collect();
            let contract = contracts[random.below(2) as usize];
            scene.say(Message { input: input.into(), ..Message::call(contract, 0) }.gas(1_000_000));
        }
        let checked = scene.check_without_revm();
        let ends: Vec<bool> = (0..12).map(|index| result(&checked, index).is_success()).collect();
        assert!(ends.contains(&true), "{ends:?}");
    }
}

/// Called with nothing it stops: that is the thread. Called with a number it counts down to zero in twos, and spawns two
/// threads at each step, then joins them.
const PAIRS: [u8; 64] = [
    0x36, 0x60, 0x05, 0x57, 0x00, // calldatasize, jump if not zero, stop
    0x5b, 0x60, 0x00, 0x35, // the number
    0x5b, 0x80, 0x15, 0x60, 0x3e, 0x57, // the loop: out at zero
    0x60, 0x00, 0x60, 0x00, 0x62, 0x01, 0x00, 0x00, 0x60, 0x01, 0xb0, 0x50, // spawn thread 1 with 65,536 gas
    0x60, 0x00, 0x60, 0x00, 0x62, 0x01, 0x00, 0x00, 0x60, 0x02, 0xb0, 0x50, // and thread 2
    0x60, 0x00, 0x60, 0x00, 0x60, 0x01, 0xbd, 0x50, // join the one
    0x60, 0x00, 0x60, 0x00, 0x60, 0x02, 0xbd, 0x50, // and the other
    0x60, 0x02, 0x90, 0x03, // two less
    0x60, 0x09, 0x56, // again
    0x5b, 0x00, // the end
];

/// A validator's workers that have no part of the block left run threads of the transactions that are.
#[test]
fn list_driven_shares_threads_with_idle_workers() {
    // One transaction that settles thousands of times: whoever wakes late still finds no part, and leaves.
    let mut case =
        Case::from(EmptyThreads { threads: 8_000 }.build(Settings { fork: Fork::Prague, ..Settings::new(7) }));
    case.chain.threads = Some(ThreadActivation { timestamp: 0, gas: ThreadGas::default() });
    let contract = case.block.body.transactions[0].to().expect("a call");
    let code_hash = case.state.insert_code(Bytes::from_static(&PAIRS));
    case.state.set_account(contract, Account { nonce: 1, code_hash, ..Account::EMPTY });
    let prepared = case.prepared();
    let forks = |workers: usize, runs: usize| {
        let engine = Engine::sharing_all(workers).expect("threads can be had");
        let serial = engine.execute(&prepared, &case.state, &Plan { record_list: true, ..Plan::default() });
        let serial = serial.expect("a valid block");
        assert!(serial.receipts[0].status(), "there are threads");
        let before = engine.forks();
        let index = engine.index(serial.list.as_ref().expect("it was recorded"));
        let known = Known { list: Some(&index), ..Known::default() };
        for _ in 0..runs {
            let plan = Plan { policy: Policy::ListDriven, known, ..Plan::default() };
            let validated = engine.execute(&prepared, &case.state, &plan).expect("the list is its own");
            assert!(validated.receipts == serial.receipts);
            if engine.forks() > before {
                break;
            }
        }
        engine.forks() - before
    };
    assert_eq!(forks(1, 2), 0, "nobody is idle");
    assert!(forks(2, 20) > 0);
    assert!(forks(8, 20) > 0);
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
