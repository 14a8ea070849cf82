//! Temporary Data: what the threads of a frame have returned, one value behind the other, until it is asked for.
//!
//! A value is found by its place, which stands in the thread's own data. Values are not copied: the area is as long as all
//! that was put in, and what was taken out of it needs no memory.

use primitives::{Bytes, map::HashMap};

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// How many values were put in before.
    pub(crate) number: usize,
    pub(crate) offset: usize,
    pub(crate) size: usize,
}

/// The area of one frame.
#[derive(Debug, Default)]
pub(crate) struct TemporaryData {
    /// By their numbers; those without any bytes have none.
    values: HashMap<usize, Bytes>,
    count: usize,
    end: usize,
}

impl TemporaryData {
    /// Puts a value behind the others.
    pub(crate) fn put(&mut self, value: Bytes) -> Place {
        let place = Place { number: self.count, offset: self.end, size: value.len() };
        self.count += 1;
        self.end += value.len();
        if !value.is_empty() {
            self.values.insert(place.number, value);
        }
        place
    }

    /// Forgets all values and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.values.clear();
        (self.count, self.end) = (0, 0);
    }

    /// Takes a value out.
    pub(crate) fn take(&mut self, place: Place) -> Bytes {
        self.values.remove(&place.number).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_places_and_leave_nothing() {
        let mut data = TemporaryData::default();
        let values: [&'static [u8]; 4] = [b"one", b"", b"three", b"four"];
        let places = values.map(|value| data.put(Bytes::from_static(value)));
        assert_eq!(places.map(|place| (place.offset, place.size)), [(0, 3), (3, 0), (3, 5), (8, 4)]);
        for at in [2, 0, 1, 3] {
            assert_eq!(data.take(places[at]), Bytes::from_static(values[at]));
            assert_eq!(data.take(places[at]), Bytes::new(), "it is gone");
        }
        assert!(data.values.is_empty());
    }
}
