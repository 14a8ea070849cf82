//! A call that spawns and joins threads which do nothing.

use super::{
    Generator, Settings, Workload,
    draft::{Draft, Message},
};
use primitives::{Bytes, U256};

/// One call that spawns and joins so many threads, one at a time. Needs a chain with threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmptyThreads {
    /// How many.
    pub threads: u64,
}

/// Called with nothing it stops: that is the thread. Called with a number it counts down to zero, and spawns and joins one
/// thread at each step.
const CODE: [u8; 44] = [
    0x36, 0x60, 0x05, 0x57, 0x00, // calldatasize, jump if not zero, stop
    0x5b, 0x60, 0x00, 0x35, // the number
    0x5b, 0x80, 0x15, 0x60, 0x2a, 0x57, // the loop: out at zero
    0x60, 0x00, 0x60, 0x00, 0x62, 0x01, 0x00, 0x00, 0x60, 0x01, 0xb0, 0x50, // spawn thread 1 with 65,536 gas
    0x60, 0x00, 0x60, 0x00, 0x60, 0x01, 0xbd, 0x50, // join it
    0x60, 0x01, 0x90, 0x03, // one less
    0x60, 0x09, 0x56, // again
    0x5b, 0x00, // the end
];

impl Generator for EmptyThreads {
    fn name(&self) -> String {
        format!("empty-threads/{}", self.threads)
    }

    fn build(&self, settings: Settings) -> Workload {
        let mut draft = Draft::new(settings);
        let to = draft.deploy_code("empty threads", Bytes::from_static(&CODE));
        let actor = draft.actor(0);
        let input = Bytes::from(U256::from(self.threads).to_be_bytes_vec());
        let gas_limit = 200_000 + 10_000 * self.threads;
        draft.send(&actor, Message { to, value: U256::ZERO, input, gas_limit }, Vec::new());
        draft.finish(self.name())
    }
}
