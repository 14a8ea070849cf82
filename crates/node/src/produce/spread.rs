//! The order of transactions that pay the same: those that are likely to meet, apart from each other.
//!
//! ```text
//!  the pool's order     a1 a2 a3 b1 b2 c  d  e  f       a: all write one slot, b: another, c to f: none of these
//!  spread, by four      a1 b1 c  d  a2 b2 e  f  a3      nothing moves unless it would stand closer than that
//! ```
//!
//! Why apart and not side by side: once it has seen a conflict, the engine hands out one transaction at a time and leaves what
//! may meet one under way to the worker that commits, so a row of transactions that meet is done by one worker while the others
//! find nothing, and a long one has the rest of the block given up. At a distance each is begun when the last that it meets
//! is committed, and none is executed twice. Side by side is better only where neighbours are executed in one go, which is
//! done where hardly any meet.
//!
//! Law: the tips are those of the order before, place by place; each sender's transactions stay in their order; the earlier one
//! of two that meet stays the earlier one, unless a sender's order says otherwise. It decides about time only: whatever a
//! hint says, the block is valid.

use super::candidates::Choice;
use access_list::StateKey;
use primitives::{
    alloy_consensus::Transaction as _,
    map::{AddressMap, HashMap},
};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};
use txpool::HintTable;

/// Fewer that pay the same keep the order of their arrival: there is hardly anything to gain, and whoever sends a handful
/// expects it.
pub(super) const SPREAD_MIN: usize = 32;

/// Calls that may use less gas stay where they are: to work out what one is likely to touch takes about as long as a transfer
/// of a token, all that could be gained by it.
const GAS_MIN: u64 = 100_000;

/// So many of those that pay the same, all over them, are looked at first: where none of these meet, the others hardly do.
const SAMPLE_MAX: usize = 64;

/// Puts those that pay the same, and are likely to meet, `distance` places apart as far as there is something to put between.
pub(super) fn spread(chosen: &mut [Choice], hints: &HintTable, distance: usize) {
    if hints.is_empty() {
        return;
    }
    let same = chosen.chunk_by_mut(|a, b| a.tip == b.tip);
    for same in same.filter(|same| same.len() >= SPREAD_MIN) {
        let step = same.len().div_ceil(SAMPLE_MAX);
        let sample = met_at(same.iter().step_by(step), hints);
        if sample.iter().all(Option::is_none) {
            continue;
        }
        let met = if step == 1 { sample } else { met_at(same.iter(), hints) };
        let order = keep_nonces(same, &apart(&met, distance));
        let spread: Vec<Choice> = order.into_iter().map(|index| same[index].clone()).collect();
        same.clone_from_slice(&spread);
    }
}

/// For each the key that most of them are likely to write, among those that it is likely to write itself; `None` where it alone
/// does, and for what is cheap. Nonces are no such keys: the engine takes the one that a transaction expects for true.
fn met_at<'c>(choices: impl Iterator<Item = &'c Choice>, hints: &HintTable) -> Vec<Option<StateKey>> {
    let mut writers: HashMap<StateKey, usize> = HashMap::default();
    let written = |choice: &Choice| -> Vec<StateKey> {
        if choice.pooled.transaction.gas_limit() < GAS_MIN {
            return Vec::new();
        }
        let hint = hints.hint(&choice.pooled);
        hint.set.writes().iter().filter(|key| !matches!(key, StateKey::Nonce(_))).copied().collect()
    };
    let written: Vec<Vec<StateKey>> = choices.map(written).collect();
    for key in written.iter().flatten() {
        *writers.entry(*key).or_default() += 1;
    }
    let met = |keys: &Vec<StateKey>| {
        let shared = keys.iter().filter(|key| writers[*key] > 1);
        shared.max_by_key(|key| (writers[*key], **key)).copied()
    };
    written.iter().map(met).collect()
}

/// Places of the transactions that are met at these keys, so that equal keys stand apart: always the first that may stand
/// there, or the one whose turn is next.
fn apart(met: &[Option<StateKey>], distance: usize) -> Vec<usize> {
    let mut next: Vec<Option<usize>> = vec![None; met.len()];
    let mut last: HashMap<StateKey, usize> = HashMap::default();
    let mut ready: BinaryHeap<Reverse<usize>> = BinaryHeap::new();
    for (index, key) in met.iter().enumerate() {
        match key.and_then(|key| last.insert(key, index)) {
            Some(before) => next[before] = Some(index),
            None => ready.push(Reverse(index)),
        }
    }
    let mut resting: VecDeque<(usize, usize)> = VecDeque::new();
    let mut order = Vec::with_capacity(met.len());
    loop {
        while let Some((_, index)) = resting.pop_front_if(|(place, _)| *place <= order.len()) {
            ready.push(Reverse(index));
        }
        let rested = ready.pop().map(|Reverse(index)| index);
        let Some(index) = rested.or_else(|| resting.pop_front().map(|(_, index)| index)) else { break };
        if let Some(next) = next[index] {
            resting.push_back((order.len() + distance, next));
        }
        order.push(index);
    }
    order
}

/// Gives the places of each sender to its transactions in the order in which they were.
fn keep_nonces(same: &[Choice], order: &[usize]) -> Vec<usize> {
    let mut own: AddressMap<VecDeque<usize>> = AddressMap::default();
    for (index, choice) in same.iter().enumerate() {
        own.entry(choice.pooled.signer).or_default().push_back(index);
    }
    order.iter().filter_map(|index| own.get_mut(&same[*index].pooled.signer)?.pop_front()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::{Address, U256};

    const DISTANCE: usize = 4;

    fn slot(number: u64) -> StateKey {
        StateKey::Slot(Address::ZERO, U256::from(number))
    }

    #[test]
    fn what_meets_stands_apart_and_nothing_else_moves() {
        let met = |names: &str| -> Vec<Option<StateKey>> {
            names.chars().map(|name| (name != '.').then(|| slot(u64::from(name)))).collect()
        };
        let spread = |names: &str| -> String {
            let all: Vec<char> = names.chars().collect();
            apart(&met(names), DISTANCE).iter().map(|index| all[*index]).collect()
        };
        assert_eq!(spread("aaabb...."), "ab..ab..a");
        assert_eq!(spread("a...b...a...b"), "a...b...a...b");
        assert_eq!(spread("aaabbb"), "ababab", "as far as there is something to put between");
        assert_eq!(spread("....aaa"), "....aaa");
        assert_eq!(apart(&met("....."), DISTANCE), [0, 1, 2, 3, 4]);
        assert!(apart(&[], DISTANCE).is_empty());
    }

    #[test]
    fn all_are_placed_once_and_those_that_meet_in_their_order() {
        for lanes in 1..9_u64 {
            let of = |index: u64| index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            let met: Vec<Option<StateKey>> =
                (0..200).map(|index| Some(of(index) % (2 * lanes)).filter(|lane| *lane < lanes).map(slot)).collect();
            let order = apart(&met, DISTANCE);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..200));
            for lane in 0..lanes {
                let own: Vec<usize> = order.iter().filter(|index| met[**index] == Some(slot(lane))).copied().collect();
                assert!(own.is_sorted(), "{lane} of {lanes}: {own:?}");
            }
        }
    }
}
