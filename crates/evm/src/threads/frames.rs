//! Threads one after another, each a frame of the interpreter that is there: for calls and traces, where whoever looks on
//! is to see a thread as what it is, a call of the contract to itself.
//!
//! ```text
//!  JOIN, SSTORE, RETURN, ..: open threads?  no ── the instruction is carried out
//!                                           yes ─ it is taken back: program counter, gas, operands
//!                                                 a thread begins as a frame, and what its frame warmed late is cold
//!                                                 the thread ends, the instruction is executed again: the next one?
//! ```
//!
//! Law: result, gas, logs and state are those of a [`Machine`](crate::Machine). The order of spawns is the only one there
//! is here, so nothing is compared or run again. Whoever looks on sees an instruction that settles once more for each
//! thread that it runs.

use super::{
    SYSTEM_CONTRACT, ThreadTable, add,
    barrier::At,
    instructions::{FIRST, NAMES},
    record_data::RecordData,
    table::{Finished, JoinStatus, Thread},
    thread_state::{ThreadEvent, ThreadState},
    threading::Threading,
};
use primitives::{Address, Bytes, ThreadGas, U256};
use revm::{
    Database,
    context::{BlockEnv, CfgEnv, Context, Journal, JournalInner, TxEnv, journal::JournalEntry},
    handler::instructions::EthInstructions,
    interpreter::{
        CallInput, CallInputs, CallScheme, CallValue, FrameInput, InstructionExecResult, InstructionResult,
        Interpreter, InterpreterAction,
        instructions::{contract, gas_table_spec},
        interpreter::EthInterpreter,
        interpreter_types::{InputsTr, Jumps, LoopControl, ReturnData, RuntimeFlag},
    },
    primitives::hardfork::SpecId,
    state::{AccountInfo, EvmState, TransactionId},
};

/// Words that an instruction which settles takes from the stack, at most: those of a `CALL`.
const OPERANDS_MAX: usize = 7;

/// revm's own context, with threads.
pub type FrameContext<D> = Context<BlockEnv, TxEnv, CfgEnv, D, Journal<D>, FrameThreads>;

/// The threads of one transaction whose interpreter runs them as frames.
#[derive(Debug, Default)]
pub struct FrameThreads {
    prices: ThreadGas,
    table: ThreadTable,
    /// The frames whose threads are being run, outermost first.
    settlements: Vec<Settlement>,
    /// The instruction that may have to be taken back.
    step: Option<Step>,
}

/// A frame whose threads are being run.
#[derive(Debug)]
struct Settlement {
    depth: usize,
    /// Those that have not run, in the order of their spawns.
    threads: std::vec::IntoIter<Thread>,
    running: Option<Running>,
    /// Entries of the journal when the first of them was spawned.
    first: usize,
    /// Of the entries from `first` on those before it are warm.
    warm: usize,
    /// Those before it have been made cold.
    cold: usize,
    /// Accounts that were made cold, as they were before the transaction: what is loaded cold loses that.
    originals: Vec<(Address, AccountInfo)>,
}

/// A thread that runs, and what its frame gets back when it has ended.
#[derive(Debug)]
struct Running {
    id: U256,
    /// Words on the stack.
    words: usize,
    /// The topmost of them, where there is no room for the word that a call leaves.
    top: Option<U256>,
    return_data: Bytes,
}

/// An instruction as it was found.
#[derive(Debug)]
struct Step {
    words: usize,
    /// The topmost words, the lowest first.
    operands: Vec<U256>,
    /// Gas that it has charged.
    charged: u64,
}

impl FrameThreads {
    /// None yet, at these prices. They are those of one transaction: what stops one leaves its threads in here.
    pub fn new(prices: ThreadGas) -> Self {
        Self { prices, ..Self::default() }
    }

    /// Whether an account is called that is none: the system contract, a call to which is an instruction.
    pub fn is_instruction(to: Address) -> bool {
        to == SYSTEM_CONTRACT
    }

