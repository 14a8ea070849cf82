//! Blocks of calls that divide their work: among threads, or part after part.

use super::{
    Call, Generator, Settings, SplitMix, ThreadedContract, Workload,
    draft::{Draft, Message},
};
use primitives::{Bytes, Fork, U256};

/// Far more than any of them needs; what a call of 40 parts needs depends on its size with the square, as memory does.
const GAS_LIMIT: u64 = 200_000_000_000;

/// What is looked for in a text.
const PATTERN: &[u8] = b"abba";

/// Calls of one of our contracts with threads, each from a sender of its own. They share nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threaded {
    /// Whose function is called.
    pub contract: ThreadedContract,
    /// Rows of a matrix, bytes of a text, or children.
    pub size: u64,
    /// Pairs of matrices or slices of a text, a thread each. A text whose words are counted has two, and each child is one.
    pub parts: u64,
    /// With threads or without.
    pub form: Form,
    /// How many calls.
    pub transactions: usize,
}

/// Which of a contract's two functions is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `mainSerial`: the parts one after another. Runs on every chain.
    Serial,
    /// `main`: a thread for each part. Needs a chain with threads and the rules of Cancun or later.
    Threads,
}

impl Generator for Threaded {
    fn name(&self) -> String {
        let Self { contract, size, parts, form, transactions } = self;
        let form = if *form == Form::Serial { "serial" } else { "threads" };
        format!("threaded/{contract}/size={size}/parts={parts}/{form}/n={transactions}")
    }

    /// # Panics
    ///
    /// Under the rules of Osaka and later, which bound the gas of a transaction.
    fn build(&self, settings: Settings) -> Workload {
        assert!(settings.fork < Fork::Osaka, "a call needs more gas than Osaka allows a transaction");
        let mut draft = Draft::new(settings);
        let to = draft.deploy_code(self.contract.name(), self.contract.runtime());
        for index in 0..self.transactions {
            let actor = draft.actor(index);
            let message = Message { to, value: U256::ZERO, input: self.input(), gas_limit: GAS_LIMIT };
            draft.send(&actor, message, Vec::new());
        }
        draft.finish(self.name())
    }
}

impl Threaded {
    /// The text that is cut into slices or searched for words; the same for every seed.
    pub fn text(&self) -> Vec<u8> {
        let mut random = SplitMix::new(self.size);
        let letters: &[u8] = if self.contract == ThreadedContract::WordCount { b"ab " } else { b"ab" };
        (0..self.size).map(|_| *random.pick(letters)).collect()
    }

    /// What is looked for in it.
    pub const fn pattern() -> &'static [u8] {
        PATTERN
    }

    /// The arguments before the number of parts, for those that have no text: a seed and the size, or the parents' genes and
    /// a seed.
    pub fn words(&self) -> Vec<U256> {
        let mut random = SplitMix::new(0x9e3e5);
        match self.contract {
            ThreadedContract::MatrixAdd | ThreadedContract::MatrixMul => vec![U256::from(7), U256::from(self.size)],
            ThreadedContract::Genes => vec![random.word().into(), random.word().into(), U256::from(1_000)],
            _ => Vec::new(),
        }
    }

    fn input(&self) -> Bytes {
        let types = match self.contract {
            ThreadedContract::Genes => "(uint256,uint256,uint256,uint256)",
            ThreadedContract::Histogram => "(bytes,uint256)",
            ThreadedContract::MatrixAdd | ThreadedContract::MatrixMul => "(uint256,uint256,uint256)",
            ThreadedContract::Substring => "(bytes,bytes,uint256)",
            ThreadedContract::WordCount => "(bytes)",
        };
        let name = if self.form == Form::Serial { "mainSerial" } else { "main" };
        let call = Call::new(&format!("{name}{types}"));
        let call = match self.contract {
            ThreadedContract::Histogram | ThreadedContract::WordCount => call.bytes(&self.text()),
            ThreadedContract::Substring => call.bytes(&self.text()).bytes(PATTERN),
            _ => self.words().into_iter().fold(call, Call::word),
        };
        let call = match self.contract {
            ThreadedContract::WordCount => call,
            ThreadedContract::Genes => call.word(U256::from(self.size)),
            _ => call.word(U256::from(self.parts)),
        };
        call.encode()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::plain, *};

    #[test]
    fn the_serial_form_runs_on_plain_revm() {
        let settings = Settings { fork: Fork::Cancun, ..Settings::new(1) };
        for contract in ThreadedContract::ALL {
            let threaded = Threaded { contract, size: 12, parts: 3, form: Form::Serial, transactions: 2 };
            plain::run(&threaded.build(settings));
        }
    }
}
