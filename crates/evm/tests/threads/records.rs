//! The instructions that record: what they write down, what they give, what they cost.

use crate::{
    contract::{Contract, above_the_floor, join, keep, spawn, store, system},
    support::{CONTRACT, Code, Workers},
};
use evm::{HaltReason, Inline, Status, operation::Operation};
use primitives::{Address, B256, ThreadGas, U256, keccak256};
use std::collections::BTreeMap;

const RR: u8 = 0xb6;
const RPHASH: u8 = 0xb7;
const RDR: u8 = 0xb8;
const WTR: u8 = 0xb9;
const RWS: u8 = 0xba;
const WHASH: u8 = 0xbb;
const RHASH: u8 = 0xbc;

fn switch(code: &mut Code, byte: u8, on: bool) {
    code.push(on.into()).op(byte).op(0x50);
}

fn read(code: &mut Code, byte: u8, slot: u64) {
    code.push(slot).op(byte).op(0x50);
}

fn write(code: &mut Code, byte: u8, slot: u64, value: u64) {
    code.push(value).push(slot).op(byte);
}

/// Ends the frame with all of the return data.
fn return_data(code: &mut Code) {
    code.op(0x3d).push(0).push(0x800).op(0x3e).op(0x3d).push(0x800).op(0xf3);
}

/// Ends the frame with what is on the stack.
fn return_words(code: &mut Code, count: u64) {
    for at in (0..count).rev() {
        code.push(0x20 * at).op(0x52);
    }
    code.push(0x20 * count).push(0).op(0xf3);
}

fn words(bytes: &[u8]) -> Vec<U256> {
    bytes.chunks(32).map(U256::from_be_slice).collect()
}

/// A read/write set in numbers: database, slot, first, reads, writes.
type Set = Vec<[u64; 5]>;

fn set(output: &[u8]) -> Set {
    let words = words(output);
    assert_eq!(words[0], U256::from(32));
    assert_eq!(words.len(), 2 + 6 * words[1].to::<usize>());
    let location = |location: &[U256]| {
        assert_eq!(location[1], U256::from_be_bytes(CONTRACT.into_word().0));
        [0, 2, 3, 4, 5].map(|at| location[at].to::<u64>())
    };
    words[2..].chunks(6).map(location).collect()
}

