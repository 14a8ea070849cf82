//! Taking blocks back.

use super::{
    Disk, DiskError, Head,
    back::WayBack,
    batch::Batch,
    block_commit::{remove_history, write_leaves},
    ledger::Part,
    root_update::root_of_changes,
    seal::damaged,
    space::{self, HEAD, Space},
    tries::Tries,
    view::View,
};

impl Disk {
    /// Makes block `number` the head again: state, tries, blocks and indexes are as they were after it was committed.
    /// Code and notes stay.
    ///
    /// Done in steps, each of which is atomic; a crash leaves the store after one of the blocks in between. Fails with
    /// [`DiskError::HistoryWindow`] if the block is too long ago, and then changes nothing.
    pub fn rollback_to(&self, number: u64) -> Result<(), DiskError> {
        let mut writer = self.writer()?;
        let view = self.view();
        let head = view.head_for(number)?;
        if number < head.oldest_state {
            return Err(DiskError::HistoryWindow { number, oldest: head.oldest_state });
        }
        if number == head.number {
            return Ok(());
        }
        let summary = view.summary(number)?.ok_or_else(|| missing(number))?;
        // First the tip: what is taken back on purpose is not lost.
        if writer.tip.tip().is_some_and(|(tip, _)| tip > number) {
            writer.tip.set(Some((number, summary.hash)), true)?;
        }
        loop {
            let (view, tries) = self.current();
            let head = view.head_for(number)?;
            if head.number == number {
                return writer.guard(self.store().sync());
            }
            let (batch, head, tries) = step_back(&view, tries, head, number)?;
            drop(view);
            writer.guard(self.store().write(batch, false))?;
            let view = writer.guard(View::of(self.store()))?;
            debug_assert_eq!(view.head, Some(head), "the head that was written");
            self.set_current(view, tries);
        }
    }
}

/// The batch of one step towards block `target`, the head and the tries that it makes.
fn step_back(view: &View, mut tries: Tries, head: Head, target: u64) -> Result<(Batch, Head, Tries), DiskError> {
    let way = WayBack::towards(view, target)?;
    let reached = way.number;
    let summary = view.summary(reached)?.ok_or_else(|| missing(reached))?;
    let mut update = root_of_changes(view, tries.clone(), way.changes)?;
    if update.root != summary.state_root {
        let reason = format!("going back to block {reached} gives the root {}", update.root);
        return Err(DiskError::damaged("keyspace history", reason));
    }
    let mut batch = Batch::default();
    write_leaves(&mut batch, &update);
    for (number, undo) in &way.undos {
        remove_history(&mut batch, undo, *number);
        let summary = view.summary(*number)?.ok_or_else(|| missing(*number))?;
        batch.remove(Space::Index, space::block_hash(&summary.hash));
        for hash in &undo.transactions {
            batch.remove(Space::Index, space::transaction_hash(hash));
        }
        for prefix in &undo.logs {
            batch.remove(Space::Index, [prefix.as_slice(), &number.to_be_bytes()].concat());
        }
        for part in Part::ALL {
            batch.remove(Space::Blocks, part.key(*number));
        }
    }
    let head = Head { number: reached, hash: summary.hash, state_root: summary.state_root, ..head };
    batch.put(Space::Meta, HEAD, head.encode());
    batch.stamp(Some(reached));
    tries.advance(reached, &mut update);
    Ok((batch, head, tries))
}

fn missing(number: u64) -> DiskError {
    damaged(Space::Blocks, &Part::Summary.key(number), "it is missing")
}
