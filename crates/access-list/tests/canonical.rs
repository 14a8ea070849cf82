//! The frozen encoding, and each way in which a list can fail to be canonical.

use access_list::{
    BlockAccessList, ListError, ListIndex,
    alloy_eip7928::{
        AccountChanges, BalanceChange, BlockAccessIndex, BlockAccessListChangeKind as Kind,
        BlockAccessListValidationError as Form, CodeChange, NonceChange, SlotChanges, StorageChange,
    },
};
use primitives::{
    Address, Bytes, U256,
    alloy_primitives::{address, b256, hex},
    alloy_rlp::{self, Encodable},
};

const OWNER: Address = address!("0x1111111111111111111111111111111111111111");

const fn at(index: u64) -> BlockAccessIndex {
    BlockAccessIndex::new(index)
}

fn number(value: u64) -> U256 {
    U256::from(value)
}

/// The vector of the notes on EIP-7928.
fn vector() -> AccountChanges {
    AccountChanges {
        address: OWNER,
        storage_changes: vec![SlotChanges::new(
            number(1),
            vec![StorageChange::new(at(1), number(0)), StorageChange::new(at(300), number(0x1234))],
        )],
        storage_reads: vec![number(0), number(7)],
        balance_changes: vec![BalanceChange::new(at(1), number(1000))],
        nonce_changes: vec![NonceChange::new(at(1), 1)],
        code_changes: vec![],
    }
}

#[test]
fn the_encoding_is_frozen() {
    let bytes =
        hex!("f2f1941111111111111111111111111111111111111111cdcc01cac20180c682012c821234c28007c5c4018203e8c3c20101c0");
    let list = BlockAccessList::from_accounts(vec![vector()]).expect("canonical");
    assert_eq!(list.encode(), bytes);
    assert_eq!(list.hash(), primitives::keccak256(bytes));
    assert_eq!(BlockAccessList::decode(&bytes), Ok(list));
}

#[test]
fn the_empty_list_has_the_hash_of_the_eip() {
    let empty = BlockAccessList::default();
    assert_eq!(empty.encode(), [0xc0]);
    assert_eq!(empty.hash(), b256!("0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"));
    assert_eq!(BlockAccessList::decode(&[0xc0]), Ok(empty.clone()));
    assert_eq!(empty.items(), 0);
    let index = ListIndex::new(&empty);
    assert_eq!((index.accounts_len(), index.slots_len(), index.changes_total()), (0, 0, 0));
    assert_eq!(index.account_at(OWNER, 1, None), None);
}

/// Refused both as entries and as bytes.
#[track_caller]
fn check(accounts: Vec<AccountChanges>, expected: impl Into<ListError>) {
    let expected = expected.into();
    let mut bytes = Vec::new();
    accounts.encode(&mut bytes);
    assert_eq!(BlockAccessList::decode(&bytes), Err(expected.clone()));
    assert_eq!(BlockAccessList::from_accounts(accounts), Err(expected));
}

#[track_caller]
fn check_account(spoil: impl FnOnce(&mut AccountChanges), expected: impl Into<ListError>) {
    let mut account = vector();
    spoil(&mut account);
    check(vec![account], expected);
}

#[test]
fn accounts_out_of_form_are_refused() {
    let low = AccountChanges::new(Address::ZERO);
    check(vec![vector(), vector()], Form::DuplicateAccount { address: OWNER });
    check(vec![vector(), low], Form::AccountsOutOfOrder { previous: OWNER, address: Address::ZERO });
}

