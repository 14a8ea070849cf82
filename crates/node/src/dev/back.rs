//! Going back: snapshots, rollbacks, and to the beginning.

use crate::{
    Chain, NodeError,
    chain::{Head, head_of, spec_with},
    clock,
    overlay::{Overlay, StateView},
    produce::{Settings, Work},
};
use primitives::B256;
use rpc::{RpcError, backend::HeadEvent};
use std::sync::{Arc, atomic::Ordering};
use txpool::{Incoming, Pooled};

/// Snapshots that are remembered, at most; further ones are refused until some are reverted to.
const SNAPSHOTS_MAX: usize = 10_000;

/// Everything that a later revert brings back.
pub(crate) struct Snapshot {
    id: u64,
    number: u64,
    hash: B256,
    overlay: Arc<Overlay>,
    settings: Settings,
    /// What the pool held, by arrival.
    pool: Vec<Arc<Pooled>>,
}

impl Chain {
    pub(super) fn take_snapshot(&self) -> Result<u64, RpcError> {
        let mut work = self.work.lock();
        if work.snapshots.len() >= SNAPSHOTS_MAX {
            return Err(RpcError::limit(format!("too many snapshots (max {SNAPSHOTS_MAX})")));
        }
        let pool = self.pool.lock();
        let mut held: Vec<_> =
            pool.content().into_iter().flat_map(|(_, of)| of.pending.into_iter().chain(of.queued)).collect();
        held.sort_unstable_by_key(|pooled| pooled.arrival);
        let head = self.head_now();
        work.snapshots_taken += 1;
        let snapshot = Snapshot {
            id: work.snapshots_taken,
            number: head.header().number,
            hash: head.block.hash,
            overlay: Arc::clone(&head.overlay),
            settings: work.settings.clone(),
            pool: held,
        };
        let id = snapshot.id;
        work.snapshots.push(snapshot);
        Ok(id)
    }

    pub(super) fn go_back_to_snapshot(&self, id: u64) -> Result<bool, RpcError> {
        let mut work = self.work.lock();
        let Some(place) = work.snapshots.iter().position(|snapshot| snapshot.id == id) else { return Ok(false) };
        let known =
            self.store.disk.block(work.snapshots[place].number).map_err(|error| crate::error::of_disk(&error))?;
        if known.is_none_or(|summary| summary.hash != work.snapshots[place].hash) {
            // A rollback has gone further back than the snapshot.
            work.snapshots.truncate(place);
            return Ok(false);
        }
        let mut later = work.snapshots.split_off(place);
        let snapshot = later.swap_remove(0);
        work.settings = snapshot.settings.clone();
        self.go_back(&mut work, snapshot.number, Some(snapshot))?;
        Ok(true)
    }

    pub(super) fn take_back(&self, depth: u64) -> Result<(), RpcError> {
        let mut work = self.work.lock();
        let number = self.head_now().header().number;
        let target = number.checked_sub(depth).ok_or_else(|| RpcError::invalid_params("deeper than the chain"))?;
        Ok(self.go_back(&mut work, target, None)?)
    }

    pub(super) fn go_back_to_genesis(&self) -> Result<(), RpcError> {
        let mut work = self.work.lock();
        work.snapshots.clear();
        let genesis = self.store.by_number(0)?.ok_or_else(RpcError::header_not_found)?;
        work.settings = Work::new(genesis.block.block.header.gas_limit, work.producer).settings;
        self.go_back(&mut work, 0, None)?;
        let mut impersonation = self.impersonation.lock();
        *impersonation = super::Impersonation::default();
        self.pool.lock().clear();
        Ok(())
    }

    /// Takes blocks off until `number` is the head. With a snapshot, overlay and pool become what they were; without,
    /// the pool keeps what it holds, judged anew.
    pub(super) fn go_back(&self, work: &mut Work, number: u64, snapshot: Option<Snapshot>) -> Result<(), NodeError> {
        self.check_running()?;
        let mut removed = Vec::new();
        let mut at = self.head_now().header().number;
        while at > number {
            removed.extend(self.store.by_number(at)?);
            at -= 1;
        }
        let mut pool = self.pool.lock();
        let mut head = self.head.write();
        // Before anything is gone, and once it is: who reads meanwhile finds that the chain has turned.
        self.turns.fetch_add(1, Ordering::AcqRel);
        self.guard(self.store.disk.rollback_to(number).map_err(NodeError::from))?;
        let found = self.guard(head_of(&self.store))?;
        let overlay = snapshot.as_ref().map_or(Arc::clone(&found.overlay), |snapshot| Arc::clone(&snapshot.overlay));
        let next = self.pool_head(&spec_with(&self.spec, &overlay), found.header(), &work.settings);
        *head = Arc::new(Head { overlay: Arc::clone(&overlay), ..found });
        let view = StateView { disk: self.store.disk.at(number)?, overlay };
        self.turns.fetch_add(1, Ordering::AcqRel);
        drop(head);
        let held: Vec<Arc<Pooled>> = pool.clear().into_iter().map(|event| event.transaction).collect();
        pool.set_head(next);
        let now_ms = clock::now_ms();
        for pooled in snapshot.map_or(held, |snapshot| snapshot.pool) {
            let incoming = Incoming {
                signer: pooled.signer,
                transaction: pooled.transaction.clone(),
                sidecar: pooled.sidecar.clone(),
                authorities: pooled.authorities.clone(),
            };
            // What cannot be held any more on this head is gone.
            let _ = pool.add(incoming, pooled.origin, &view, now_ms);
        }
        drop(pool);
        for stored in removed {
            self.events.publish_head(HeadEvent { block: stored.block, receipts: stored.receipts, removed: true });
        }
        self.access.lock().clear();
        self.signal.pending();
        Ok(())
    }
}
