//! Random blocks for differential tests: few accounts, many ways in which transactions meet.
//!
//! Law: without [`RandomBlock::invalid`] every transaction is valid where it stands, whatever happens in the ones before
//! it; many of them fail inside (reverts, out of gas, invalid instructions), which is a result like any other. To that
//! end rich accounts are never drained, and no account that sends transactions runs code that creates contracts.
//!
//! ```text
//! World ── kind by weight ──▶ Intent (sender, nonce, call) ──▶ envelope of any type that the fork has ──▶ Draft
//! ```
//!
//! Under rules older than Istanbul our Solidity code soon meets an instruction that does not exist yet; those calls
//! then test failing calls, and the generated programs, made for the fork, test the rest.
//!
//! What it does not make: creation at an address that holds storage only (EIP-7610), and ommers.

mod assembly;
mod delegation;
mod intent;
mod intrinsic;
mod invalid;
mod lifecycle;
mod precompiles;
mod program;
mod token_calls;
mod wallet_calls;
mod world;

use super::{Generator, Settings, Workload};
use intent::Intent;
use primitives::{Fork, U256};
use world::World;

/// A random block under the rules that the settings say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomBlock {
    /// How many transactions.
    pub transactions: usize,
    /// Whether about every tenth transaction is invalid where it stands; [`Workload::invalid`] lists them.
    pub invalid: bool,
}

impl Generator for RandomBlock {
    fn name(&self) -> String {
        format!("random/invalid={}/n={}", self.invalid, self.transactions)
    }

    fn build(&self, settings: Settings) -> Workload {
        let mut world = World::new(settings);
        while world.draft.len() < self.transactions {
            if self.invalid && world.draft.random.percent(10) {
                invalid::push(&mut world);
            } else {
                push(&mut world);
            }
        }
        world.finish(format!("{}/fork={}/seed={}", self.name(), settings.fork, settings.seed))
    }
}

/// Adds one valid transaction of a random kind.
fn push(world: &mut World) {
    let is_prague = world.fork() >= Fork::Prague;
    let intent = match world.draft.random.below(if is_prague { 100 } else { 80 }) {
        0..12 => transfer(world),
        12..16 => fund(world),
        16..21 => spend(world),
        21..33 => token_calls::token(world),
        33..41 => token_calls::pool(world),
        41..51 => wallet_calls::wallet(world),
        51..58 => wallet_calls::shared(world),
        58..65 => program::call(world),
        65..69 => lifecycle::create(world),
        69..72 => lifecycle::call_deployed(world),
        72..77 => lifecycle::factory(world),
        77..80 => precompiles::call(world),
        80..90 => delegation::set_code(world),
        90..96 => delegation::call_delegated(world),
        _ => precompiles::call_predeploy(world),
    };
    intent.push(world);
}

/// Ether from a rich account to anybody.
fn transfer(world: &mut World) -> Intent {
    let value = match world.draft.random.below(4) {
        0 => U256::ZERO,
        1 => U256::from(world.draft.random.below(1 << 60)),
        _ => U256::from(world.draft.random.below(1_000)),
    };
    let gas = if world.draft.random.percent(60) { 21_000 } else { 100_000 };
    let to = world.anybody();
    Intent::new(world).to(to).value(value).gas(gas)
}

/// Ether to an account that has none so far and from then on can send.
fn fund(world: &mut World) -> Intent {
    let poor = world.draft.random.index(world.poor.len());
    let to = world.fund(poor);
    Intent::new(world).to(to).value(world::CREDIT).gas(21_000).certain()
}

/// Ether out of an account that could not pay before the block, or a transfer if there is none yet.
fn spend(world: &mut World) -> Intent {
    let Some(poor) = world.take_credit() else { return transfer(world) };
    let to = world.anybody();
    let value = U256::from(world.draft.random.below(1_000));
    Intent::from(world, poor).to(to).value(value).gas(60_000)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Signing, plain},
        *,
    };
    use primitives::alloy_consensus::transaction::SignerRecoverable;

    fn settings(seed: u64, fork: Fork) -> Settings {
        Settings { fork, ..Settings::new(seed) }
    }

    /// Amsterdam prices transactions by rules that are not settled.
    fn forks() -> impl Iterator<Item = Fork> {
        Fork::ALL.into_iter().filter(|fork| *fork < Fork::Amsterdam)
    }

    #[test]
    fn every_transaction_is_valid_in_its_place() {
        let generator = RandomBlock { transactions: 60, invalid: false };
        for (fork, seed) in forks().flat_map(|fork| (0..8).map(move |seed| (fork, seed))) {
            let workload = generator.build(settings(seed, fork));
            let outcome = plain::execute(&workload);
            assert!(outcome.rejected.is_empty(), "{}: {:?}", workload.name, outcome.rejected);
        }
    }

    #[test]
    fn invalid_transactions_are_the_listed_ones() {
        let generator = RandomBlock { transactions: 60, invalid: true };
        for (fork, seed) in forks().flat_map(|fork| (0..8).map(move |seed| (fork, seed))) {
            let workload = generator.build(settings(seed, fork));
            let outcome = plain::execute(&workload);
            let rejected: Vec<_> = outcome.rejected.keys().copied().collect();
            assert_eq!(rejected, workload.invalid, "{}: {:?}", workload.name, outcome.rejected);
        }
    }

    #[test]
    fn most_transactions_of_a_modern_block_succeed_and_some_fail() {
        let generator = RandomBlock { transactions: 1_000, invalid: false };
        for fork in [Fork::Istanbul, Fork::Cancun, Fork::Osaka] {
            let outcome = plain::execute(&generator.build(settings(1, fork)));
            assert!((550..900).contains(&outcome.successes), "{fork}: {}", outcome.successes);
        }
    }

    #[test]
    fn contracts_come_and_go_and_accounts_delegate() {
        let generator = RandomBlock { transactions: 1_000, invalid: false };
        let outcome = plain::execute(&generator.build(settings(2, Fork::Osaka)));
        let accounts = || outcome.states.iter().flat_map(|state| state.values());
        let created = accounts().filter(|account| account.is_created()).count();
        let destroyed = accounts().filter(|account| account.is_selfdestructed()).count();
        let delegated = accounts().filter(|account| account.info.code.as_ref().is_some_and(|code| code.is_eip7702()));
        let delegated = delegated.count();
        assert!(created > 50 && destroyed > 3 && delegated > 150, "{created} {destroyed} {delegated}");
    }

    #[test]
    fn deterministic_and_signed() {
        let generator = RandomBlock { transactions: 80, invalid: false };
        let settings = Settings { signing: Signing::Real, ..Settings::new(3) };
        let (first, second) = (generator.build(settings), generator.build(settings));
        assert_eq!(first.block, second.block);
        for (transaction, sender) in first.block.body.transactions.iter().zip(&first.senders) {
            assert_eq!(transaction.recover_signer().expect("a valid signature"), *sender);
        }
    }
}
