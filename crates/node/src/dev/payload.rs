//! A block that is built to be shown, on any block whose state is kept. Neither chain nor pool changes.

use crate::{
    Chain,
    chain::spec_with,
    error::of_disk,
    produce::{Candidates, choose},
    submit::{Sidecars, decode},
};
use executor::{Attributes, BuiltBlock, Plan, Policy, Proposal, recover_sender, rules, template};
use primitives::{Bytes, ChainSpec, Fork, Header, U256, alloy_consensus::Transaction as _};
use rpc::{
    RpcError,
    backend::{ChainBlock, Payload, PayloadRequest},
};

/// The gas limit that clients of Ethereum move towards where nobody tells them another.
const GAS_LIMIT_TARGET: u64 = 60_000_000;

impl Chain {
    pub(super) fn build_payload(&self, request: &PayloadRequest) -> Result<Payload, RpcError> {
        let parent = self.stored(request.parent)?.ok_or_else(RpcError::header_not_found)?;
        let parent = &parent.block.block.header;
        let view = self.state_at(request.parent)?;
        let spec = spec_with(&self.spec, &view.overlay);
        let header = header_on(&spec, parent, request)?;
        let (candidates, sidecars) = self.candidates_of(request, &header)?;
        let withdrawals = (spec.fork_of(&header) >= Fork::Shanghai).then(|| request.withdrawals.clone().into());
        let proposal = Proposal {
            chain: &spec,
            header,
            transactions: &candidates.transactions,
            senders: &candidates.senders,
            ommers: Vec::new(),
            withdrawals,
            record_operations: false,
        };
        let plan = Plan { policy: Policy::Optimistic, ..Plan::default() };
        let built = self.reader.build(&proposal, &view, &plan);
        let mut built = built.map_err(|error| RpcError::internal(error.to_string()))?;
        if let (Some(_), Some((place, rejection))) = (&request.transactions, built.rejected.first()) {
            let text = format!("transaction {place} cannot stand in the block: {rejection}");
            return Err(RpcError::invalid_params(text));
        }
        let diff = view.overlay.under(std::mem::take(&mut built.execution.diff));
        built.seal(self.store.disk.root_after(&view.disk, &diff).map_err(|error| of_disk(&error))?);
        // A payload has no place for it: whoever is handed one computes the hash without.
        built.block.header.block_access_list_hash = None;
        let checked = rules::check_header(&spec, parent, &built.block.header);
        checked.map_err(|error| RpcError::invalid_params(error.to_string()))?;
        Ok(payload(built, &sidecars))
    }

    /// What is to be put into the block, and the blobs that came with it.
    fn candidates_of(&self, request: &PayloadRequest, header: &Header) -> Result<(Candidates, Sidecars), RpcError> {
        let mut sidecars = Sidecars::default();
        let Some(raw) = &request.transactions else {
            let pool = self.pool.lock();
            let chosen = Candidates::of(&choose(&pool, header, &self.spec));
            for hash in chosen.transactions.iter().map(|transaction| transaction.tx_hash()) {
                let sidecar = pool.get(hash).and_then(|pooled| pooled.sidecar.clone());
                sidecars.extend(sidecar.map(|sidecar| (*hash, sidecar)));
            }
            return Ok((chosen, sidecars));
        };
        let mut candidates = Candidates::default();
        for bytes in raw {
            let (transaction, sidecar) = decode(bytes)?;
            let sender = recover_sender(crate::FORK, &transaction);
            candidates.senders.push(sender.map_err(|_| RpcError::invalid_params("invalid sender"))?);
            sidecars.extend(sidecar.map(|sidecar| (*transaction.tx_hash(), sidecar)));
            candidates.transactions.push(transaction);
        }
        Ok((candidates, sidecars))
    }
}

fn header_on(spec: &ChainSpec, parent: &Header, request: &PayloadRequest) -> Result<Header, RpcError> {
    if request.timestamp <= parent.timestamp {
        let text = format!("timestamp {} is not later than the parent's, {}", request.timestamp, parent.timestamp);
        return Err(RpcError::invalid_params(text));
    }
    let step = (parent.gas_limit / 1024).saturating_sub(1);
    let attributes = Attributes {
        timestamp: request.timestamp,
        beneficiary: request.beneficiary,
        gas_limit: GAS_LIMIT_TARGET.clamp(parent.gas_limit.saturating_sub(step), parent.gas_limit.saturating_add(step)),
        prevrandao: request.prev_randao,
        parent_beacon_block_root: request.beacon_root,
        extra_data: request.extra_data.clone(),
    };
    let header = template(spec, parent, &attributes);
    if spec.fork_of(&header) >= Fork::Cancun && header.parent_beacon_block_root.is_none() {
        return Err(RpcError::invalid_params("parentBeaconBlockRoot is missing"));
    }
    Ok(header)
}

fn payload(built: BuiltBlock, sidecars: &Sidecars) -> Payload {
    let BuiltBlock { block, senders, execution, .. } = built;
    let base_fee = block.header.base_fee_per_gas.unwrap_or_default();
    let (mut value, mut gas_before) = (U256::ZERO, 0);
    for (transaction, receipt) in block.body.transactions.iter().zip(&execution.receipts) {
        let gas = receipt.cumulative_gas_used() - gas_before;
        let tip = transaction.effective_tip_per_gas(base_fee).unwrap_or_default();
        value = value.saturating_add(U256::from(tip).saturating_mul(U256::from(gas)));
        gas_before += gas;
    }
    let hashes = block.body.transactions.iter().map(|transaction| transaction.tx_hash());
    let sidecars = hashes.filter_map(|hash| sidecars.get(hash).cloned()).collect();
    let requests: Vec<Bytes> = execution.requests;
    Payload { block: ChainBlock { hash: block.header.hash_slow(), block, senders }, value, requests, sidecars }
}