/// The same, from what the machine writes down of its own accord. A write of the value that is there counts as a read.
fn observed(operations: &[Operation<'_>]) -> BTreeMap<(u64, u64), (u64, u64)> {
    let mut set = BTreeMap::new();
    for operation in operations {
        let (database, slot, writes) = match *operation {
            Operation::ReadStorage { address, slot, .. } if address == CONTRACT => (0, slot, false),
            Operation::Storage { address, slot, .. } if address == CONTRACT => (0, slot, true),
            Operation::ReadTransientStorage { address, slot, .. } if address == CONTRACT => (1, slot, false),
            Operation::TransientStorage { address, slot, .. } if address == CONTRACT => (1, slot, true),
            _ => continue,
        };
        let counts: &mut (u64, u64) = set.entry((database, slot.to())).or_default();
        if writes {
            counts.1 += 1;
        } else {
            counts.0 += 1;
        }
    }
    set
}

#[test]
fn the_set_has_every_location_with_its_counts_and_who_was_first() {
    let contract = Contract::new(&[]).main(|code| {
        switch(code, RR, true);
        read(code, 0x54, 1);
        write(code, 0x55, 9, 90);
        write(code, 0x55, 1, 7);
        read(code, 0x5c, 1);
        write(code, 0x5d, 1, 3);
        read(code, RDR, 9);
        write(code, WTR, 9, 91);
        code.push(0).push(0).op(RWS).op(0x50);
        return_data(code);
    });
    let (result, operations) = contract.operations(&Inline);
    let found = set(&result.output);
    assert_eq!(found, [[0, 1, 0, 1, 1], [0, 9, 1, 1, 2], [1, 1, 3, 1, 1]]);
    let counts = |[database, slot, _, reads, writes]: &[u64; 5]| ((*database, *slot), (*reads, *writes));
    assert_eq!(found.iter().map(counts).collect::<BTreeMap<_, _>>(), observed(&operations));
    assert!(contract.run().0.is_success());
}

#[test]
fn only_what_is_asked_for_is_recorded() {
    let (result, _) = Contract::new(&[])
        .main(|code| {
            read(code, 0x54, 1);
            read(code, RDR, 2);
            read(code, 0x54, 3);
            switch(code, RR, true);
            read(code, 0x54, 4);
            switch(code, RR, false);
            read(code, 0x54, 5);
            code.push(0).push(0).op(RWS).op(0x50);
            return_data(code);
        })
        .run();
    assert_eq!(set(&result.output), [[0, 2, 0, 1, 0], [0, 4, 1, 1, 0]]);
}

#[test]
fn instructions_give_what_was_and_values_and_sizes() {
    let (result, _) = Contract::new(&[])
        .main(|code| {
            code.push(1).op(RR).push(7).op(RR).push(0).op(RR).push(1).op(RPHASH).push(0).op(RPHASH);
            code.push(1).op(RDR);
            write(code, WTR, 1, 6);
            code.push(1).op(0x54);
            // Two words of the set to memory; all of it in the return data.
            code.push(0x40).push(0x100).op(RWS).op(0x3d).push(0x120).op(0x51).push(0x140).op(0x51);
            return_words(code, 11);
        })
        .run();
    assert_eq!(words(&result.output), [0, 1, 1, 0, 1, 5, 6, 256, 256, 1, 0].map(U256::from));
}

#[test]
fn hashes_are_over_what_is_recorded_from_rphash_on() {
    let (result, _) = Contract::new(&[])
        .main(|code| {
            read(code, RDR, 1);
            code.op(RHASH);
            switch(code, RPHASH, true);
            read(code, RDR, 1);
            write(code, WTR, 1, 6);
            write(code, WTR, 2, 7);
            read(code, 0x54, 2);
            code.op(RHASH).op(WHASH);
            return_words(code, 3);
        })
        .run();
    let step = |hash: B256, slot: u64, value: u64| {
        let [slot, value] = [slot, value].map(|word| U256::from(word).to_be_bytes::<32>());
        keccak256([hash.as_slice(), &[0], CONTRACT.as_slice(), &slot, &value].concat())
    };
    let expected = [B256::ZERO, step(B256::ZERO, 1, 5), step(step(B256::ZERO, 1, 6), 2, 7)];
    assert_eq!(words(&result.output), expected.map(|hash| U256::from_be_bytes(hash.0)));
}

/// What is noted of the contract's records.
fn noted(operations: &[Operation<'static>]) -> Vec<(Address, B256, B256, B256)> {
    let record = |operation: &Operation<'_>| match *operation {
        Operation::Record { address, set, reads, writes } => Some((address, set, reads, writes)),
        _ => None,
    };
    operations.iter().filter_map(record).collect()
}

#[test]
fn a_record_becomes_part_of_the_operations_when_asked_for_and_at_the_end() {
    let contract = |ends: &'static [u8]| {
        Contract::new(&[]).main(|code| {
            switch(code, RR, true);
            switch(code, RPHASH, true);
            read(code, 0x54, 1);
            code.push(0).push(0).op(RWS).op(0x50);
            write(code, 0x55, 1, 6);
            code.push(0).push(0);
            ends.iter().for_each(|byte| _ = code.op(*byte));
        })
    };
    for end in [&[0x00][..], &[0xf3], &[0xff]] {
        let (_, operations) = contract(end).operations(&Inline);
        let noted = noted(&operations);
        let [(first, at_first, reads, none), (second, at_last, still, writes)] = noted[..] else {
            panic!("{end:?}: {noted:?}")
        };
        assert_eq!((first, second, none), (CONTRACT, CONTRACT, B256::ZERO));
        assert!(at_first != at_last && reads == still && reads != B256::ZERO && writes != B256::ZERO, "{end:?}");
    }
    let (_, operations) = contract(&[0xfd]).operations(&Inline);
    assert_eq!(noted(&operations).len(), 1, "who reverts leaves nothing but what it asked for");
    let (result, _) = contract(&[0x00]).operations(&Inline);
    assert_eq!(result, contract(&[0x00]).operations(&Workers::new(2)).0);
}

#[test]
fn a_record_belongs_to_its_frame() {
    let (result, _) = Contract::new(&[1])
        .main(|code| {
            switch(code, RR, true);
            read(code, 0x54, 1);
            spawn(code, 7, 1);
            code.op(0x50);
            join(code, 7);
            code.op(0x50);
            // CALL to thread(1).
            code.push(1).push(0).op(0x52);
            code.push(0).push(0).push(0x20).push(0).push(0).push_address(CONTRACT).op(0x5a).op(0xf1).op(0x50);
            read(code, 0x54, 1);
            code.push(0).push(0).op(RWS).op(0x50);
            return_data(code);
        })
        .thread(1, |code| {
            read(code, 0x54, 2);
            read(code, RDR, 3);
            code.push(0).push(0).op(RWS).push(256).op(0x14).push(0).op(0x52).push(0x20).push(0).op(0xf3);
        })
        .run();
    assert_eq!(set(&result.output), [[0, 1, 0, 2, 0]]);
}

