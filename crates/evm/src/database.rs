//! The border between our state reader and revm's database.

use crate::{
    code_cache::{CodeCache, Codes},
    operation::BlockHashReads,
};
use primitives::{Account, Address, B256, U256};
use revm::{
    Database,
    database_interface::DBErrorMarker,
    state::{AccountInfo, Bytecode},
};
use state::{StateError, StateReader};

/// A state error on its way through revm, which hands it back as it is.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct DbError(pub(crate) StateError);

impl DBErrorMarker for DbError {}

/// revm's database over a state reader. revm asks for each location at most once in a transaction.
pub(crate) struct Reads<'v> {
    pub(crate) state: &'v dyn StateReader,
    cache: &'v CodeCache,
    /// The machine's own set of analysed code, from the cache.
    codes: Codes,
    /// What the running transaction was told of accounts, in order.
    pub(crate) told: Vec<(Address, Option<Account>)>,
    /// Block hashes that were read and are not yet written down as operations, if these are wanted.
    pub(crate) block_hashes: Option<BlockHashReads>,
}

impl<'v> Reads<'v> {
    pub(crate) fn new(state: &'v dyn StateReader, cache: &'v CodeCache) -> Self {
        Self { state, cache, codes: cache.take(), told: Vec::new(), block_hashes: None }
    }
}

impl Drop for Reads<'_> {
    fn drop(&mut self) {
        self.cache.put(std::mem::take(&mut self.codes));
    }
}

impl std::fmt::Debug for Reads<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reads").field("codes", &self.codes).finish_non_exhaustive()
    }
}

/// revm's form of an account; code is loaded when it is needed. That of an account without any is not put in: the whole
/// process counts references to one empty code, and all processors would wait for each other at that count.
pub(crate) fn account_info(account: Account) -> AccountInfo {
    let Account { balance, nonce, code_hash } = account;
    AccountInfo { balance, nonce, code_hash, account_id: None, code: None }
}

impl Database for Reads<'_> {
    type Error = DbError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, DbError> {
        let account = self.state.account(address).map_err(DbError)?;
        self.told.push((address, account));
        Ok(account.map(account_info))
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, DbError> {
        self.codes.get_or_analyse(hash, || self.state.code(hash)).map_err(DbError)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, DbError> {
        self.state.storage(address, slot).map_err(DbError)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, DbError> {
        let hash = self.state.block_hash(number).map_err(DbError)?;
        if let Some(read) = &mut self.block_hashes {
            read.push((number, hash));
        }
        Ok(hash)
    }
}
