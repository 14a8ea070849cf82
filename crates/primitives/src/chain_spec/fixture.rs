//! The networks that the official test fixtures name: one fork, or a transition as in `PragueToOsakaAtTime15k`.

use std::collections::BTreeMap;

use alloy_eips::eip7840::BlobParams;
use alloy_primitives::U256;

use super::{Activation, BlobActivation, ChainSpec, ChainSpecError, default_blob_params, scheduled_blob_params};
use crate::Fork;

impl ChainSpec {
    /// The network that a fixture names, with the usual blob parameters and chain identifier 1.
    pub fn from_fixture_network(name: &str) -> Result<Self, ChainSpecError> {
        Self::from_fixture(name, 1, &BTreeMap::new())
    }

    /// The network that a fixture names, with the fixture's own `config`: `blobs` maps the names of its
    /// `blobSchedule` ("Cancun", "BPO1") to what stands there.
    pub fn from_fixture(
        name: &str,
        chain_id: u64,
        blobs: &BTreeMap<String, BlobParams>,
    ) -> Result<Self, ChainSpecError> {
        let unknown = || ChainSpecError::UnknownNetwork(name.to_owned());
        let (before, transition) = match split_transition(name) {
            Some((before, after, at)) => (before, Some((after, at.ok_or_else(unknown)?))),
            None => (name, None),
        };
        let before = phase(before).ok_or_else(unknown)?;
        let mut spec = Self { chain_id, blob_schedule: Vec::new(), ..Self::at_fork(before.fork) };
        spec.push_blob_params(before, Activation::Block(0), blobs)?;
        let Some((after, at)) = transition else { return Ok(spec) };
        if after.eq_ignore_ascii_case("dao") {
            let Activation::Block(block) = at else { return Err(unknown()) };
            spec.dao_fork_block = Some(block);
            return Ok(spec);
        }
        let after = phase(after).ok_or_else(unknown)?;
        for fork in Fork::ALL.into_iter().filter(|fork| *fork > before.fork && *fork <= after.fork) {
            spec.set_activation(fork, at);
        }
        spec.push_blob_params(after, at, blobs)?;
        Ok(spec)
    }

    fn push_blob_params(
        &mut self,
        phase: Phase<'_>,
        at: Activation,
        blobs: &BTreeMap<String, BlobParams>,
    ) -> Result<(), ChainSpecError> {
        let given = blobs.iter().find(|(key, _)| key.eq_ignore_ascii_case(phase.name)).map(|(_, given)| {
            let BlobParams { target_blob_count, max_blob_count, update_fraction, .. } = *given;
            scheduled_blob_params(phase.fork, target_blob_count, max_blob_count, update_fraction)
        });
        let params = match (given, phase.bpo) {
            (Some(params), _) => Some(params),
            (None, Some(bpo)) => {
                Some(bpo_params(bpo).ok_or_else(|| ChainSpecError::MissingBlobParams(phase.name.to_owned()))?)
            }
            (None, None) => default_blob_params(phase.fork),
        };
        let timestamp = if let Activation::Timestamp(timestamp) = at { timestamp } else { 0 };
        self.blob_schedule.extend(params.map(|params| BlobActivation { timestamp, params }));
        Ok(())
    }
}

/// One side of a transition.
#[derive(Clone, Copy)]
struct Phase<'a> {
    name: &'a str,
    fork: Fork,
    bpo: Option<u8>,
}

fn phase(name: &str) -> Option<Phase<'_>> {
    match name {
        "BPO1" | "BPO2" | "BPO3" | "BPO4" | "BPO5" => {
            let bpo = name.as_bytes().last().map(|digit| digit - b'0');
            Some(Phase { name, fork: Fork::Osaka, bpo })
        }
        _ => name.parse().ok().map(|fork| Phase { name, fork, bpo: None }),
    }
}

/// What the fixtures take for the blob-parameter forks: mainnet's for the first two, their own for the next two.
fn bpo_params(bpo: u8) -> Option<BlobParams> {
    match bpo {
        1 => Some(BlobParams::bpo1()),
        2 => Some(BlobParams::bpo2()),
        3 => Some(scheduled_blob_params(Fork::Osaka, 21, 32, 20_609_697)),
        4 => Some(scheduled_blob_params(Fork::Osaka, 14, 21, 13_739_630)),
        _ => None,
    }
}

/// `AToBAtTime15k` into A, B and the activation; the activation is `None` if it cannot be read.
fn split_transition(name: &str) -> Option<(&str, &str, Option<Activation>)> {
    let (forks, at) = name.rsplit_once("At")?;
    let (before, after) = forks.split_once("To")?;
    Some((before, after, parse_activation(at)))
}

/// `5` is a block, `Time15k` a timestamp, `DiffC0000` a total difficulty in hexadecimal.
fn parse_activation(text: &str) -> Option<Activation> {
    if let Some(time) = text.strip_prefix("Time") {
        let timestamp = match time.strip_suffix('k') {
            Some(thousands) => thousands.parse::<u64>().ok()?.checked_mul(1000)?,
            None => time.parse().ok()?,
        };
        return Some(Activation::Timestamp(timestamp));
    }
    if let Some(difficulty) = text.strip_prefix("Diff") {
        return U256::from_str_radix(difficulty, 16).ok().map(Activation::TotalDifficulty);
    }
    text.parse().ok().map(Activation::Block)
}