#[test]
fn the_system_contract_records_what_the_instructions_record() {
    let (result, slots) = Contract::new(&[])
        .main(|code| {
            let calls: [(&str, &[u64]); 10] = [
                ("rr(bool)", &[1]),
                ("rr(bool)", &[2]),
                ("rphash(bool)", &[1]),
                ("rdr(uint256)", &[1]),
                ("wtr(uint256,uint256)", &[2, 20]),
                ("rwrite(uint256,uint256)", &[3, 30]),
                ("wtr(uint256,uint256)", &[3]),
                ("whash()", &[]),
                ("rhash()", &[]),
                ("rws()", &[]),
            ];
            for (signature, words) in calls {
                system(code, signature, words);
            }
            return_data(code);
        })
        .run();
    assert!(result.is_success(), "{result:?}");
    assert_eq!(slots, [(1, 5), (2, 20), (3, 30)]);
    assert_eq!(set(&result.output), [[0, 1, 0, 1, 0], [0, 2, 1, 0, 1], [0, 3, 2, 0, 1]]);

    // Answers of single calls, and whether they were understood.
    for (signature, words, done, answer) in [
        ("rdr(uint256)", &[1][..], 1, 5),
        ("rr(bool)", &[0], 1, 0),
        ("rr(bool)", &[2], 0, 0),
        ("wtr(uint256,uint256)", &[3], 0, 0),
    ] {
        let (_, slots) = Contract::new(&[])
            .main(|code| {
                system(code, signature, words);
                code.push(0x400).op(0x51);
                keep(code, 10);
                keep(code, 11);
            })
            .run();
        let find = |slot| slots.iter().find(|(known, _)| *known == slot).map(|(_, value)| *value);
        assert_eq!((find(11), find(10)), (Some(done), Some(answer)), "{signature} {words:?}");
    }
}

#[test]
fn nobody_writes_where_nobody_may() {
    // STATICCALL to thread(1), and whether it went well.
    let called = |write: fn(&mut Code)| {
        let (_, slots) = Contract::new(&[1])
            .main(|code| {
                code.push(1).push(0).op(0x52);
                code.push(0).push(0).push(0x20).push(0).push_address(CONTRACT).push(100_000).op(0xfa);
                keep(code, 10);
            })
            .thread(1, write)
            .run();
        slots[slots.len() - 1]
    };
    assert_eq!(called(|code| write(code, WTR, 1, 6)), (10, 0), "stopped");
    assert_eq!(called(|code| read(code, RDR, 1)), (10, 1), "reading is no change");
    // A STATICCALL of the system contract in a frame that may write.
    let (_, slots) = Contract::new(&[])
        .main(|code| {
            let selector = u32::from_be_bytes(keccak256("wtr(uint256,uint256)").0[..4].try_into().expect("four bytes"));
            code.push(u64::from(selector)).push(224).op(0x1b).push(0).op(0x52).push(1).push(4).op(0x52);
            code.push(0).push(0).push(0x44).push(0).push_address(evm::SYSTEM_CONTRACT).push(0).op(0xfa);
            keep(code, 10);
            store(code, 2, 2);
        })
        .run();
    assert_eq!(slots, [(2, 2), (10, 0)]);
}

#[test]
fn without_gas_nothing_is_recorded_and_operands_must_be_there() {
    for byte in [RR, RPHASH, RDR, WTR, RWS] {
        let (result, _) = Contract::new(&[]).main(|code| _ = code.op(byte)).run();
        assert_eq!(result.status, Status::Halt(HaltReason::StackUnderflow), "{byte:#x}");
    }
    let (result, _) = Contract::new(&[]).main(|code| _ = code.push(u64::MAX).push(u64::MAX).op(RWS)).run();
    assert!(matches!(result.status, Status::Halt(HaltReason::OutOfGas(_))), "{:?}", result.status);
}

/// Prices as they are by default, in a vector.
#[test]
fn the_gas_of_a_record_is_frozen() {
    let gas = |write: fn(&mut Code)| {
        let contract = Contract::new(&[]).main(|code| {
            above_the_floor(code);
            read(code, 0x54, 1);
            write(code);
        });
        contract.run().0.gas_used
    };
    let base = gas(|_| {});
    let ThreadGas { record, record_operation, record_hash, record_set, record_location, .. } = ThreadGas::default();
    // PUSH, POP.
    assert_eq!(gas(|code| switch(code, RR, true)) - base, 3 + 2 + record);
    assert_eq!(gas(|code| read(code, RDR, 1)) - base, 3 + 2 + 100 + record_operation);
    let hashed = gas(|code| {
        switch(code, RPHASH, true);
        read(code, RDR, 1);
    });
    assert_eq!(hashed - base, 3 + 2 + record + 3 + 2 + 100 + record_operation + record_hash);
    let set = gas(|code| {
        read(code, RDR, 1);
        code.push(0).push(0).op(RWS);
    });
    assert_eq!(set - base, 3 + 2 + 100 + record_operation + 3 + 3 + record_set + record_location);
    assert_eq!(gas(|code| _ = code.op(WHASH)) - base, record_hash);
    assert_eq!([record, record_operation, record_hash, record_set, record_location], [20, 60, 50, 100, 100]);
}