    /// The name of an instruction of threads.
    pub fn instruction_name(byte: u8) -> Option<&'static str> {
        NAMES.get(usize::from(byte.checked_sub(FIRST)?)).copied()
    }

    /// Adds the instructions of threads to Ethereum's, which are those of Cancun, Prague or Osaka.
    pub fn add<D: Database>(table: &mut EthInstructions<EthInterpreter, FrameContext<D>>, spec: SpecId) {
        add(table, spec);
    }

    /// Where a thread has just ended its frame is as it was before: the status that a call leaves is taken from the stack.
    /// Whoever looks at a frame before each instruction does this first; else the instruction does it.
    pub fn resume(&mut self, interpreter: &mut Interpreter<EthInterpreter>) {
        let depth = interpreter.input.depth();
        let Some(settlement) = self.settlements.last_mut().filter(|settlement| settlement.depth == depth) else {
            return;
        };
        let Some(Running { id, words, top, return_data }) = settlement.running.take() else { return };
        let kept = words - usize::from(top.is_some());
        let status = (interpreter.stack.len() > kept).then(|| interpreter.stack.pop().ok()).flatten();
        if let Some(top) = top {
            push(interpreter, top);
        }
        let output = interpreter.return_data.buffer().clone();
        interpreter.return_data.set_buffer(return_data);
        let status = if status == Some(U256::ONE) { JoinStatus::Succeeded } else { JoinStatus::Failed };
        self.table.finish(depth, Finished { id, status, output });
    }

    fn leave_deeper_than(&mut self, depth: usize) {
        self.table.leave_deeper_than(depth);
        while self.settlements.last().is_some_and(|settlement| settlement.depth > depth) {
            self.settlements.pop();
        }
    }
}

impl<D: Database> Threading for FrameContext<D> {
    fn table(&mut self) -> &mut ThreadTable {
        &mut self.chain.table
    }

    fn is_idle(&self) -> bool {
        self.chain.table.is_empty() && self.chain.settlements.is_empty()
    }

    fn prices(&self) -> ThreadGas {
        self.chain.prices
    }

    fn nest(&mut self, depth: usize) -> usize {
        self.chain.leave_deeper_than(depth);
        self.chain.settlements.iter().filter(|settlement| settlement.depth < depth).count()
    }

    fn entries(&self) -> usize {
        self.journaled_state.inner.journal.len()
    }

    fn takes_notes(&self) -> bool {
        false
    }

    fn settle(at: &mut At<'_, Self>) -> InstructionExecResult {
        if at.host.is_idle() {
            return Ok(());
        }
        let depth = at.interpreter.input.depth();
        at.host.chain.leave_deeper_than(depth);
        at.host.chain.resume(at.interpreter);
        if at.host.chain.settlements.last().is_none_or(|settlement| settlement.depth != depth) {
            let threads = at.host.chain.table.take_open(depth);
            let Some(first) = threads.first().map(|thread| thread.mark) else { return Ok(()) };
            at.host.chain.settlements.push(Settlement {
                depth,
                threads: threads.into_iter(),
                running: None,
                first,
                warm: first,
                cold: first,
                originals: Vec::new(),
            });
        }
        next(at)
    }

    fn note_record(&mut self, _address: Address, _record: &RecordData) {}

    fn create<const IS_CREATE2: bool>(at: At<'_, Self>) -> InstructionExecResult {
        contract::create::<IS_CREATE2, _, _>(at)
    }

    fn resume(at: &mut At<'_, Self>) {
        at.host.chain.resume(at.interpreter);
    }

    fn begin(at: &mut At<'_, Self>) {
        if at.host.is_idle() {
            return;
        }
        Self::resume(at);
        let stack = at.interpreter.stack.data();
        let operands = stack[stack.len().saturating_sub(OPERANDS_MAX)..].to_vec();
        at.host.chain.step = Some(Step { words: stack.len(), operands, charged: 0 });
    }

    fn charged(&mut self, gas: u64) {
        if let Some(step) = &mut self.chain.step {
            step.charged = step.charged.saturating_add(gas);
        }
    }

    fn end(&mut self) {
        self.chain.step = None;
    }
}

impl Settlement {
    /// Has the thread that comes next find warm what its frame had warm when it spawned it, and nothing else.
    fn cool(&mut self, journal: &mut JournalInner<JournalEntry>, mark: usize) {
        let JournalInner { journal: entries, state, .. } = journal;
        for entry in entries.iter().skip(self.cold) {
            match *entry {
                JournalEntry::AccountWarmed { address } => {
                    let account = state.get_mut(&address).filter(|account| {
                        // What was created or destroyed in this transaction stays warm, as a cold account is taken for
                        // one of an earlier transaction.
                        !account.is_created_locally() && !account.is_selfdestructed_locally()
                    });
                    if let Some(account) = account {
                        self.originals.push((address, account.original_info()));
                        account.mark_cold();
                    }
                }
                JournalEntry::StorageWarmed { address, key } => {
                    if let Some(slot) = state.get_mut(&address).and_then(|account| account.storage.get_mut(&key)) {
                        slot.mark_cold();
                    }
                }
                _ => {}
            }
        }
        self.cold = entries.len();
        let warm = entries.get(self.warm..mark).unwrap_or_default();
        heat(state, warm, journal.transaction_id);
        self.warm = mark;
    }

