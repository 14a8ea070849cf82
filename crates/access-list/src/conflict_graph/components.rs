//! Connected components by union and find.

use super::rows::KeyRows;

/// See [`super::ConflictGraph::components`]. On a contested key every user conflicts with some other, and all of them
/// hang together by neighbouring steps; so each key joins all its users.
pub(super) fn components(rows: &KeyRows) -> Vec<Vec<u32>> {
    let mut sets = DisjointSets::new(rows.transactions_len());
    for (_, users) in rows.keys() {
        for [(a, _), (b, _)] in users.array_windows() {
            sets.join(*a, *b);
        }
    }
    let mut number_of_root: Vec<Option<usize>> = vec![None; rows.transactions_len()];
    let mut components: Vec<Vec<u32>> = Vec::new();
    for (transaction, _) in rows.transactions() {
        let number = number_of_root[sets.root(transaction) as usize].get_or_insert_with(|| {
            components.push(Vec::new());
            components.len() - 1
        });
        components[*number].push(transaction);
    }
    components
}

/// A forest: each member points towards the root of its set.
struct DisjointSets {
    parents: Vec<u32>,
    sizes: Vec<u32>,
}

impl DisjointSets {
    fn new(len: usize) -> Self {
        Self { parents: (0u32..).take(len).collect(), sizes: vec![1; len] }
    }

    fn root(&mut self, mut member: u32) -> u32 {
        while self.parents[member as usize] != member {
            let above = self.parents[self.parents[member as usize] as usize];
            self.parents[member as usize] = above;
            member = above;
        }
        member
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let (small, large) = if self.sizes[a as usize] < self.sizes[b as usize] { (a, b) } else { (b, a) };
        self.parents[small as usize] = large;
        self.sizes[large as usize] += self.sizes[small as usize];
    }
}