#[test]
fn slots_out_of_form_are_refused() {
    let slot = |slot: u64| SlotChanges::new(number(slot), vec![StorageChange::new(at(1), number(1))]);
    let repeated = |slot: u64| Form::DuplicateStorageKey { address: OWNER, slot: number(slot) };
    let order = |previous: u64, slot: u64| Form::StorageKeysOutOfOrder {
        address: OWNER,
        previous: number(previous),
        slot: number(slot),
    };
    check_account(|account| account.storage_changes.push(slot(1)), repeated(1));
    check_account(|account| account.storage_changes.insert(0, slot(2)), order(2, 1));
    check_account(|account| account.storage_reads.push(number(7)), repeated(7));
    check_account(|account| account.storage_reads.push(number(3)), order(7, 3));
    check_account(|account| account.storage_reads.insert(1, number(1)), repeated(1));
    check_account(
        |account| account.storage_changes[0].changes.clear(),
        Form::EmptyStorageChanges { address: OWNER, slot: number(1) },
    );
}

#[test]
fn positions_out_of_form_are_refused() {
    let repeated = |kind| Form::DuplicateBlockAccessIndex { address: OWNER, kind, index: at(1) };
    let order = |kind| Form::ChangeIndicesOutOfOrder { address: OWNER, kind, previous: at(1), index: at(0) };
    let balance = |index| BalanceChange::new(at(index), number(5));
    let nonce = |index| NonceChange::new(at(index), 5);
    check_account(|account| account.balance_changes.push(balance(1)), repeated(Kind::Balance));
    check_account(|account| account.balance_changes.push(balance(0)), order(Kind::Balance));
    check_account(|account| account.nonce_changes.push(nonce(1)), repeated(Kind::Nonce));
    check_account(|account| account.nonce_changes.push(nonce(0)), order(Kind::Nonce));
    let code = |index| CodeChange::new(at(index), Bytes::from(vec![index as u8]));
    check_account(|account| account.code_changes = vec![code(1), code(1)], repeated(Kind::Code));
    check_account(|account| account.code_changes = vec![code(1), code(0)], order(Kind::Code));
    let value = |index| StorageChange::new(at(index), number(5));
    check_account(|account| account.storage_changes[0].changes.insert(1, value(1)), repeated(Kind::Storage));
    check_account(|account| account.storage_changes[0].changes.insert(1, value(0)), order(Kind::Storage));
    let far = at(1 << 32);
    check_account(
        |account| account.nonce_changes[0].block_access_index = far,
        Form::BlockAccessIndexOutOfRange { address: OWNER, kind: Kind::Nonce, index: far },
    );
}

#[test]
fn changes_that_change_nothing_are_refused() {
    let no_change =
        |kind, slot: Option<u64>, index| ListError::NoChange { address: OWNER, kind, slot: slot.map(number), index };
    check_account(
        |account| account.balance_changes.push(BalanceChange::new(at(2), number(1000))),
        no_change(Kind::Balance, None, 2),
    );
    check_account(|account| account.nonce_changes.push(NonceChange::new(at(3), 1)), no_change(Kind::Nonce, None, 3));
    let code = |index| CodeChange::new(at(index), Bytes::from(vec![7]));
    check_account(|account| account.code_changes = vec![code(1), code(4)], no_change(Kind::Code, None, 4));
    let value = |index, value| StorageChange::new(at(index), number(value));
    let spoil = |account: &mut AccountChanges| account.storage_changes[0].changes.push(value(301, 0x1234));
    check_account(spoil, no_change(Kind::Storage, Some(1), 301));
    let spoil = |account: &mut AccountChanges| account.storage_changes[0].changes.insert(1, value(2, 0));
    check_account(spoil, no_change(Kind::Storage, Some(1), 2));
}

#[test]
fn a_slot_may_get_its_value_again_after_a_removal_in_between() {
    let value = |index| StorageChange::new(at(index), number(9));
    let code = |index, code: &'static [u8]| CodeChange::new(at(index), Bytes::from_static(code));
    let list = |removal| {
        BlockAccessList::from_accounts(vec![AccountChanges {
            storage_changes: vec![SlotChanges::new(number(1), vec![value(1), value(4)])],
            code_changes: vec![code(removal, &[]), code(4, &[1])],
            ..AccountChanges::new(OWNER)
        }])
    };
    assert!(list(2).is_ok());
    assert!(list(3).is_ok());
    assert!(list(1).is_err());
    let index = ListIndex::new(&list(3).expect("canonical"));
    let id = index.entry(OWNER).expect("listed");
    assert_eq!([3, 4, 9].map(|at| index.last_code_removal_before(id, at)), [None, Some(3), Some(3)]);
}

