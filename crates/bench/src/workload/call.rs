//! Calldata, by the contract ABI.

use super::slot::word;
use primitives::{Address, Bytes, U256, keccak256};

/// A call under construction: a selector, then arguments in order.
#[derive(Clone, Debug)]
pub struct Call {
    selector: [u8; 4],
    arguments: Vec<Argument>,
}

#[derive(Clone, Debug)]
enum Argument {
    Word(U256),
    /// Length in the type's own unit, then content in whole words.
    Dynamic(usize, Vec<u8>),
}

impl Call {
    /// A call of the function with this signature, as in `transfer(address,uint256)`.
    pub fn new(signature: &str) -> Self {
        let hash = keccak256(signature);
        Self { selector: [hash[0], hash[1], hash[2], hash[3]], arguments: Vec::new() }
    }

    /// Adds an argument of one word.
    pub fn word(mut self, value: impl Into<U256>) -> Self {
        self.arguments.push(Argument::Word(value.into()));
        self
    }

    /// Adds an address.
    pub fn address(self, address: Address) -> Self {
        self.word(word(address))
    }

    /// Adds a `uint256[]`.
    pub fn words(mut self, values: &[U256]) -> Self {
        let content = values.iter().flat_map(|value| value.to_be_bytes::<32>()).collect();
        self.arguments.push(Argument::Dynamic(values.len(), content));
        self
    }

    /// Adds a `bytes` or `string`.
    pub fn bytes(mut self, value: &[u8]) -> Self {
        let mut content = value.to_vec();
        content.resize(value.len().next_multiple_of(32), 0);
        self.arguments.push(Argument::Dynamic(value.len(), content));
        self
    }

    /// Selector and arguments.
    pub fn encode(&self) -> Bytes {
        [&self.selector[..], &self.encode_arguments()].concat().into()
    }

    /// The arguments without a selector, as a constructor takes them.
    pub fn encode_arguments(&self) -> Vec<u8> {
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        for argument in &self.arguments {
            let value = match argument {
                Argument::Word(value) => *value,
                Argument::Dynamic(..) => U256::from(self.arguments.len() * 32 + tail.len()),
            };
            head.extend_from_slice(&value.to_be_bytes::<32>());
            if let Argument::Dynamic(length, content) = argument {
                tail.extend_from_slice(&U256::from(*length).to_be_bytes::<32>());
                tail.extend_from_slice(content);
            }
        }
        head.append(&mut tail);
        head
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::alloy_primitives::hex;

    #[test]
    fn known_selector() {
        assert_eq!(Call::new("transfer(address,uint256)").encode()[..], hex!("a9059cbb"));
    }

    /// The example of the ABI specification: `f(uint256,uint32[],bytes10,bytes)` without the `bytes10`.
    #[test]
    fn dynamic_arguments_stand_behind_the_head() {
        let call = Call::new("f(uint256,uint256[],bytes)")
            .word(U256::from(0x123))
            .words(&[U256::from(0x456), U256::from(0x789)])
            .bytes(b"Hello, world!");
        let expected = hex!(
            "0000000000000000000000000000000000000000000000000000000000000123"
            "0000000000000000000000000000000000000000000000000000000000000060"
            "00000000000000000000000000000000000000000000000000000000000000c0"
            "0000000000000000000000000000000000000000000000000000000000000002"
            "0000000000000000000000000000000000000000000000000000000000000456"
            "0000000000000000000000000000000000000000000000000000000000000789"
            "000000000000000000000000000000000000000000000000000000000000000d"
            "48656c6c6f2c20776f726c642100000000000000000000000000000000000000"
        );
        assert_eq!(call.encode_arguments(), expected);
    }
}
