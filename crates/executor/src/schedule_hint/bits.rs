//! Numbers in as few bits as their size asks for: Elias' gamma code.
//!
//! ```text
//!  1      1
//!  2  01  0        as many zeros as bits follow the first one, then the number
//!  5  001 01
//! ```

use super::HintError;

/// Appends numbers to bits.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits used of the last byte, 0 meaning all.
    used: u32,
}

/// Takes numbers from bits.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl BitWriter {
    /// Appends a number, which is not zero.
    pub(super) fn number(&mut self, number: u64) {
        let length = number.ilog2();
        (0..length).for_each(|_| self.bit(false));
        (0..=length).rev().for_each(|bit| self.bit(number >> bit & 1 == 1));
    }

    fn bit(&mut self, bit: bool) {
        if self.used == 0 {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << (7 - self.used);
        }
        self.used = (self.used + 1) % 8;
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next number; never zero.
    pub(super) fn number(&mut self) -> Result<u64, HintError> {
        let mut length = 0;
        while !self.bit()? {
            length += 1;
            // No number is longer; what comes is filling or nonsense.
            if length == u64::BITS {
                return Err(HintError::End);
            }
        }
        (0..length).try_fold(1, |number: u64, _| Ok(number << 1 | u64::from(self.bit()?)))
    }

    fn bit(&mut self) -> Result<bool, HintError> {
        let byte = self.bytes.get(self.at / 8).ok_or(HintError::End)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Ok(bit == 1)
    }

    /// Whether nothing is left but zeros that fill up the last byte.
    pub(super) fn is_finished(&self) -> bool {
        self.at.div_ceil(8) == self.bytes.len()
            && (self.at.is_multiple_of(8) || self.bytes[self.at / 8] << (self.at % 8) == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_back() {
        let numbers = [1, 2, 3, 4, 7, 8, 1_000, u64::from(u32::MAX), u64::MAX, 1];
        let mut writer = BitWriter::default();
        numbers.iter().for_each(|number| writer.number(*number));
        let bytes = writer.finish();
        let mut reader = BitReader::new(&bytes);
        for number in numbers {
            assert_eq!(reader.number(), Ok(number));
        }
        assert!(reader.is_finished());
        assert_eq!(BitReader::new(&[0; 20]).number(), Err(HintError::End));
        assert_eq!(BitReader::new(&[]).number(), Err(HintError::End));
    }
}
