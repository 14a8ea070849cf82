//! A schedule that is made before the block starts: who waits for whom, and who goes first.
//!
//! Transactions wait at *barriers*. A barrier has members and opens when all of them are executed; a transaction may
//! start when every barrier that it waits at is open. A barrier may itself be a member of one other barrier.
//!
//! ```text
//!   members                      waiting
//!   tx 0 ─┐
//!   tx 3 ─┴─▶ [barrier 0] ─────▶ tx 4, tx 7
//!                  │ then
//!   tx 4 ─┬────────┘
//!   tx 7 ─┴─▶ [barrier 1] ─────▶ tx 9
//! ```
//!
//! The three policies over access sets are three ways of making a plan; [`crate::planned`] carries it out.

/// Who waits for whom and who goes first.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Every transaction once, those to be preferred first.
    pub(crate) order: Vec<u32>,
    /// For each transaction the barriers that it is a member of.
    pub(crate) memberships: Rows,
    /// For each barrier the transactions that wait at it.
    pub(crate) waiting: Rows,
    /// For each barrier the one that it is a member of.
    pub(crate) then: Vec<Option<u32>>,
}

/// Rows of different length in one flat array.
#[derive(Debug)]
pub(crate) struct Rows {
    ends: Vec<u32>,
    items: Vec<u32>,
}

/// A plan in the making.
#[derive(Debug, Default)]
pub(crate) struct PlanBuilder {
    /// Transaction and barrier.
    memberships: Vec<(u32, u32)>,
    /// Barrier and transaction.
    waiting: Vec<(u32, u32)>,
    then: Vec<Option<u32>>,
}

impl Plan {
    /// A plan in which nobody waits, in block order.
    pub(crate) fn without_barriers(transactions: usize) -> Self {
        PlanBuilder::default().finish(block_order(transactions))
    }
}

impl PlanBuilder {
    /// Makes a barrier without members, which nobody waits at.
    pub(crate) fn barrier(&mut self) -> u32 {
        self.then.push(None);
        number(self.then.len() - 1)
    }

    /// Makes a transaction a member of a barrier.
    pub(crate) fn join(&mut self, transaction: u32, barrier: u32) {
        self.memberships.push((transaction, barrier));
    }

    /// Lets a transaction wait at a barrier. Every member should stand before it in the block.
    pub(crate) fn wait(&mut self, transaction: u32, barrier: u32) {
        self.waiting.push((barrier, transaction));
    }

    /// Makes a barrier a member of a later one.
    pub(crate) fn chain(&mut self, barrier: u32, later: u32) {
        self.then[barrier as usize] = Some(later);
    }

    /// The plan. `order` has every transaction once.
    pub(crate) fn finish(self, order: Vec<u32>) -> Plan {
        let waiting = Rows::new(self.then.len(), &self.waiting);
        // A barrier that nothing comes after need not be counted.
        let matters = |barrier: u32| !waiting.row(barrier).is_empty() || self.then[barrier as usize].is_some();
        let memberships: Vec<(u32, u32)> =
            self.memberships.into_iter().filter(|(_, barrier)| matters(*barrier)).collect();
        Plan { memberships: Rows::new(order.len(), &memberships), waiting, order, then: self.then }
    }
}

impl Rows {
    /// Sorts items into rows and keeps their order inside each row.
    fn new(rows: usize, items: &[(u32, u32)]) -> Self {
        let mut ends = vec![0; rows];
        for (row, _) in items {
            ends[*row as usize] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            total += std::mem::replace(end, total);
        }
        // `ends` holds the beginnings now; each moves to its row's end as the row is filled.
        let mut sorted = vec![0; total as usize];
        for (row, item) in items {
            let at = &mut ends[*row as usize];
            sorted[*at as usize] = *item;
            *at += 1;
        }
        Self { ends, items: sorted }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// One row.
    pub(crate) fn row(&self, row: u32) -> &[u32] {
        let row = row as usize;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.items[start as usize..self.ends[row] as usize]
    }

    /// Every item of every row.
    pub(crate) fn items(&self) -> &[u32] {
        &self.items
    }
}

/// The transactions' numbers, ascending.
pub(crate) fn block_order(transactions: usize) -> Vec<u32> {
    (0..number(transactions)).collect()
}

/// A transaction's or a barrier's number.
pub(crate) fn number(index: usize) -> u32 {
    u32::try_from(index).expect("gas bounds the transactions of a block and what they touch")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_the_order_of_their_items() {
        let rows = Rows::new(4, &[(2, 7), (0, 1), (2, 3), (3, 9), (2, 5)]);
        assert_eq!([rows.row(0), rows.row(1), rows.row(2), rows.row(3)], [&[1][..], &[], &[7, 3, 5], &[9]]);
    }

    #[test]
    fn barriers_that_nothing_comes_after_have_no_members() {
        let mut builder = PlanBuilder::default();
        let (first, second, idle) = (builder.barrier(), builder.barrier(), builder.barrier());
        builder.join(0, first);
        builder.join(0, idle);
        builder.chain(first, second);
        builder.join(1, second);
        builder.wait(2, second);
        let plan = builder.finish(block_order(3));
        assert_eq!(plan.memberships.row(0), [first]);
        assert_eq!(plan.memberships.row(1), [second]);
        assert_eq!(plan.waiting.row(second), [2]);
    }
}
