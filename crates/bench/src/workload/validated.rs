//! Blocks of the calls with which paper P measures the validation of transactions.

use super::{
    Actor, Call, Contract, Generator, Settings, Variable, Workload,
    draft::{Draft, Message},
    erc20::{balance, grant},
    mapping_slot, nested_mapping_slot,
};
use primitives::{Address, Bytes, Fork, U256};
use std::fmt;

/// A block of one kind of call, in groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validated {
    /// What each transaction calls.
    pub call: ValidatedCall,
    /// How many transactions.
    pub transactions: usize,
    /// How many of them make a group: they change one variable, one after another. Groups share nothing.
    pub group: usize,
}

/// What a transaction calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValidatedCall {
    /// ERC-20: `approve`. A group is one owner.
    Approve,
    /// ERC-20: `transfer`. A group is one recipient.
    Transfer,
    /// ERC-20: `transferFrom`. A group is one recipient.
    TransferFrom,
    /// So many steps of the sequence of Fibonacci.
    Fibonacci(u64),
    /// So many numbers sorted.
    Sort(u64),
    /// One variable read so many times. Nothing is changed, so groups share nothing inside either.
    Read(u64),
    /// One variable written so many times.
    Write(u64),
}

impl Generator for Validated {
    fn name(&self) -> String {
        let Self { call, transactions, group } = self;
        format!("validated/{call}/group={group}/n={transactions}")
    }

    fn build(&self, settings: Settings) -> Workload {
        let mut draft = Draft::new(settings);
        let to = draft.deploy(self.call.contract(), 0);
        let groups = self.transactions.div_ceil(self.group.max(1)).max(1);
        let salt = U256::from(draft.random.next()) << 64;
        for index in 0..self.transactions {
            let place = index % groups;
            let (actor, input, touches) = match self.call.signature() {
                Some(signature) => self.keyed(&mut draft, to, signature, (index, salt | U256::from(place))),
                None => self.token(&mut draft, to, index, place),
            };
            let gas_limit = self.call.gas_limit(settings.fork);
            draft.send(&actor, Message { to, value: U256::ZERO, input, gas_limit }, touches);
        }
        draft.finish(self.name())
    }
}

impl Validated {
    /// A call that belongs to a key.
    fn keyed(
        &self,
        draft: &mut Draft,
        to: Address,
        signature: &str,
        (index, key): (usize, U256),
    ) -> (Actor, Bytes, Vec<Variable>) {
        let slot = mapping_slot(key, self.call.contract().slot(self.call.variable()));
        draft.state.set_storage(to, slot, U256::ONE);
        let input = Call::new(signature).word(key).word(U256::from(self.call.size())).encode();
        (draft.actor(index), input, vec![Variable::Slot(to, slot)])
    }

    /// A call of the token.
    fn token(&self, draft: &mut Draft, token: Address, index: usize, place: usize) -> (Actor, Bytes, Vec<Variable>) {
        let amount = U256::from(1 + draft.random.below(1_000));
        let allowance = |owner, spender| nested_mapping_slot(owner, spender, Contract::Token.slot("allowance"));
        if self.call == ValidatedCall::Approve {
            let (actor, spender) = (draft.actor(place), draft.bystander(0));
            let slot = allowance(actor.address, spender);
            draft.state.set_storage(token, slot, U256::ONE);
            let input = Call::new("approve(address,uint256)").address(spender).word(amount).encode();
            return (actor, input, vec![Variable::Slot(token, slot)]);
        }
        let (actor, recipient) = (draft.actor(index), draft.bystander(place));
        grant(draft, token, recipient);
        if self.call == ValidatedCall::Transfer {
            grant(draft, token, actor.address);
            let input = Call::new("transfer(address,uint256)").address(recipient).word(amount).encode();
            return (actor, input, vec![balance(token, recipient)]);
        }
        let owner = draft.bystander(self.transactions + index);
        grant(draft, token, owner);
        draft.state.set_storage(token, allowance(owner, actor.address), U256::ONE << 90);
        let call = Call::new("transferFrom(address,address,uint256)").address(owner).address(recipient);
        (actor, call.word(amount).encode(), vec![balance(token, recipient)])
    }
}

impl ValidatedCall {
    /// Whose function it is.
    pub const fn contract(self) -> Contract {
        match self {
            Self::Approve | Self::Transfer | Self::TransferFrom => Contract::Token,
            Self::Fibonacci(_) => Contract::Fibonacci,
            Self::Sort(_) => Contract::Cpu,
            Self::Read(_) | Self::Write(_) => Contract::KvStore,
        }
    }

    /// The function of a key and a size.
    const fn signature(self) -> Option<&'static str> {
        match self {
            Self::Approve | Self::Transfer | Self::TransferFrom => None,
            Self::Fibonacci(_) => Some("run(uint256,uint256)"),
            Self::Sort(_) => Some("sort(uint256,uint256)"),
            Self::Read(_) => Some("read(uint256,uint256)"),
            Self::Write(_) => Some("write(uint256,uint256)"),
        }
    }

    /// The mapping that holds what belongs to a key.
    const fn variable(self) -> &'static str {
        match self {
            Self::Fibonacci(_) | Self::Sort(_) => "results",
            _ => "variables",
        }
    }

    const fn size(self) -> u64 {
        match self {
            Self::Approve | Self::Transfer | Self::TransferFrom => 0,
            Self::Fibonacci(size) | Self::Sort(size) | Self::Read(size) | Self::Write(size) => size,
        }
    }

    /// Enough; from Osaka on no more than a transaction may ask for.
    fn gas_limit(self, fork: Fork) -> u64 {
        let each = match self {
            Self::Sort(size) => 400 * u64::from(size.max(2).ilog2()),
            Self::Write(_) => 400,
            _ => 250,
        };
        let needed = each.saturating_mul(self.size()).saturating_add(100_000);
        if fork < Fork::Osaka { needed } else { needed.min(super::TRANSACTION_GAS_MAX - 1) }
    }
}

impl fmt::Display for ValidatedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Approve => "approve",
            Self::Transfer => "transfer",
            Self::TransferFrom => "transferFrom",
            Self::Fibonacci(_) => "fibonacci",
            Self::Sort(_) => "sort",
            Self::Read(_) => "read",
            Self::Write(_) => "write",
        };
        if self.size() == 0 { f.write_str(name) } else { write!(f, "{name}={}", self.size()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::plain, *};

    #[test]
    fn groups_change_one_variable() {
        use ValidatedCall::{Approve, Fibonacci, Read, Sort, Transfer, TransferFrom, Write};
        for call in [Approve, Transfer, TransferFrom, Fibonacci(100), Sort(20), Read(30), Write(30)] {
            for (group, correlated) in [(1, 0), (5, 16)] {
                plain::check(&Validated { call, transactions: 20, group }, correlated);
            }
        }
    }
}
