//! Sets of small numbers that several workers change at once.

use crate::sync::atomic::{AtomicU64, Ordering};

const BITS: usize = u64::BITS as usize;

/// A set from which workers take the least number. No locks.
///
/// A bit per number, and above it a bit per word of bits, so that looking for the least number reads one word for 4,096
/// numbers. Law: a number that was inserted is taken once. A taker may miss one that is inserted at the same moment.
#[derive(Debug)]
pub(crate) struct ReadySet {
    words: Box<[AtomicU64]>,
    /// A bit for each word that is not zero. While a word changes it may be set although the word is zero.
    summary: Box<[AtomicU64]>,
}

impl ReadySet {
    /// An empty set for numbers below `len`.
    pub(crate) fn new(len: usize) -> Self {
        let words = len.div_ceil(BITS);
        Self { words: zeros(words), summary: zeros(words.div_ceil(BITS)) }
    }

    /// Adds a number.
    pub(crate) fn insert(&self, number: usize) {
        let word = number / BITS;
        self.words[word].fetch_or(1 << (number % BITS), Ordering::AcqRel);
        self.mark(word);
    }

    /// Takes the least number.
    pub(crate) fn take_first(&self) -> Option<usize> {
        for (at, summary) in self.summary.iter().enumerate() {
            loop {
                let marks = summary.load(Ordering::Acquire);
                if marks == 0 {
                    break;
                }
                let word = at * BITS + marks.trailing_zeros() as usize;
                if let Some(bit) = self.take_from(word) {
                    return Some(word * BITS + bit);
                }
            }
        }
        None
    }

    /// Takes the least number of one word; the word's mark goes with the last one.
    fn take_from(&self, word: usize) -> Option<usize> {
        let bits = &self.words[word];
        let mut seen = bits.load(Ordering::Acquire);
        while seen != 0 {
            let least = 1 << seen.trailing_zeros();
            let was = bits.fetch_and(!least, Ordering::AcqRel);
            if was & least != 0 {
                if was == least {
                    self.unmark(word);
                }
                return Some(least.trailing_zeros() as usize);
            }
            seen = was;
        }
        self.unmark(word);
        None
    }

    fn mark(&self, word: usize) {
        self.summary[word / BITS].fetch_or(1 << (word % BITS), Ordering::AcqRel);
    }

    fn unmark(&self, word: usize) {
        self.summary[word / BITS].fetch_and(!(1 << (word % BITS)), Ordering::AcqRel);
        // A number that was inserted meanwhile may have lost its mark.
        if self.words[word].load(Ordering::Acquire) != 0 {
            self.mark(word);
        }
    }
}

/// A flag for each number, down at first.
#[derive(Debug)]
pub(crate) struct Flags(Box<[AtomicU64]>);

impl Flags {
    /// Flags for the numbers below `len`.
    pub(crate) fn new(len: usize) -> Self {
        Self(zeros(len.div_ceil(BITS)))
    }

    /// Raises a flag; `true` if it was down.
    pub(crate) fn raise(&self, number: usize) -> bool {
        let bit = 1 << (number % BITS);
        self.0[number / BITS].fetch_or(bit, Ordering::AcqRel) & bit == 0
    }

    /// Whether a flag is up.
    pub(crate) fn is_raised(&self, number: usize) -> bool {
        self.0[number / BITS].load(Ordering::Acquire) & (1 << (number % BITS)) != 0
    }
}

fn zeros(len: usize) -> Box<[AtomicU64]> {
    (0..len).map(|_| AtomicU64::new(0)).collect()
}
