//! The memory alone, under shuttle.

use super::{Asking, Footprint, Memory, of_a_block};
use access_list::{AccessRecord, AccountAccess, Observed, SlotAccess};
use primitives::{Account, Address, U256};
use shuttle::thread;
use std::sync::Arc;

const SCHEDULES: usize = 5_000;
const WHO: Address = Address::ZERO;

fn wei(amount: u64) -> Option<Account> {
    Some(Account::with_balance(U256::from(amount)))
}

/// A payment into the account, found with 10 wei.
fn payment(amount: u64) -> AccessRecord {
    let observed = Observed::default();
    let access = AccountAccess { after: wei(10 + amount), observed, ..AccountAccess::untouched(WHO, wei(10)) };
    let mut record = AccessRecord::default();
    record.push(access, []);
    record
}

/// A write of a slot that was zero.
fn write(value: u64) -> AccessRecord {
    let mut record = AccessRecord::default();
    let slot = SlotAccess { slot: U256::ONE, before: U256::ZERO, after: U256::from(value) };
    record.push(AccountAccess::untouched(WHO, wei(10)), [slot]);
    record
}

/// The removal of the account.
fn removal() -> AccessRecord {
    let mut record = AccessRecord::default();
    record.push(AccountAccess { after: None, wiped: true, ..AccountAccess::untouched(WHO, wei(10)) }, []);
    record
}

fn balance(memory: &Memory, before: usize) -> u64 {
    let account = memory.account(WHO, before).map_or(Ok::<_, ()>(wei(10)), |versions| versions.resolve(|| Ok(wei(10))));
    account.expect("the base cannot fail").map_or(0, |account| account.balance.to())
}

fn slot(memory: &Memory, before: usize) -> Option<u64> {
    memory.slot(WHO, U256::ONE, before).map(|value| value.to())
}

/// Shows what a transaction wrote that started before anything was committed.
fn show(memory: &Memory, index: usize, record: &AccessRecord) {
    memory.publish(index, 0, record, &mut Footprint::default());
}

/// A transaction that started before anything was committed and has shown nothing.
fn asking(index: usize) -> Asking {
    Asking { index, since: 0, shown: None }
}

/// Runs both at once with a third who looks, then `after`.
fn explore(
    one: impl Fn(&Memory) + Send + Sync + 'static,
    two: impl Fn(&Memory) + Send + Sync + 'static,
    look: impl Fn(&Memory) + Send + Sync + 'static,
    after: impl Fn(&Memory) + Send + Sync + 'static,
) {
    let body = move || {
        let memory = of_a_block();
        thread::scope(|scope| {
            scope.spawn(|| one(&memory));
            scope.spawn(|| two(&memory));
            look(&memory);
        });
        after(&memory);
    };
    let body = Arc::new(body);
    let again = Arc::clone(&body);
    shuttle::check_random(move || body(), SCHEDULES);
    shuttle::check_pct(move || again(), SCHEDULES, 3);
}

#[test]
fn shuttle_payments_add_up_in_any_order() {
    explore(
        |memory| show(memory, 3, &payment(5)),
        |memory| show(memory, 1, &payment(7)),
        |memory| {
            assert!([10, 17].contains(&balance(memory, 3)), "the later payment is not seen");
            assert!([10, 15, 17, 22].contains(&balance(memory, 9)));
        },
        |memory| {
            assert_eq!([1, 2, 3, 4].map(|before| balance(memory, before)), [10, 17, 17, 22]);
            assert!(!memory.is_undisturbed_account(WHO, &asking(3)), "another wrote before it");
        },
    );
}

#[test]
fn shuttle_a_reader_sees_the_latest_version_below_its_own() {
    explore(
        |memory| show(memory, 1, &write(1)),
        |memory| show(memory, 2, &write(2)),
        |memory| {
            assert!([None, Some(1)].contains(&slot(memory, 2)));
            assert!([None, Some(1), Some(2)].contains(&slot(memory, 3)));
            assert_eq!(slot(memory, 1), None);
        },
        |memory| {
            assert_eq!([1, 2, 3].map(|before| slot(memory, before)), [None, Some(1), Some(2)]);
            assert!(!memory.is_undisturbed_slot(WHO, U256::ONE, &asking(2)), "another wrote before it");
        },
    );
}

#[test]
fn shuttle_what_is_taken_back_leaves_nothing_but_a_trace_in_the_filter() {
    explore(
        |memory| {
            show(memory, 1, &write(1));
            memory.retract(1, &write(1));
        },
        |memory| show(memory, 2, &write(2)),
        |memory| assert!([None, Some(1), Some(2)].contains(&slot(memory, 3))),
        |memory| {
            assert_eq!([2, 3].map(|before| slot(memory, before)), [None, Some(2)]);
            assert!(
                !memory.is_undisturbed_slot(WHO, U256::ONE, &asking(3)),
                "whoever read it meanwhile has to look again"
            );
        },
    );
}

#[test]
fn shuttle_removal_hides_what_was_written_before_it() {
    explore(
        |memory| show(memory, 1, &write(1)),
        |memory| show(memory, 2, &removal()),
        |memory| assert!([None, Some(1), Some(0)].contains(&slot(memory, 3))),
        |memory| {
            assert_eq!([1, 2, 3].map(|before| slot(memory, before)), [None, Some(1), Some(0)]);
            assert_eq!(balance(memory, 3), 0);
        },
    );
}

#[test]
fn shuttle_what_two_wrote_at_once_is_not_settled() {
    let body = || {
        let memory = of_a_block();
        let show = |index| {
            let mut footprint = Footprint::default();
            let shown = memory.publish(index, 0, &payment(5), &mut footprint);
            (footprint, Asking { index, since: 0, shown: Some(shown) })
        };
        thread::scope(|scope| {
            let both = [1, 2].map(|index| {
                scope.spawn({
                    let show = &show;
                    move || show(index)
                })
            });
            for (footprint, asking) in both.map(|one| one.join().expect("no panic")) {
                assert!(!memory.is_settled(&footprint, &asking), "{asking:?}");
            }
        });
    };
    shuttle::check_random(body, SCHEDULES);
    shuttle::check_pct(body, SCHEDULES, 3);
}
