//! A word of the stack, as two halves.
//!
//! The same 256 bits as [`U256`], in a form whose loads and stores the compiler leaves at the width of a register. In four
//! limbs, a word that was just written limb by limb is often read sixteen bytes at a time, which waits for the writes to
//! reach the cache: longer than most instructions take.

use primitives::U256;

/// 256 bits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Word {
    pub(super) low: u128,
    pub(super) high: u128,
}

/// The highest bit of a half: a word is negative if it is set in the high one.
const SIGN: u128 = 1 << 127;

impl From<U256> for Word {
    #[inline(always)]
    fn from(word: U256) -> Self {
        let [a, b, c, d] = word.into_limbs();
        let half = |low: u64, high: u64| u128::from(low) | (u128::from(high) << 64);
        Self { low: half(a, b), high: half(c, d) }
    }
}

impl From<u64> for Word {
    #[inline(always)]
    fn from(low: u64) -> Self {
        Self { low: u128::from(low), high: 0 }
    }
}

impl Word {
    pub(super) const ZERO: Self = Self { low: 0, high: 0 };

    #[inline(always)]
    pub(super) fn to_u256(self) -> U256 {
        let Self { low, high } = self;
        U256::from_limbs([low as u64, (low >> 64) as u64, high as u64, (high >> 64) as u64])
    }

    #[inline(always)]
    pub(super) fn from_be_bytes(bytes: [u8; 32]) -> Self {
        let [high, low] = *bytes.as_chunks::<16>().0 else { unreachable!("32 bytes are two halves") };
        Self { low: u128::from_be_bytes(low), high: u128::from_be_bytes(high) }
    }

    #[inline(always)]
    pub(super) fn to_be_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.high.to_be_bytes());
        bytes[16..].copy_from_slice(&self.low.to_be_bytes());
        bytes
    }

    /// The word as a number that a place in memory, code or data may have.
    #[inline(always)]
    pub(super) fn small(self) -> Option<usize> {
        if self.high == 0 { usize::try_from(self.low).ok() } else { None }
    }

    #[inline(always)]
    pub(super) fn is_zero(self) -> bool {
        self.low | self.high == 0
    }

    #[inline(always)]
    pub(super) fn is(self, other: Self) -> bool {
        (self.low ^ other.low) | (self.high ^ other.high) == 0
    }

    #[inline(always)]
    pub(super) fn is_less(self, other: Self) -> bool {
        let (_, borrow) = self.low.overflowing_sub(other.low);
        let (rest, less) = self.high.overflowing_sub(other.high);
        less | (rest < u128::from(borrow))
    }

    /// The same for signed words.
    #[inline(always)]
    pub(super) fn is_less_signed(self, other: Self) -> bool {
        let biased = |word: Self| Self { high: word.high ^ SIGN, ..word };
        biased(self).is_less(biased(other))
    }

    #[inline(always)]
    pub(super) fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        Self { low, high: self.high.wrapping_add(other.high).wrapping_add(u128::from(carry)) }
    }

    #[inline(always)]
    pub(super) fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { low, high: self.high.wrapping_sub(other.high).wrapping_sub(u128::from(borrow)) }
    }

    #[inline(always)]
    pub(super) fn and(self, other: Self) -> Self {
        Self { low: self.low & other.low, high: self.high & other.high }
    }

    #[inline(always)]
    pub(super) fn or(self, other: Self) -> Self {
        Self { low: self.low | other.low, high: self.high | other.high }
    }

    #[inline(always)]
    pub(super) fn xor(self, other: Self) -> Self {
        Self { low: self.low ^ other.low, high: self.high ^ other.high }
    }

    #[inline(always)]
    pub(super) fn not(self) -> Self {
        Self { low: !self.low, high: !self.high }
    }

    /// Moved to the left, so that zeros come from the right.
    #[inline(always)]
    pub(super) fn shifted_left(self, by: Self) -> Self {
        match by.small() {
            Some(0) => self,
            Some(by @ 1..128) => Self { low: self.low << by, high: (self.high << by) | (self.low >> (128 - by)) },
            Some(by @ 128..256) => Self { low: 0, high: self.low << (by - 128) },
            _ => Self::ZERO,
        }
    }

    /// Moved to the right, so that zeros come from the left.
    #[inline(always)]
    pub(super) fn shifted_right(self, by: Self) -> Self {
        match by.small() {
            Some(0) => self,
            Some(by @ 1..128) => Self { low: (self.low >> by) | (self.high << (128 - by)), high: self.high >> by },
            Some(by @ 128..256) => Self { low: self.high >> (by - 128), high: 0 },
            _ => Self::ZERO,
        }
    }
}
