//! A small assembler for contracts that do one thing.

use primitives::{Address, Bytes, U256};
pub(crate) use revm::bytecode::opcode as op;

/// Code under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code(Vec<u8>);

impl Code {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Appends instructions.
    pub(crate) fn op(mut self, ops: &[u8]) -> Self {
        self.0.extend_from_slice(ops);
        self
    }

    /// Appends a push.
    pub(crate) fn push(mut self, value: impl Into<U256>) -> Self {
        let bytes = value.into().to_be_bytes_trimmed_vec();
        let bytes = if bytes.is_empty() { vec![0] } else { bytes };
        self.0.push(op::PUSH1 + (bytes.len() - 1) as u8);
        self.0.extend_from_slice(&bytes);
        self
    }

    /// Appends a push of a number.
    pub(crate) fn number(self, value: u64) -> Self {
        self.push(U256::from(value))
    }

    /// Appends a push of an address.
    pub(crate) fn address(self, address: Address) -> Self {
        self.push(U256::from_be_bytes(address.into_word().0))
    }

    /// Writes the top of the stack to a slot.
    pub(crate) fn store(self, slot: u64) -> Self {
        self.number(slot).op(&[op::SSTORE])
    }

    /// Reads a slot.
    pub(crate) fn load(self, slot: u64) -> Self {
        self.number(slot).op(&[op::SLOAD])
    }

    /// Counts a slot up.
    pub(crate) fn bump(self, slot: u64) -> Self {
        self.load(slot).number(1).op(&[op::ADD]).store(slot)
    }

    /// Calls with so many wei and so many zero bytes; leaves whether it went well.
    pub(crate) fn call(self, to: Address, value: u64, length: u64) -> Self {
        let call = self.number(0).number(0).number(length).number(0).number(value).address(to);
        call.number(200_000).op(&[op::CALL])
    }

    /// Runs the code of another account as its own; leaves whether it went well.
    pub(crate) fn delegate(self, to: Address, length: u64) -> Self {
        self.number(0).number(0).number(length).number(0).address(to).number(200_000).op(&[op::DELEGATECALL])
    }

    /// Destroys itself.
    pub(crate) fn destroy(self, heir: Address) -> Self {
        self.address(heir).op(&[op::SELFDESTRUCT])
    }

    /// Reverts without data.
    pub(crate) fn revert(self) -> Self {
        self.number(0).number(0).op(&[op::REVERT])
    }

    /// Does `body`, which has no jumps, unless the top of the stack is zero, and goes on.
    pub(crate) fn if_set(self, body: Self) -> Self {
        self.op(&[op::ISZERO]).skipping(body)
    }

    /// Appends all of another code.
    pub(crate) fn bytes_of(self, other: Self) -> Self {
        self.op(&other.0)
    }

    /// Does `body`, which has no jumps, and stops if the call data has this length.
    pub(crate) fn on(self, length: u64, body: Self) -> Self {
        self.op(&[op::CALLDATASIZE]).number(length).op(&[op::SUB]).skipping(body.op(&[op::STOP]))
    }

    /// Appends what is left out if the top of the stack is not zero.
    fn skipping(self, body: Self) -> Self {
        let mut code = self.op(&[op::PUSH2, 0, 0, op::JUMPI]);
        let hole = code.0.len() - 3;
        code.0.extend_from_slice(&body.0);
        let target = (code.0.len() as u16).to_be_bytes();
        code.0[hole..hole + 2].copy_from_slice(&target);
        code.op(&[op::JUMPDEST])
    }

    /// Code that deploys this, after doing `before`.
    pub(crate) fn deployed_by(self, before: Self) -> Bytes {
        let runtime = self.0;
        let length = runtime.len() as u64;
        let start = before.0.len() + 15;
        let [low, high] = [(length as u16).to_be_bytes(), (start as u16).to_be_bytes()];
        let copy = [op::PUSH2, low[0], low[1], op::PUSH2, high[0], high[1], op::PUSH1, 0, op::CODECOPY];
        let end = [op::PUSH2, low[0], low[1], op::PUSH1, 0, op::RETURN];
        before.op(&copy).op(&end).op(&runtime).bytes()
    }

    /// Deploys `init`, which is appended to this code, with `CREATE2` and no salt; leaves the address.
    pub(crate) fn create2(self, init: &Bytes, value: u64) -> Self {
        assert!(init.len() <= 32 * 8, "short creations only");
        let mut code = self;
        for (word, chunk) in init.chunks(32).enumerate() {
            let mut bytes = [0; 32];
            bytes[..chunk.len()].copy_from_slice(chunk);
            code = code.push(U256::from_be_bytes(bytes)).number(word as u64 * 32).op(&[op::MSTORE]);
        }
        code.number(0).number(init.len() as u64).number(0).number(value).op(&[op::CREATE2])
    }

    pub(crate) fn bytes(&self) -> Bytes {
        self.0.clone().into()
    }
}
