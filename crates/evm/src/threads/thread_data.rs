//! Thread Data: what a thread is given, and where stands what it gives.

use super::temporary_data::Place;
use primitives::Bytes;

/// The data of one thread: a header of a fixed size, with the call data out of line. Nothing but its own thread reads it,
/// and it lives no longer than the thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ThreadData {
    /// Selector and arguments.
    pub(crate) call_data: Bytes,
    /// The return value's place in Temporary Data; `None` until there is one.
    pub(crate) returned: Option<Place>,
}

impl ThreadData {
    /// Of a thread that has not run.
    pub(crate) const fn new(call_data: Bytes) -> Self {
        Self { call_data, returned: None }
    }

    /// Which function is called; `None` if the call data is too short to say.
    pub(crate) fn selector(&self) -> Option<[u8; 4]> {
        self.call_data.first_chunk().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_at_most_128_bytes() {
        assert!(size_of::<ThreadData>() <= 128, "{}", size_of::<ThreadData>());
        let data = ThreadData::new(Bytes::from_static(&[1, 2, 3, 4, 5]));
        assert_eq!((data.selector(), data.returned), (Some([1, 2, 3, 4]), None));
        assert_eq!(ThreadData::new(Bytes::from_static(&[1, 2, 3])).selector(), None);
    }
}
