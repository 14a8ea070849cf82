//! The machine that runs the programs.

use super::{
    journal::Journal,
    program::{Op, Transaction},
    world::{address, slot},
};
use primitives::{Address, U256};
use scheduler::{Executed, Hint, TransactionExecutor};
use state::{StateError, StateReader};
use std::sync::atomic::{AtomicUsize, Ordering};

/// One block of programs.
#[derive(Debug)]
pub(crate) struct Mock {
    transactions: Vec<Transaction>,
    hints: Vec<Hint>,
    beneficiary: Address,
    clears_empty: bool,
    executions: Vec<AtomicUsize>,
    /// The first of each pair does not begin before the second has been executed once.
    order: Vec<(usize, usize)>,
}

/// What a transaction gives beside its record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Output {
    /// It is not valid on the state before it.
    pub(crate) rejected: bool,
    pub(crate) reverted: bool,
    /// A digest of everything that was read, in order.
    pub(crate) seen: u64,
}

impl Mock {
    pub(crate) fn new(transactions: Vec<Transaction>, beneficiary: u8, clears_empty: bool) -> Self {
        let hint = |transaction: &Transaction| Hint {
            sender: Some((address(transaction.sender), transaction.nonce)),
            gas: 21_000 * (1 + transaction.program.len() as u64),
            ..Hint::default()
        };
        Self {
            hints: transactions.iter().map(hint).collect(),
            executions: transactions.iter().map(|_| AtomicUsize::new(0)).collect(),
            beneficiary: address(beneficiary),
            transactions,
            clears_empty,
            order: Vec::new(),
        }
    }

    /// Replaces what the machine says of its transactions beforehand.
    pub(crate) fn with_hints(mut self, hints: impl IntoIterator<Item = Hint>) -> Self {
        for (mine, hint) in self.hints.iter_mut().zip(hints) {
            *mine = hint;
        }
        self
    }

    /// Makes another account the beneficiary.
    pub(crate) fn with_beneficiary(mut self, of: u8) -> Self {
        self.beneficiary = address(of);
        self
    }

    /// Lets the first of each pair wait, in its first execution, until the second has been executed. Needs two workers.
    pub(crate) fn with_order(mut self, order: Vec<(usize, usize)>) -> Self {
        self.order = order;
        self
    }

    pub(crate) fn clears_empty(&self) -> bool {
        self.clears_empty
    }

    /// How often each transaction was executed since this was last asked.
    pub(crate) fn take_executions(&self) -> Vec<usize> {
        self.executions.iter().map(|count| count.swap(0, Ordering::Relaxed)).collect()
    }

    fn run(&self, transaction: &Transaction, journal: &mut Journal<'_>, output: &mut Output) -> Result<(), StateError> {
        let sender = address(transaction.sender);
        let fee = U256::from(transaction.fee);
        if journal.nonce(sender)? != transaction.nonce || !journal.take(sender, fee)? {
            output.rejected = true;
            return Ok(());
        }
        journal.raise_nonce(sender)?;
        journal.keep();
        let mut program = transaction.program.iter();
        while let Some(op) = program.next() {
            let seen = match *op {
                Op::SkipIfOdd(count) if output.seen % 2 == 1 => {
                    program.nth(usize::from(count.saturating_sub(1)));
                    0
                }
                Op::Revert => {
                    output.reverted = true;
                    journal.revert();
                    return Ok(());
                }
                op => step(op, journal, output.seen)?,
            };
            output.seen = output.seen.wrapping_mul(31).wrapping_add(seen);
        }
        Ok(())
    }
}

/// Does one operation and says what it saw.
fn step(op: Op, journal: &mut Journal<'_>, seen: u64) -> Result<u64, StateError> {
    let low = |value: U256| value.as_limbs()[0];
    Ok(match op {
        Op::Read(of, key) => low(journal.read(address(of), slot(key))?),
        Op::Write(of, key, value) => {
            let value = U256::from((seen % 3) * u64::from(value % 4));
            u64::from(journal.write(address(of), slot(key), value)?)
        }
        Op::Add(of, key, value) => {
            let sum = journal.read(address(of), slot(key))?.wrapping_add(U256::from(value));
            u64::from(journal.write(address(of), slot(key), sum)?)
        }
        Op::Pay(from, to, amount) => u64::from(journal.pay(address(from), address(to), U256::from(amount))?),
        Op::Look(of) => low(journal.balance(address(of))?),
        Op::Touch(of) => journal.touch(address(of))?,
        Op::Nonce(of) => journal.nonce(address(of))?,
        Op::RaiseNonce(of) => {
            journal.raise_nonce(address(of))?;
            0
        }
        Op::Create(of, code) => u64::from(journal.create(address(of), code)?),
        Op::Delegate(of, code) => u64::from(journal.delegate(address(of), code)?),
        Op::Destroy(of, heir) => u64::from(journal.destroy(address(of), address(heir))?),
        Op::Panic => panic!("the program says so"),
        Op::SkipIfOdd(_) | Op::Revert => 0,
    })
}

impl TransactionExecutor for Mock {
    type Output = Output;
    type Worker<'v> = &'v dyn StateReader;

    fn len(&self) -> usize {
        self.transactions.len()
    }

    fn worker<'v>(&'v self, state: &'v dyn StateReader) -> &'v dyn StateReader {
        state
    }

    fn execute(&self, worker: &mut &dyn StateReader, index: usize) -> Result<Executed<Output>, StateError> {
        if self.executions[index].load(Ordering::Relaxed) == 0 {
            for (_, before) in self.order.iter().filter(|(after, _)| *after == index) {
                while self.executions[*before].load(Ordering::Relaxed) == 0 {
                    std::thread::yield_now();
                }
            }
        }
        let transaction = &self.transactions[index];
        let mut journal = Journal::new(*worker, self.clears_empty);
        let mut output = Output::default();
        let result = self.run(transaction, &mut journal, &mut output);
        self.executions[index].fetch_add(1, Ordering::Relaxed);
        result?;
        let is_unpaid = output.rejected || (transaction.fee == 0 && transaction.free);
        Ok(Executed { record: journal.into_record(), fee: (!is_unpaid).then(|| U256::from(transaction.fee)), output })
    }

    fn beneficiary(&self) -> Address {
        self.beneficiary
    }

    fn hint(&self, index: usize) -> Hint {
        self.hints[index]
    }
}
