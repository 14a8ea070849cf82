//! What every method can reach.

use std::sync::Arc;

use primitives::{B256, alloy_eips::BlockId};
use tokio::sync::Semaphore;

use crate::{
    Backend, Observer, RpcError,
    backend::{BlockRef, Budget, ChainBlock},
    config::Namespaces,
    filters::FilterStore,
    limits,
};

/// What all transports share.
pub(crate) struct Shared {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) filters: FilterStore,
    /// Places for costly calls.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) dev: bool,
    pub(crate) observer: Option<Arc<dyn Observer>>,
}

/// One request's view of it.
pub(crate) struct Call<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) namespaces: Namespaces,
    /// Only what runs on the pool has one.
    pub(crate) budget: Option<&'a Budget>,
}

impl Call<'_> {
    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.shared.backend
    }

    /// The budget of a costly call. A method that is not declared costly gets one that is not counted down.
    pub(crate) fn budget(&self) -> Budget {
        self.budget.cloned().unwrap_or_else(|| Budget::new(limits::CALL_GAS_MAX, limits::CALL_TIME_MAX).0)
    }

    /// Whether the work has to stop.
    pub(crate) fn check(&self) -> Result<(), RpcError> {
        self.budget.map_or(Ok(()), Budget::check)
    }

    /// Reads that belong together. If blocks left the chain meanwhile they do not: then this is an error that has the
    /// request carried out again.
    pub(crate) fn steady<T>(&self, read: impl FnOnce() -> Result<T, RpcError>) -> Result<T, RpcError> {
        let turns = self.backend().turns();
        let answer = read()?;
        if self.backend().turns() == turns { Ok(answer) } else { Err(RpcError::header_not_found()) }
    }

    /// The block that state is asked of.
    pub(crate) fn state_block(&self, id: BlockId) -> Result<BlockRef, RpcError> {
        if id.is_latest() {
            return Ok(self.backend().head());
        }
        if id.is_pending() {
            return self.backend().pending();
        }
        self.backend().resolve(id)?.ok_or_else(RpcError::header_not_found)
    }

    /// A block with its body, if there is one.
    pub(crate) fn block(&self, id: BlockId) -> Result<Option<Arc<ChainBlock>>, RpcError> {
        let found = if id.is_pending() { Some(self.backend().pending()?) } else { self.backend().resolve(id)? };
        match found {
            Some(block) => self.backend().block(block.hash),
            None => Ok(None),
        }
    }

    /// A block with its body that must be there.
    pub(crate) fn known_block(&self, hash: B256) -> Result<Arc<ChainBlock>, RpcError> {
        self.backend().block(hash)?.ok_or_else(RpcError::header_not_found)
    }

    /// A canonical block by its height.
    pub(crate) fn block_at(&self, number: u64) -> Result<Option<Arc<ChainBlock>>, RpcError> {
        self.block(BlockId::number(number))
    }
}
