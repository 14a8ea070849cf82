//! Bytes with room behind them: what is short is put down without a look at the capacity for each part of it.

use primitives::U256;

/// Room that an operation finds, a log's topics and data apart. The longest has a byte, an address and three words, each
/// with its length; the last word is put down as if it had all its 32 bytes.
const ROOM: usize = 128;

/// Bytes that a buffer keeps for the next transaction.
const KEPT_MAX: usize = 1 << 20;

/// Appended to, and emptied with its memory kept.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// Those before `end` count.
    bytes: Vec<u8>,
    end: usize,
}

/// Room at the end of a buffer.
#[derive(Debug)]
pub(super) struct Room<'b> {
    bytes: &'b mut [u8; ROOM],
    at: usize,
    end: &'b mut usize,
}

impl Buffer {
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    /// Room for one operation. What is put there counts once it is [`Room::done`].
    #[inline]
    pub(super) fn room(&mut self) -> Room<'_> {
        if self.bytes.len() - self.end < ROOM {
            self.grow(ROOM);
        }
        let bytes = self.bytes[self.end..].first_chunk_mut().expect("there is room now");
        Room { bytes, at: 0, end: &mut self.end }
    }

    /// Appends bytes, however many.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        if self.bytes.len() - self.end < bytes.len() {
            self.grow(bytes.len());
        }
        self.bytes[self.end..][..bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Empties it and keeps the memory, up to a bound.
    pub(super) fn clear(&mut self) {
        if self.bytes.len() > KEPT_MAX {
            self.bytes = Vec::new();
        }
        self.end = 0;
    }

    #[cold]
    fn grow(&mut self, room: usize) {
        let length = (self.end + room).max(2 * self.bytes.len());
        self.bytes.resize(length, 0);
    }
}

impl Room<'_> {
    /// What was put there belongs to the buffer.
    #[inline]
    pub(super) fn done(self) {
        *self.end += self.at;
    }

    #[inline]
    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes[self.at] = byte;
        self.at += 1;
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.put(bytes, N);
    }

    /// The number of its bytes, then its bytes without leading zeros.
    #[inline]
    pub(super) fn number(&mut self, number: u64) {
        let zeros = number.leading_zeros() / 8;
        let length = 8 - zeros as usize;
        self.byte(length as u8);
        self.put(&number.checked_shl(8 * zeros).unwrap_or_default().to_be_bytes(), length);
    }

    /// The same of a word. Small numbers, amounts and hashes are the ones that are frequent.
    #[inline]
    pub(super) fn word(&mut self, word: U256) {
        match *word.as_limbs() {
            [number, 0, 0, 0] => self.number(number),
            [low, high, 0, 0] => {
                let number = u128::from(high) << 64 | u128::from(low);
                let zeros = number.leading_zeros() / 8;
                self.byte((16 - zeros) as u8);
                self.put(&(number << (8 * zeros)).to_be_bytes(), 16 - zeros as usize);
            }
            [.., high] if high >> 56 != 0 => {
                self.byte(32);
                self.array(&word.to_be_bytes::<32>());
            }
            _ => self.long_word(word),
        }
    }

    fn long_word(&mut self, word: U256) {
        let zeros = word.leading_zeros() / 8;
        self.byte((32 - zeros) as u8);
        let mut behind = [0; 64];
        behind[..32].copy_from_slice(&word.to_be_bytes::<32>());
        self.put::<32>(behind[zeros..].first_chunk().expect("fewer than 32 are zero"), 32 - zeros);
    }

    /// Puts bytes down of which the first `length` count.
    #[inline]
    fn put<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        self.bytes[self.at..][..N].copy_from_slice(bytes);
        self.at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a room holds after `put`, behind what was there before it.
    fn written(put: impl Fn(&mut Room<'_>)) -> Vec<u8> {
        let mut buffer = Buffer::default();
        // Something larger stood there before.
        buffer.append(&[0xff; 200]);
        buffer.clear();
        buffer.append(&[7]);
        let mut room = buffer.room();
        put(&mut room);
        room.done();
        buffer.as_slice()[1..].to_vec()
    }

    #[test]
    fn words_of_every_length_stand_without_leading_zeros() {
        for length in 0..=32 {
            let word = if length == 0 { U256::ZERO } else { U256::from(0x81) << (8 * (length - 1)) };
            let bytes = word.to_be_bytes::<32>();
            let expected = [&[length as u8], &bytes[32 - length..]].concat();
            assert_eq!(written(|room| room.word(word)), expected, "{length}");
            if length <= 8 {
                assert_eq!(written(|room| room.number(word.to())), expected, "{length}");
            }
        }
        assert_eq!(written(|room| room.word(U256::MAX)).len(), 33);
    }

    #[test]
    fn the_longest_operation_has_room() {
        let longest = written(|room| {
            room.byte(1);
            room.array(&[2; 20]);
            (0..3).for_each(|_| room.word(U256::MAX));
        });
        assert_eq!(longest.len(), 120);
        assert_eq!(written(|room| (0..4).for_each(|_| room.array(&[3; 32]))), [3; 128]);
    }

    #[test]
    fn it_grows_with_what_is_appended_and_keeps_what_was_there() {
        let mut buffer = Buffer::default();
        let mut expected = Vec::new();
        for round in 0..600_usize {
            let bytes = vec![round as u8; round % 300];
            buffer.append(&bytes);
            let mut room = buffer.room();
            room.byte(round as u8);
            room.done();
            expected.extend(bytes.into_iter().chain([round as u8]));
        }
        assert_eq!(buffer.as_slice(), expected);
        buffer.clear();
        assert!(buffer.as_slice().is_empty());
    }
}
