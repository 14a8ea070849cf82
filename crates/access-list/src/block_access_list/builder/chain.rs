//! Many growing lists of changes in one flat array.

/// One list of changes in [`Links`]: its length and its latest link.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chain {
    len: u32,
    last: u32,
}

/// The links of many chains, each pointing to the one before it. Appending never moves or allocates a chain of its own.
#[derive(Debug)]
pub(super) struct Links<T>(Vec<Link<T>>);

#[derive(Debug)]
struct Link<T> {
    index: u32,
    previous: u32,
    value: T,
}

impl Chain {
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<T> Default for Links<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Links<T> {
    pub(super) fn with_capacity(changes: usize) -> Self {
        Self(Vec::with_capacity(changes))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Appends a change at a position.
    pub(super) fn push(&mut self, chain: &mut Chain, index: u32, value: T) {
        let link = u32::try_from(self.0.len()).expect("gas bounds the changes of a block");
        self.0.push(Link { index, previous: chain.last, value });
        *chain = Chain { len: chain.len + 1, last: link };
    }

    /// Takes back the latest change if it is at this position.
    pub(super) fn retract(&mut self, chain: &mut Chain, index: u32) {
        if !chain.is_empty() && self.0[chain.last as usize].index == index {
            *chain = Chain { len: chain.len - 1, last: self.0[chain.last as usize].previous };
        }
    }

    /// The changes of one chain, oldest first.
    pub(super) fn collect<U>(&self, chain: &Chain, make: impl Fn(u32, &T) -> U) -> Vec<U> {
        let mut changes = Vec::with_capacity(chain.len as usize);
        let mut at = chain.last;
        for _ in 0..chain.len {
            let link = &self.0[at as usize];
            changes.push(make(link.index, &link.value));
            at = link.previous;
        }
        changes.reverse();
        changes
    }
}
