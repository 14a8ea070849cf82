use super::*;
use crate::{Incoming, Origin};
use primitives::{
    B256, Bytes,
    alloy_consensus::{SignableTransaction, TxEip2930},
    alloy_eips::eip2930::{AccessList, AccessListItem},
    alloy_primitives::{Signature, TxKind},
    keccak256,
};

const TOKEN: Address = Address::repeat_byte(0x70);
const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
const TRANSFER_FROM: [u8; 4] = [0x23, 0xb8, 0x72, 0xdd];

fn person(number: u8) -> Address {
    Address::repeat_byte(number)
}

fn entry(key: Address, mapping: U256) -> U256 {
    U256::from_be_bytes(keccak256([key.into_word().0, mapping.to_be_bytes()].concat()).0)
}

fn call(to: TxKind, selector: [u8; 4], words: &[B256], listed: &[U256]) -> Transaction {
    let input: Vec<u8> = selector.into_iter().chain(words.iter().flat_map(|word| word.0)).collect();
    let storage_keys = listed.iter().map(|slot| B256::from(*slot)).collect();
    let item = AccessListItem { address: TOKEN, storage_keys };
    let access_list = AccessList(if listed.is_empty() { vec![] } else { vec![item] });
    let input = if selector == [0; 4] { Bytes::new() } else { input.into() };
    let value = U256::from(u8::from(input.is_empty()));
    TxEip2930 { to, input, access_list, value, ..TxEip2930::default() }.into_signed(Signature::test_signature()).into()
}

fn pooled(sender: Address, transaction: Transaction, recipient: Recipient) -> Pooled {
    Pooled::new(Incoming::signed_by(sender, transaction, None), Origin::Remote, recipient, (0, 0))
}

/// What `transfer` of a token does: a flag is read, two balances change, one of them in the second field of a struct.
fn transferred(from: Address, to: Address) -> AccessSet {
    let slot = |slot| StateKey::Slot(TOKEN, slot);
    let balances = [entry(from, U256::from(2)), entry(to, U256::from(2)) + U256::ONE].map(slot);
    let reads = [slot(U256::from(5)), balances[0], balances[1], StateKey::Code(TOKEN), StateKey::Code(from)];
    AccessSet::new(
        reads.into_iter().chain([StateKey::Nonce(from)]),
        balances.into_iter().chain([StateKey::Nonce(from)]),
        [StateKey::Balance(from)],
    )
}

fn amount(number: u8) -> B256 {
    B256::with_last_byte(number)
}

#[test]
fn a_second_transfer_of_a_token_is_foreseen() {
    let mut table = HintTable::new(8);
    let transfer = |to: Address, number| call(TOKEN.into(), TRANSFER, &[to.into_word(), amount(number)], &[]);
    table.learn(person(1), &transfer(person(2), 9), &transferred(person(1), person(2)));
    let hint = table.hint(&pooled(person(3), transfer(person(4), 8), Recipient::Code));
    assert_eq!(hint.set, transferred(person(3), person(4)));
    assert_eq!((hint.provenance, hint.exactness), (Provenance::Learnt, Exactness::Estimate));
}

#[test]
fn allowances_are_mappings_of_mappings() {
    let mut table = HintTable::new(8);
    let touched = |spender: Address, from: Address, to: Address| {
        let allowance = entry(spender, entry(from, U256::ONE));
        let slots = [allowance, entry(from, U256::ZERO), entry(to, U256::ZERO)].map(|slot| StateKey::Slot(TOKEN, slot));
        AccessSet::new(slots, slots, [])
    };
    let transfer = |from: Address, to: Address, number| {
        call(TOKEN.into(), TRANSFER_FROM, &[from.into_word(), to.into_word(), amount(number)], &[])
    };
    table.learn(person(1), &transfer(person(2), person(3), 9), &touched(person(1), person(2), person(3)));
    let hint = table.hint(&pooled(person(4), transfer(person(5), person(6), 7), Recipient::Code));
    assert_eq!(hint.set, touched(person(4), person(5), person(6)));
}