#[test]
fn clearing_a_delegation_wipes_nothing() {
    let list = BlockAccessList::from_accounts(vec![AccountChanges {
        storage_reads: vec![number(1)],
        nonce_changes: vec![NonceChange::new(at(2), 8)],
        code_changes: vec![CodeChange::new(at(2), Bytes::new())],
        ..AccountChanges::new(OWNER)
    }]);
    let list = list.expect("canonical");
    let index = ListIndex::new(&list);
    let id = index.entry(OWNER).expect("listed");
    assert_eq!(index.last_code_removal_before(id, 5), None);
    let account =
        primitives::Account { nonce: 7, code_hash: primitives::keccak256([0xef, 1, 0]), ..Default::default() };
    let diff = list.diff(|_| Some(account));
    assert!(!diff.accounts[0].wiped);
}

#[test]
fn positions_behind_the_block_are_refused() {
    let list = BlockAccessList::from_accounts(vec![vector()]).expect("canonical");
    assert_eq!(list.check_indices(299), Ok(()));
    let beyond = ListError::IndexBeyondBlock { address: OWNER, index: 300, last: 299 };
    assert_eq!(list.check_indices(298), Err(beyond));
    for spoil in [
        |account: &mut AccountChanges| account.balance_changes[0].block_access_index = at(400),
        |account: &mut AccountChanges| account.nonce_changes[0].block_access_index = at(400),
        |account: &mut AccountChanges| account.code_changes = vec![CodeChange::new(at(400), Bytes::from_static(&[1]))],
    ] {
        let mut account = vector();
        spoil(&mut account);
        let list = BlockAccessList::from_accounts(vec![account]).expect("canonical");
        assert_eq!(list.check_indices(398), Err(ListError::IndexBeyondBlock { address: OWNER, index: 400, last: 399 }));
    }
}

#[test]
fn bytes_out_of_form_are_refused() {
    let encoding = |bytes: &[u8]| match BlockAccessList::decode(bytes) {
        Err(ListError::Encoding(error)) => error,
        other => panic!("expected an error of encoding, got {other:?}"),
    };
    let account =
        |fields: &str| hex::decode(format!("dad9941111111111111111111111111111111111111111{fields}")).expect("hex");
    assert!(BlockAccessList::decode(&account("c0c0c0c0")).is_err());
    assert_eq!(BlockAccessList::decode(&[0xc0, 0x80]), Err(ListError::TrailingBytes(1)));
    assert_eq!(encoding(&[]), alloy_rlp::Error::InputTooShort);
    assert_eq!(encoding(&[0x80]), alloy_rlp::Error::UnexpectedString);
    // A length that would fit in one byte.
    assert_eq!(encoding(&[0xf8, 0x01, 0xc0]), alloy_rlp::Error::NonCanonicalSize);
    // A slot with a leading zero, and a slot below 0x80 with a length before it.
    let read = |slot: &str, outer: u8, len: u8| {
        let list = format!("{:02x}{:02x}941111111111111111111111111111111111111111c0{slot}c0c0c0", outer, len);
        BlockAccessList::decode(&hex::decode(list).expect("hex"))
    };
    assert!(read("c105", 0xdc, 0xdb).is_ok());
    assert_eq!(read("c100", 0xdc, 0xdb), Err(alloy_rlp::Error::LeadingZero.into()));
    assert_eq!(read("c28105", 0xdd, 0xdc), Err(alloy_rlp::Error::NonCanonicalSingleByte.into()));
}
