//! The laws of access sets.

mod model;

use access_list::{AccessKind, AccessRecord, AccessSet, AccountAccess, Observed, SlotAccess, StateKey};
use model::{Executed, account, executed, slot};
use primitives::{Account, Address, U256};
use proptest::prelude::*;

fn key() -> impl Strategy<Value = StateKey> {
    (0..2u8, 0..4u8).prop_map(|(account, kind)| {
        let address = model::address(account);
        match kind {
            0 => StateKey::Balance(address),
            1 => StateKey::Nonce(address),
            _ => StateKey::Slot(address, U256::from(kind)),
        }
    })
}

fn set() -> impl Strategy<Value = AccessSet> {
    let keys = || prop::collection::vec(key(), 0..4);
    (keys(), keys(), keys()).prop_map(|(reads, writes, adds)| AccessSet::new(reads, writes, adds))
}

/// The table of the documentation, pair by pair.
fn conflict_by_pairs(a: &AccessSet, b: &AccessSet) -> bool {
    let may_change_places =
        |a, b| matches!((a, b), (AccessKind::Read, AccessKind::Read) | (AccessKind::Add, AccessKind::Add));
    a.iter().any(|(key, kind)| b.iter().any(|(other, other_kind)| key == other && !may_change_places(kind, other_kind)))
}

proptest! {
    #[test]
    fn conflict_is_the_table(a in set(), b in set()) {
        prop_assert_eq!(a.conflicts_with(&b), conflict_by_pairs(&a, &b));
        prop_assert_eq!(a.conflicts_with(&b), b.conflicts_with(&a));
    }

    #[test]
    fn a_union_conflicts_with_what_a_part_conflicts_with(a in set(), b in set(), c in set()) {
        let union = a.union(&b);
        prop_assert_eq!(union.conflicts_with(&c), a.conflicts_with(&c) || b.conflicts_with(&c));
        prop_assert_eq!(&union, &b.union(&a));
        prop_assert_eq!(union.union(&c), a.union(&b.union(&c)));
        prop_assert_eq!(&a.union(&a), &a);
        prop_assert_eq!(&a.union(&AccessSet::default()), &a);
    }

    #[test]
    fn without_adds_conflict_is_bernsteins(a in set(), b in set()) {
        let without_adds = |set: &AccessSet| AccessSet::new(set.reads().to_vec(), set.writes().to_vec(), []);
        let (a, b) = (without_adds(&a), without_adds(&b));
        let meets = |a: &[StateKey], b: &[StateKey]| a.iter().any(|key| b.contains(key));
        let bernstein = !meets(a.writes(), b.writes()) && !meets(a.reads(), b.writes()) && !meets(a.writes(), b.reads());
        prop_assert_eq!(!a.conflicts_with(&b), bernstein);
    }

    #[test]
    fn disjoint_sets_do_not_conflict(a in set(), b in set()) {
        let shares = a.iter().any(|(key, _)| b.contains(&key));
        prop_assert_eq!(a.is_disjoint(&b), !shares);
        prop_assert!(shares || !a.conflicts_with(&b));
    }

    #[test]
    fn the_lists_are_sorted_and_apart(a in set()) {
        for keys in [a.reads(), a.writes(), a.adds()] {
            prop_assert!(keys.is_sorted_by(|a, b| a < b));
        }
        prop_assert!(a.adds().iter().all(|key| !a.writes().contains(key)));
        prop_assert_eq!(a.iter().count(), a.len());
        prop_assert_eq!(a.is_empty(), a == AccessSet::default());
    }

    /// Where two neighbours do not conflict, the later one would have seen the same before the earlier one.
    #[test]
    fn records_without_conflict_may_change_places(executed in executed()) {
        let Executed { records, worlds } = executed;
        for position in 1..records.len() - 2 {
            let [before, after] = [position, position + 1].map(|at| &records[at][0]);
            if AccessSet::from_record(before).conflicts_with(&AccessSet::from_record(after)) {
                continue;
            }
            for (access, slots) in after.iter() {
                let earlier = account(&worlds[position], access.address);
                prop_assert!(access.agrees_with(earlier.as_ref()), "{:?} on {:?}", access, earlier);
                prop_assert!(slots.iter().all(|s| slot(&worlds[position], access.address, s.slot) == s.before));
                // A payment out of a balance that is not there yet is a matter of the least balance, not of keys.
                let Some(rebased) = access.rebase(earlier.as_ref()) else { continue };
                let of_before = before.accounts.iter().find(|other| other.address == access.address);
                let both = of_before.map_or(Some(rebased), |other| other.rebase(rebased.as_ref()));
                prop_assert_eq!(both, Some(account(&worlds[position + 2], access.address)));
            }
        }
    }
}

