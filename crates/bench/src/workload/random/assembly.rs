//! A small assembler for generated programs.

use primitives::{Address, Bytes, U256};

/// Instructions by number.
pub(super) mod op {
    macro_rules! ops {
        ($($name:ident = $code:literal),* $(,)?) => { $(pub(in super::super) const $name: u8 = $code;)* };
    }
    ops! {
        STOP = 0x00, ADD = 0x01, ISZERO = 0x15, AND = 0x16, ADDRESS = 0x30, BALANCE = 0x31, ORIGIN = 0x32,
        CALLER = 0x33, CALLVALUE = 0x34, CALLDATALOAD = 0x35, CALLDATASIZE = 0x36, CODECOPY = 0x39, GASPRICE = 0x3a,
        EXTCODESIZE = 0x3b, RETURNDATASIZE = 0x3d, EXTCODEHASH = 0x3f, BLOCKHASH = 0x40, COINBASE = 0x41,
        TIMESTAMP = 0x42, SELFBALANCE = 0x47, BASEFEE = 0x48, BLOBHASH = 0x49, MSTORE = 0x52, SLOAD = 0x54,
        SSTORE = 0x55, JUMP = 0x56, JUMPI = 0x57, GAS = 0x5a, JUMPDEST = 0x5b, TLOAD = 0x5c, TSTORE = 0x5d,
        PUSH1 = 0x60, PUSH2 = 0x61, LOG1 = 0xa1, CREATE = 0xf0, CALL = 0xf1, CALLCODE = 0xf2, RETURN = 0xf3,
        DELEGATECALL = 0xf4, CREATE2 = 0xf5, STATICCALL = 0xfa, REVERT = 0xfd, INVALID = 0xfe, SELFDESTRUCT = 0xff,
    }
}

/// Code under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct Assembly(Vec<u8>);

impl Assembly {
    /// Appends instructions.
    pub(super) fn ops(&mut self, ops: &[u8]) -> &mut Self {
        self.0.extend_from_slice(ops);
        self
    }

    /// Appends a push of a number in as few bytes as it needs; zero takes one, for there is not always `PUSH0`.
    pub(super) fn push(&mut self, value: impl Into<U256>) -> &mut Self {
        let bytes = value.into().to_be_bytes_trimmed_vec();
        let bytes = if bytes.is_empty() { vec![0] } else { bytes };
        self.0.push(op::PUSH1 + (bytes.len() - 1) as u8);
        self.0.extend_from_slice(&bytes);
        self
    }

    /// Appends a push of an address.
    pub(super) fn push_address(&mut self, address: Address) -> &mut Self {
        self.push(super::super::slot::word(address))
    }

    /// Appends what is left out if the top of the stack is not zero.
    pub(super) fn unless(&mut self, body: impl FnOnce(&mut Self)) -> &mut Self {
        let hole = self.0.len() + 1;
        self.ops(&[op::PUSH2, 0, 0, op::JUMPI]);
        body(self);
        let target = (self.0.len() as u16).to_be_bytes();
        self.0[hole..hole + 2].copy_from_slice(&target);
        self.ops(&[op::JUMPDEST])
    }

    /// The code.
    pub(super) fn finish(&self) -> Bytes {
        self.0.clone().into()
    }

    /// Code that does this and then deploys `runtime`.
    pub(super) fn deploy(&self, runtime: &[u8]) -> Bytes {
        let length = (runtime.len() as u16).to_be_bytes();
        let start = ((self.0.len() + 15) as u16).to_be_bytes();
        let mut code = self.clone();
        code.ops(&[op::PUSH2, length[0], length[1], op::PUSH2, start[0], start[1], op::PUSH1, 0, op::CODECOPY]);
        code.ops(&[op::PUSH2, length[0], length[1], op::PUSH1, 0, op::RETURN]).ops(runtime);
        code.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushes_are_short() {
        let mut code = Assembly::default();
        code.push(U256::ZERO).push(U256::from(0x1234));
        assert_eq!(code.finish()[..], [0x60, 0, 0x61, 0x12, 0x34]);
    }

    #[test]
    fn jumps_land_behind_the_body() {
        let mut code = Assembly::default();
        code.unless(|body| {
            body.ops(&[op::STOP]);
        });
        assert_eq!(code.finish()[..], [op::PUSH2, 0, 5, op::JUMPI, op::STOP, op::JUMPDEST]);
    }

    #[test]
    fn deployment_copies_what_follows_it() {
        let code = Assembly::default().deploy(&[op::STOP]);
        assert_eq!((code.len(), code[15]), (16, op::STOP));
        assert_eq!(code[3..6], [op::PUSH2, 0, 15]);
    }
}
