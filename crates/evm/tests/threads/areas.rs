//! The six areas of the machine state: who sees what of them. Thread Data, Temporary Data, Record Data and the Thread State
//! Table have tests of their own beside their code.

use crate::{
    contract::{Contract, join, keep, spawn, store},
    support::Code,
};

fn mload(code: &mut Code, at: u64) {
    code.push(at).op(0x51);
}

fn mstore(code: &mut Code, at: u64, value: u64) {
    code.push(value).push(at).op(0x52);
}

/// Ends with the word on the stack.
fn return_word(code: &mut Code) {
    code.push(0x700).op(0x52).push(0x20).push(0x700).op(0xf3);
}

#[test]
fn every_thread_has_a_stack_of_1024_of_its_own() {
    for (words, status) in [(1024, 1), (1025, 0)] {
        let (_, slots) = Contract::new(&[1])
            .main(|code| {
                (0..1000).for_each(|_| _ = code.op(0x5f));
                spawn(code, 7, 1);
                code.op(0x50);
                join(code, 7);
                keep(code, 10);
            })
            .thread(1, |code| (0..words).for_each(|_| _ = code.op(0x5f)))
            .run();
        assert_eq!(slots, [(10, status)], "{words} words");
    }
}

#[test]
fn persistent_storage_is_seen_by_all_threads() {
    let (_, slots) = Contract::new(&[1, 2])
        .main(|code| {
            store(code, 2, 20);
            spawn(code, 1, 1);
            spawn(code, 2, 2);
            code.push(9).push(3).op(0x55);
        })
        .thread(1, |code| {
            code.push(2).op(0x54);
            keep(code, 4);
        })
        .thread(2, |code| {
            code.push(2).op(0x54);
            keep(code, 5);
        })
        .run();
    assert_eq!(slots, [(2, 20), (3, 9), (4, 20), (5, 20)]);
}

#[test]
fn temporary_data_is_the_frame_s_and_has_what_threads_return() {
    let (_, slots) = Contract::new(&[1, 2])
        .main(|code| {
            mstore(code, 0x100, 7);
            spawn(code, 1, 1);
            spawn(code, 2, 2);
            code.op(0x50).op(0x50);
            // The later one is asked for first, and the earlier one's value is where it was.
            for (id, slot) in [(2, 10), (1, 11)] {
                join(code, id);
                code.op(0x50);
                mload(code, 0x20);
                keep(code, slot);
            }
            mload(code, 0x100);
            keep(code, 12);
        })
        .thread(1, |code| {
            mload(code, 0x100);
            mstore(code, 0x100, 8);
            return_word(code);
        })
        .thread(2, |code| {
            mstore(code, 0x100, 9);
            mload(code, 0x100);
            return_word(code);
        })
        .run();
    assert_eq!(slots, [(10, 9), (11, 0), (12, 7)], "no thread sees or changes its parent's memory, nor another's");
}

#[test]
fn thread_data_is_what_its_own_thread_was_given() {
    let (_, slots) = Contract::new(&[1])
        .main(|code| {
            for (id, second) in [(1, 77), (2, 88)] {
                mstore(code, 0, 1);
                mstore(code, 0x20, second);
                code.push(0x40).push(0).push(200_000).push(id).op(0xb0).op(0x50);
            }
            // What it was taken from may change afterwards.
            mstore(code, 0x20, 99);
            for (id, slot) in [(1, 11), (2, 12)] {
                join(code, id);
                code.op(0x50);
                mload(code, 0x20);
                keep(code, slot);
            }
        })
        .thread(1, |code| {
            code.push(0x20).op(0x35).op(0x36).op(0x01);
            return_word(code);
        })
        .run();
    assert_eq!(slots, [(11, 77 + 0x40), (12, 88 + 0x40)]);
}
