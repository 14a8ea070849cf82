//! The stack while a frame runs.
//!
//! Its words lie in an array whose length is a power of two, so that a place is found by masking and no bound is checked;
//! its length is a local of whoever runs the frame.

use super::word::Word;
use primitives::U256;
use revm::interpreter::InstructionResult::{self, StackOverflow, StackUnderflow};
pub(crate) use revm::interpreter::STACK_LIMIT;

const _: () = assert!(STACK_LIMIT.is_power_of_two());

type Checked<T> = Result<T, InstructionResult>;

/// Room for a full stack. One is enough for a machine: a frame that calls another puts its words away meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Words(Box<[Word; STACK_LIMIT]>);

impl Default for Words {
    fn default() -> Self {
        let words = vec![Word::ZERO; STACK_LIMIT].into_boxed_slice();
        Self(words.try_into().expect("as many as were made"))
    }
}

/// A stack of at most [`STACK_LIMIT`] words.
pub(super) struct Stack<'w> {
    words: &'w mut [Word; STACK_LIMIT],
    len: usize,
}

impl<'w> Stack<'w> {
    /// The stack that lies in `data`, in the room of `words`.
    pub(super) fn take_over(words: &'w mut Words, data: &[U256]) -> Self {
        let mut stack = Self { words: &mut words.0, len: 0 };
        stack.take_back(0, data);
        stack
    }

    /// Puts the stack into `data`, which is where revm has it.
    pub(super) fn hand_back(&self, data: &mut Vec<U256>) {
        self.lend_from(0, data);
    }

    #[inline(always)]
    fn lend_from(&self, kept: usize, data: &mut Vec<U256>) {
        data.clear();
        data.extend(self.words[kept..self.len].iter().map(|word| word.to_u256()));
    }

    #[inline(always)]
    fn take_back(&mut self, kept: usize, data: &[U256]) {
        self.len = kept + data.len();
        self.words[kept..self.len].iter_mut().zip(data).for_each(|(place, word)| *place = Word::from(*word));
    }

    /// Hands `count` words to `work` in `data`, which has no others, and takes back what it leaves there. All are handed
    /// over where the stack has fewer, or may be full, so that `work` finds out about it.
    #[inline(always)]
    pub(super) fn lend<D, T>(
        &mut self,
        count: usize,
        context: &mut D,
        data: impl Fn(&mut D) -> &mut Vec<U256>,
        work: impl FnOnce(&mut D) -> T,
    ) -> T {
        let kept = if self.len == STACK_LIMIT { 0 } else { self.len.saturating_sub(count) };
        self.lend_from(kept, data(context));
        let done = work(context);
        self.take_back(kept, data(context));
        done
    }

    /// Whether a word finds room.
    #[inline(always)]
    pub(super) fn has_room(&self) -> Checked<()> {
        if self.len == STACK_LIMIT { Err(StackOverflow) } else { Ok(()) }
    }

    /// Whether two words find room.
    #[inline(always)]
    pub(super) fn has_room_for_two(&self) -> Checked<()> {
        if self.len + 2 > STACK_LIMIT { Err(StackOverflow) } else { Ok(()) }
    }

    /// Whether there are so many words.
    #[inline(always)]
    pub(super) fn has(&self, count: usize) -> Checked<()> {
        if self.len < count { Err(StackUnderflow) } else { Ok(()) }
    }

    #[inline(always)]
    fn at(&mut self, below: usize) -> &mut Word {
        &mut self.words[self.len.wrapping_sub(1 + below) % STACK_LIMIT]
    }

    #[inline(always)]
    pub(super) fn push(&mut self, word: Word) -> Checked<()> {
        self.has_room()?;
        self.len += 1;
        *self.at(0) = word;
        Ok(())
    }

    #[inline(always)]
    pub(super) fn pop(&mut self) -> Checked<Word> {
        self.has(1)?;
        let top = *self.at(0);
        self.len -= 1;
        Ok(top)
    }

    /// Takes two words, the topmost first.
    #[inline(always)]
    pub(super) fn pop_two(&mut self) -> Checked<(Word, Word)> {
        self.has(2)?;
        let two = (*self.at(0), *self.at(1));
        self.len -= 2;
        Ok(two)
    }

    /// Replaces the topmost word.
    #[inline(always)]
    pub(super) fn unary(&mut self, work: impl FnOnce(Word) -> Word) -> Checked<()> {
        self.try_unary(|word| Ok(work(word)))
    }

    /// As [`unary`](Self::unary), by something that may stop the frame; then the word stays.
    #[inline(always)]
    pub(super) fn try_unary(&mut self, work: impl FnOnce(Word) -> Checked<Word>) -> Checked<()> {
        self.has(1)?;
        let top = self.at(0);
        *top = work(*top)?;
        Ok(())
    }

    /// Puts one word in place of two. `work` is given the topmost first.
    #[inline(always)]
    pub(super) fn binary(&mut self, work: impl FnOnce(Word, Word) -> Word) -> Checked<()> {
        self.has(2)?;
        let top = *self.at(0);
        self.len -= 1;
        let second = self.at(0);
        *second = work(top, *second);
        Ok(())
    }

    /// Pushes the word that has `below` others on it.
    #[inline(always)]
    pub(super) fn duplicate(&mut self, below: usize) -> Checked<()> {
        // One comparison, and one error for both: as revm has it, what is too short overflows, too.
        let place = self.len.wrapping_sub(below + 1);
        if place >= STACK_LIMIT - (below + 1) {
            return Err(StackOverflow);
        }
        let word = self.words[place % STACK_LIMIT];
        self.len += 1;
        *self.at(0) = word;
        Ok(())
    }

    /// Puts another word in place of the one that has `below` others on it, which must be there.
    #[inline(always)]
    pub(super) fn replace(&mut self, below: usize, word: Word) {
        *self.at(below) = word;
    }

    /// Exchanges the topmost word with the one that has `below - 1` between them.
    #[inline(always)]
    pub(super) fn swap(&mut self, below: usize) -> Checked<()> {
        self.has(below + 1)?;
        // Half by half, for which there are registers.
        let (top, other) = (self.at(0).low, self.at(below).low);
        (self.at(0).low, self.at(below).low) = (other, top);
        let (top, other) = (self.at(0).high, self.at(below).high);
        (self.at(0).high, self.at(below).high) = (other, top);
        Ok(())
    }
}