#[test]
fn what_seldom_holds_is_not_foreseen() {
    let mut table = HintTable::new(8);
    let transfer = |to: Address| call(TOKEN.into(), TRANSFER, &[to.into_word()], &[]);
    for number in 0..40 {
        let stray = StateKey::Slot(TOKEN, U256::from_be_bytes(keccak256([number, 1]).0));
        let touched = transferred(person(1), person(number)).union(&AccessSet::new([stray], [], []));
        table.learn(person(1), &transfer(person(number)), &touched);
    }
    let hint = table.hint(&pooled(person(50), transfer(person(51)), Recipient::Code));
    assert_eq!(hint.set, transferred(person(50), person(51)));
}

#[test]
fn a_plain_transfer_is_exact_and_an_unknown_call_an_estimate() {
    let table = HintTable::new(8);
    let plain = call(person(2).into(), [0; 4], &[], &[]);
    let hint = table.hint(&pooled(person(1), plain.clone(), Recipient::Plain));
    assert_eq!((hint.provenance, hint.exactness), (Provenance::Static, Exactness::Exact));
    assert_eq!(hint.set.writes(), [StateKey::Nonce(person(1))]);
    assert_eq!(hint.set.adds(), [StateKey::Balance(person(1)), StateKey::Balance(person(2))]);
    let hint = table.hint(&pooled(person(1), plain, Recipient::Absent));
    assert!(hint.set.adds().contains(&StateKey::Existence(person(2))));
    let listed = call(TOKEN.into(), TRANSFER, &[], &[U256::from(9)]);
    let hint = table.hint(&pooled(person(1), listed, Recipient::Code));
    assert_eq!(hint.exactness, Exactness::Estimate);
    assert!(hint.set.reads().contains(&StateKey::Slot(TOKEN, U256::from(9))));
    let hint = table.hint(&pooled(person(1), call(TxKind::Create, TRANSFER, &[], &[]), Recipient::Code));
    assert_eq!(hint.set, transfer::sent(person(1)));
}

#[test]
fn transfers_of_different_people_do_not_conflict() {
    let touched = |from, to| transfer::touched(person(from), person(to), U256::ONE, false);
    assert!(!touched(1, 3).conflicts_with(&touched(2, 3)), "both only add to the recipient's balance");
    assert!(touched(1, 3).conflicts_with(&touched(1, 4)));
}

#[test]
fn the_class_learnt_longest_ago_gives_way() {
    for classes_max in [0, 1, 3] {
        let mut table = HintTable::new(classes_max);
        let lesson = |number: u8| call(person(number).into(), TRANSFER, &[], &[]);
        for number in [1, 2, 3, 1, 4, 5] {
            table.learn(person(9), &lesson(number), &transferred(person(9), person(8)));
            assert!(table.len() <= classes_max);
        }
        let is_known =
            |number| table.hint(&pooled(person(9), lesson(number), Recipient::Code)).provenance == Provenance::Learnt;
        let known: Vec<u8> = (1..6).filter(|number| is_known(*number)).collect();
        let expected: &[u8] = match classes_max {
            0 => &[],
            1 => &[5],
            _ => &[1, 4, 5],
        };
        assert_eq!(known, expected);
        assert_eq!(table.is_empty(), classes_max == 0);
    }
}

#[test]
fn input_that_is_no_call_teaches_no_nonsense() {
    let mut table = HintTable::new(8);
    for input in [vec![], vec![1], vec![1, 2, 3, 4], vec![255; 35], vec![255; 36], vec![0; 1000]] {
        let tx = TxEip2930 { to: TOKEN.into(), input: input.into(), ..TxEip2930::default() };
        let tx: Transaction = tx.into_signed(Signature::test_signature()).into();
        let wild = AccessSet::new([StateKey::Slot(TOKEN, U256::MAX), StateKey::Balance(Address::ZERO)], [], []);
        table.learn(person(1), &tx, &wild);
        table.hint(&pooled(person(1), tx, Recipient::Code));
    }
    assert!(table.len() <= 8);
}
