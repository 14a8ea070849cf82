use super::*;
use access_list::{AccountChange, SlotChange};

const A: Address = Address::with_last_byte(1);

fn diff(account: Option<Account>, wiped: bool, slots: &[(u64, u64)]) -> StateDiff {
    let slot = |&(slot, value)| SlotChange { address: A, slot: U256::from(slot), value: U256::from(value) };
    StateDiff {
        accounts: vec![AccountChange { address: A, account, wiped }],
        slots: slots.iter().map(slot).collect(),
        code: Vec::new(),
    }
}

#[test]
fn an_empty_account_is_not_no_account() {
    let mut state = MemoryState::new();
    assert_eq!(state.account(A), Ok(None));
    state.set_account(A, Account::EMPTY);
    assert_eq!(state.account(A), Ok(Some(Account::EMPTY)));
    state.remove_account(A);
    assert_eq!(state.account(A), Ok(None));
}

#[test]
fn accounts_come_back_as_they_went_in() {
    let mut state = MemoryState::new();
    let code = Bytes::from_static(&[1, 2, 3]);
    let known = state.insert_code(code.clone());
    for (byte, code_hash) in [(1, KECCAK), (2, known), (3, B256::repeat_byte(9)), (4, known)] {
        let account = Account { balance: U256::MAX - U256::from(byte), nonce: u64::MAX - byte, code_hash };
        let address = Address::with_last_byte(byte as u8);
        state.set_account(address, account);
        assert_eq!(state.account(address), Ok(Some(account)));
    }
    assert_eq!(state.accounts().len(), 4);
    assert_eq!(state.code(known), Ok(code));
    assert_eq!(state.code(KECCAK), Ok(Bytes::new()));
    assert_eq!(state.code(B256::repeat_byte(9)), Err(StateError::MissingCode(B256::repeat_byte(9))));
}

const KECCAK: B256 = primitives::KECCAK256_EMPTY;

#[test]
fn zero_removes_a_slot() {
    let mut state = MemoryState::new();
    state.set_storage(A, U256::from(7), U256::from(8));
    assert_eq!(state.storage(A, U256::from(7)), Ok(U256::from(8)));
    state.set_storage(A, U256::from(7), U256::ZERO);
    assert_eq!(state.storage(A, U256::from(7)), Ok(U256::ZERO));
    assert_eq!(state.storage_of(A).count(), 0);
}

#[test]
fn a_commit_wipes_before_it_writes() {
    let mut state = MemoryState::new();
    state.commit(&diff(Some(Account::EMPTY), false, &[(1, 1), (2, 2)])).expect("commits");
    state.commit(&diff(Some(Account::EMPTY), true, &[(2, 3)])).expect("commits");
    assert_eq!(state.storage_of(A).collect::<Vec<_>>(), [(U256::from(2), U256::from(3))]);
    state.commit(&diff(None, false, &[])).expect("commits");
    assert_eq!(state.storage_of(A).count(), 0);
    assert_eq!(state.account(A), Ok(None));
}

#[test]
fn a_commit_with_code_under_a_foreign_hash_changes_nothing() {
    let mut state = MemoryState::new();
    let mut bad = diff(Some(Account::EMPTY), false, &[(1, 1)]);
    let good = Bytes::from_static(&[0]);
    bad.code = vec![(keccak256(&good), good.clone()), (B256::ZERO, Bytes::from_static(&[1]))];
    assert!(matches!(state.commit(&bad), Err(StateError::Backend(_))));
    assert_eq!(state.account(A), Ok(None));
    assert_eq!(state.storage_of(A).count(), 0);
    assert!(state.code(keccak256(&good)).is_err());
}

#[test]
fn putting_code_twice_is_putting_it_once() {
    let mut state = MemoryState::new();
    let code = Bytes::from_static(&[0xfe]);
    let hash = state.put(code.clone()).expect("stores");
    assert_eq!(state.put(code.clone()), Ok(hash));
    assert_eq!(CodeStore::get(&state, hash), Ok(code));
}

#[test]
fn an_unknown_block_has_the_hash_zero() {
    let mut state = MemoryState::new();
    state.insert_block_hash(5, B256::repeat_byte(5));
    assert_eq!(state.block_hash(5), Ok(B256::repeat_byte(5)));
    assert_eq!(state.block_hash(6), Ok(B256::ZERO));
}