const ADDRESS: Address = Address::repeat_byte(7);

fn access(before: Option<Account>, after: Option<Account>) -> AccountAccess {
    AccountAccess {
        address: ADDRESS,
        before,
        after,
        observed: Observed::default(),
        balance_min: U256::ZERO,
        wiped: false,
        slots_end: 0,
    }
}

fn rich(balance: u64) -> Option<Account> {
    Some(Account::with_balance(U256::from(balance)))
}

fn check(account: AccountAccess, slots: &[SlotAccess], expected: (&[StateKey], &[StateKey], &[StateKey])) {
    let mut record = AccessRecord::default();
    record.push(account, slots.iter().copied());
    let copied = |keys: &[StateKey]| keys.to_vec();
    let expected = AccessSet::new(copied(expected.0), copied(expected.1), copied(expected.2));
    assert_eq!(AccessSet::from_record(&record), expected);
}

const SEEN: Observed = Observed { balance: false, nonce: false, existence: true };

#[test]
fn records_become_sets() {
    let [balance, nonce, code, existence] =
        [StateKey::Balance(ADDRESS), StateKey::Nonce(ADDRESS), StateKey::Code(ADDRESS), StateKey::Existence(ADDRESS)];
    // Touched only.
    check(access(rich(5), rich(5)), &[], (&[code], &[], &[]));
    // Paid and paying: additions.
    check(access(rich(5), rich(8)), &[], (&[code], &[], &[balance]));
    check(access(rich(8), rich(5)), &[], (&[code], &[], &[balance]));
    // Paid into existence, unseen and seen.
    check(access(None, rich(8)), &[], (&[code], &[], &[balance, existence]));
    let called = AccountAccess { observed: SEEN, ..access(None, rich(8)) };
    check(called, &[], (&[code, existence], &[existence], &[balance]));
    // Looked at, and then paid.
    let looked = Observed { balance: true, ..Observed::default() };
    check(AccountAccess { observed: looked, ..access(rich(5), rich(5)) }, &[], (&[balance, code], &[], &[]));
    let paid = AccountAccess { observed: looked, ..access(rich(5), rich(8)) };
    check(paid, &[], (&[balance, code], &[balance], &[]));
    // A sender.
    let sent = Some(Account { nonce: 4, ..Account::with_balance(U256::from(3)) });
    let before = Some(Account { nonce: 3, ..Account::with_balance(U256::from(5)) });
    let sender = AccountAccess { observed: Observed { nonce: true, ..Observed::default() }, ..access(before, sent) };
    check(sender, &[], (&[nonce, code], &[nonce], &[balance]));
    // Removed: every field is set, whatever it was.
    let contract = Some(Account { code_hash: primitives::keccak256([1]), ..Account::EMPTY });
    let removed = AccountAccess { observed: SEEN, ..access(contract, None) };
    check(removed, &[], (&[code, existence], &[balance, code, existence], &[]));
    // Slots.
    let slots = [(1, 5, 5), (2, 5, 6)].map(|(slot, before, after)| SlotAccess {
        slot: U256::from(slot),
        before: U256::from(before),
        after: U256::from(after),
    });
    let [one, two] = slots.map(|access| StateKey::Slot(ADDRESS, access.slot));
    check(access(contract, contract), &slots, (&[code, one, two], &[two], &[]));
}

#[test]
fn accounts_and_slots_of_a_record_may_stand_in_any_order() {
    let slots = [3, 1, 2].map(|slot| SlotAccess { slot: U256::from(slot), before: U256::ZERO, after: U256::ONE });
    let mut record = AccessRecord::default();
    for byte in [9, 3, 7] {
        let seen = AccountAccess { observed: Observed::ALL, ..access(rich(5), rich(8)) };
        record.push(AccountAccess { address: Address::repeat_byte(byte), ..seen }, slots);
    }
    let set = AccessSet::from_record(&record);
    assert_eq!((set.reads().len(), set.writes().len(), set.adds().len()), (3 * (4 + 3), 3 * (1 + 3), 0));
    assert_eq!(set, AccessSet::new(set.reads().to_vec(), set.writes().to_vec(), []), "the lists are sorted");
}
