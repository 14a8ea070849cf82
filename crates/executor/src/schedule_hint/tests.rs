use super::*;

const A: StateKey = StateKey::Slot(Address::repeat_byte(1), U256::ONE);
const B: StateKey = StateKey::Slot(Address::repeat_byte(1), U256::ZERO);

fn set(reads: &[StateKey], writes: &[StateKey], adds: &[StateKey]) -> AccessSet {
    AccessSet::new(reads.iter().copied(), writes.iter().copied(), adds.iter().copied())
}

fn check(sets: &[AccessSet], expected: &[&[u32]]) {
    let hint = ScheduleHint::new(sets);
    assert_eq!(hint.predecessors(), expected);
    assert_eq!(ScheduleHint::decode(&hint.encode(), sets.len()), Ok(hint));
}

#[test]
fn a_reader_waits_for_the_latest_change() {
    check(&[], &[]);
    check(&[set(&[], &[A], &[]), set(&[A], &[], &[]), set(&[A], &[], &[])], &[&[], &[0], &[0]]);
    check(&[set(&[A], &[], &[]), set(&[], &[A], &[])], &[&[], &[]]);
    check(&[set(&[A], &[A], &[]), set(&[A], &[A], &[]), set(&[A], &[A], &[])], &[&[], &[0], &[1]]);
}

#[test]
fn additions_do_not_wait_for_each_other() {
    let add = || set(&[], &[], &[A]);
    let read = || set(&[A], &[], &[]);
    check(&[set(&[], &[A], &[]), add(), add(), read(), add()], &[&[], &[0], &[0], &[2, 1], &[0]]);
}

#[test]
fn what_follows_by_way_of_others_is_left_out() {
    let both = || set(&[A, B], &[A, B], &[]);
    check(&[both(), set(&[A], &[A], &[]), both()], &[&[], &[0], &[1]]);
    check(&[set(&[], &[A], &[]), set(&[], &[B], &[]), set(&[A, B], &[], &[])], &[&[], &[], &[1, 0]]);
}

/// Frozen: changed bytes are a new spec.
#[test]
fn the_encoding_is_frozen() {
    let hint = ScheduleHint { predecessors: vec![vec![], vec![], vec![1], vec![2, 0]] };
    // 5: 00101, 0 and 1: 1 1, 2: 010 1, 3: 011 1 010.
    assert_eq!(hint.encode(), [0b0010_1110, 0b1010_1110, 0b1000_0000]);
    assert_eq!(ScheduleHint::default().encode(), [0b1000_0000]);
}

#[test]
fn a_hint_names_no_more_than_it_may() {
    let mut sets = vec![set(&[], &[], &[A]); 100];
    sets.push(set(&[A], &[], &[]));
    let hint = ScheduleHint::new(&sets);
    assert_eq!(hint.predecessors()[100], (84..100).rev().collect::<Vec<_>>());
    let hint = ScheduleHint { predecessors: vec![vec![]; 20].into_iter().chain([(0..17).rev().collect()]).collect() };
    assert_eq!(ScheduleHint::decode(&hint.encode(), 21), Err(HintError::Predecessors(20)));
}

#[test]
fn nonsense_is_refused() {
    let bytes = ScheduleHint { predecessors: vec![vec![], vec![0], vec![1]] }.encode();
    assert_eq!(ScheduleHint::decode(&bytes, 4), Err(HintError::Transactions { hint: 3, block: 4 }));
    for end in 0..bytes.len() {
        assert_eq!(ScheduleHint::decode(&bytes[..end], 3), Err(HintError::End));
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(ScheduleHint::decode(&longer, 3), Err(HintError::Trailing));
    // One transaction that waits for the one before it.
    let mut writer = BitWriter::default();
    [2, 2, 1].into_iter().for_each(|number| writer.number(number));
    assert_eq!(ScheduleHint::decode(&writer.finish(), 1), Err(HintError::Range(0)));
    assert_eq!(ScheduleHint::decode(&[0; 64], 3), Err(HintError::End));
}

#[test]
fn as_access_sets_it_says_the_same() {
    let hint = ScheduleHint { predecessors: vec![vec![], vec![], vec![1], vec![2, 0]] };
    let sets = hint.access_sets();
    let conflicts = |a: usize, b: usize| sets[a].conflicts_with(&sets[b]);
    assert!(conflicts(1, 2) && conflicts(2, 3) && conflicts(0, 3));
    assert!(!conflicts(0, 1) && !conflicts(0, 2) && !conflicts(1, 3));
    assert_eq!(ScheduleHint::new(&sets), hint);
}
