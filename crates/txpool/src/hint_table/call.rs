//! What of a call can name a key: its sender, its callee, the words of its input.

use primitives::{Address, B256};

/// Words of the input that are looked at.
const WORDS_MAX: usize = 6;

/// A call, as templates see it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) sender: Address,
    pub(crate) callee: Address,
    /// The first words after the selector, whole ones only.
    words: Vec<B256>,
}

/// A word that a call brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Word {
    /// The sender's address.
    Sender,
    /// The argument at this place.
    Argument(u8),
}

impl Call {
    pub(crate) fn new(sender: Address, callee: Address, input: &[u8]) -> Self {
        let arguments = input.get(4..).unwrap_or_default();
        let words = arguments.chunks_exact(32).take(WORDS_MAX).map(B256::from_slice).collect();
        Self { sender, callee, words }
    }

    /// Every word it brings, the sender first.
    pub(crate) fn words(&self) -> impl Iterator<Item = (Word, B256)> {
        let arguments = self.words.iter().zip(0..).map(|(word, place)| (Word::Argument(place), *word));
        std::iter::once((Word::Sender, self.sender.into_word())).chain(arguments)
    }

    /// The word, if this call brings it.
    pub(crate) fn word(&self, word: Word) -> Option<B256> {
        match word {
            Word::Sender => Some(self.sender.into_word()),
            Word::Argument(place) => self.words.get(usize::from(place)).copied(),
        }
    }

    /// The word as an address, if it can be one.
    pub(crate) fn address(&self, word: Word) -> Option<Address> {
        let word = self.word(word)?;
        word.starts_with(&[0; 12]).then(|| Address::from_word(word))
    }
}