    /// All threads have ended: what they have warmed is warm, and what the frame had.
    fn end(self, journal: &mut JournalInner<JournalEntry>) {
        let warm = journal.journal.get(self.first..).unwrap_or_default();
        heat(&mut journal.state, warm, journal.transaction_id);
        // Of several the one that was noted first.
        for (address, info) in self.originals.into_iter().rev() {
            if let Some(account) = journal.state.get_mut(&address) {
                *account.original_info_mut() = info;
            }
        }
    }
}

fn heat(state: &mut EvmState, entries: &[JournalEntry], transaction: TransactionId) {
    for entry in entries {
        match *entry {
            JournalEntry::AccountWarmed { address } => {
                state.get_mut(&address).map(|account| account.mark_warm_with_transaction_id(transaction));
            }
            JournalEntry::StorageWarmed { address, key } => {
                let slot = state.get_mut(&address).and_then(|account| account.storage.get_mut(&key));
                slot.map(|slot| slot.mark_warm_with_transaction_id(transaction));
            }
            _ => {}
        }
    }
}

/// Begins the next thread of the innermost settlement, or ends the settlement.
fn next<D: Database>(at: &mut At<'_, FrameContext<D>>) -> InstructionExecResult {
    let At { interpreter, host } = at;
    let FrameContext { chain, journaled_state, .. } = &mut **host;
    let Some(mut settlement) = chain.settlements.pop() else { return Ok(()) };
    while let Some(mut thread) = settlement.threads.next() {
        if thread.state == ThreadState::Revert {
            interpreter.gas.erase_cost(thread.gas);
            let finished = Finished { id: thread.id, status: JoinStatus::Withdrawn, output: Bytes::new() };
            chain.table.finish(settlement.depth, finished);
            continue;
        }
        thread.step(ThreadEvent::Run);
        settlement.cool(&mut journaled_state.inner, thread.mark);
        take_back(interpreter, chain.step.take());
        let is_full = interpreter.stack.len() == revm::interpreter::STACK_LIMIT;
        settlement.running = Some(Running {
            id: thread.id,
            words: interpreter.stack.len(),
            top: is_full.then(|| interpreter.stack.pop().ok()).flatten(),
            return_data: interpreter.return_data.buffer().clone(),
        });
        chain.settlements.push(settlement);
        let call = FrameInput::Call(Box::new(call(interpreter, &thread)));
        interpreter.bytecode.set_action(InterpreterAction::NewFrame(call));
        return Err(InstructionResult::Suspend);
    }
    settlement.end(&mut journaled_state.inner);
    Ok(())
}

/// Takes the instruction back, as far as it was carried out, so that it is executed again. Memory stays as large as it
/// has made it: that was paid, and is not paid again.
fn take_back(interpreter: &mut Interpreter<EthInterpreter>, step: Option<Step>) {
    interpreter.bytecode.relative_jump(-1);
    let price = gas_table_spec(interpreter.runtime_flag.spec_id())[usize::from(interpreter.bytecode.opcode())];
    interpreter.gas.erase_cost(u64::from(price));
    let Some(Step { words, operands, charged }) = step else { return };
    interpreter.gas.erase_cost(charged);
    while interpreter.stack.len() > words - operands.len() {
        _ = interpreter.stack.pop();
    }
    operands.into_iter().for_each(|word| push(interpreter, word));
}

/// Puts a word back where it was.
fn push(interpreter: &mut Interpreter<EthInterpreter>, word: U256) {
    let has_room = interpreter.stack.push(word);
    debug_assert!(has_room, "it was there before");
}

fn call(interpreter: &mut Interpreter<EthInterpreter>, thread: &Thread) -> CallInputs {
    let address = interpreter.input.target_address();
    CallInputs {
        input: CallInput::Bytes(thread.data.call_data.clone()),
        return_memory_offset: 0..0,
        gas_limit: thread.gas,
        reservoir: 0,
        bytecode_address: interpreter.input.bytecode_address().copied().unwrap_or(address),
        known_bytecode: (interpreter.bytecode.get_or_calculate_hash(), (*interpreter.bytecode).clone()),
        target_address: address,
        caller: address,
        value: CallValue::Transfer(U256::ZERO),
        scheme: CallScheme::Call,
        is_static: thread.is_static,
        charged_new_account_state_gas: false,
    }
}
