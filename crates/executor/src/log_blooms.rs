//! The blooms of logs. Most blocks name the same contracts, kinds of events and accounts again and again, and each name
//! costs a hash.

use primitives::{B256, Bloom, Log, keccak256};

/// Bytes of the longest name: a topic. An address is shorter.
const NAME: usize = 32;

/// Names that are remembered, at least and at most.
const PLACES_MIN: usize = 16;
const PLACES_MAX: usize = 1024;

/// Makes blooms, and remembers the hashes of the names that came last: each at the one place that its content points to, found
/// by the whole name.
#[derive(Debug)]
pub(crate) struct LogBlooms {
    places: Box<[Option<Place>]>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    name: [u8; NAME],
    length: u8,
    hash: B256,
}

impl LogBlooms {
    /// For so many transactions.
    pub(crate) fn for_block(transactions: usize) -> Self {
        let places = transactions.next_power_of_two().clamp(PLACES_MIN, PLACES_MAX);
        Self { places: vec![None; places].into_boxed_slice() }
    }

    /// The bloom of these logs: of their addresses and topics.
    pub(crate) fn bloom(&mut self, logs: &[Log]) -> Bloom {
        let mut bloom = Bloom::ZERO;
        for log in logs {
            self.add(log.address.as_slice(), &mut bloom);
            log.topics().iter().for_each(|topic| self.add(topic.as_slice(), &mut bloom));
        }
        bloom
    }

    fn add(&mut self, name: &[u8], bloom: &mut Bloom) {
        bloom.m3_2048_hashed(&self.hash(name));
    }

    fn hash(&mut self, bytes: &[u8]) -> B256 {
        let (mut name, length) = ([0; NAME], bytes.len() as u8);
        name[..bytes.len()].copy_from_slice(bytes);
        let at = mixed(&name) as usize & (self.places.len() - 1);
        let place = &mut self.places[at];
        match place {
            Some(known) if known.name == name && known.length == length => known.hash,
            _ => place.insert(Place { name, length, hash: keccak256(bytes) }).hash,
        }
    }
}

fn mixed(name: &[u8; NAME]) -> u64 {
    /// Odd and without pattern, one for each word of the name.
    const MIX: [u64; NAME / 8] =
        [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0xd6e8_feb8_6659_fd93];
    let words = name.as_chunks::<8>().0;
    let mixed = words.iter().zip(MIX).map(|(word, mix)| u64::from_le_bytes(*word).wrapping_mul(mix));
    mixed.fold(0, u64::wrapping_add) >> 40
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::{
        Address, Bytes,
        alloy_primitives::{LogData, logs_bloom},
    };

    /// More names than there are places, each twice in a row and all of them twice.
    #[test]
    fn a_remembered_bloom_is_that_of_alloy() {
        let address = |number: usize| Address::left_padding_from(&number.to_be_bytes());
        let topic = |number: usize| B256::left_padding_from(&number.to_be_bytes());
        let log = |number: usize| {
            // An address and a topic of the same bytes, padded on either side, are different names.
            let topics =
                vec![address(number).into_word(), topic(number), B256::right_padding_from(address(number).as_slice())];
            Log { address: address(number), data: LogData::new_unchecked(topics, Bytes::new()) }
        };
        let mut blooms = LogBlooms::for_block(1);
        for number in (0..100).chain(0..100) {
            let logs = [log(number), log(number / 7)];
            assert_eq!(blooms.bloom(&logs), logs_bloom(&logs), "{number}");
            assert_eq!(blooms.bloom(&logs), logs_bloom(&logs), "{number}, remembered");
        }
        assert_eq!(blooms.bloom(&[]), Bloom::ZERO);
    }
}
