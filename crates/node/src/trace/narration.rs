//! What transactions of a block wrote to the console, and why they failed: a receipt says neither.

use super::{BlockBase, replay::Replay};
use crate::{Narration, console::Console, execution::outcome};
use rpc::{RpcError, backend::Budget};

/// Looks again at the transactions at these positions, which ascend. Those between them run without an eye on them.
/// `hears`: whether what they wrote is wanted, too.
pub fn narrate(
    base: &BlockBase<'_>,
    positions: &[usize],
    hears: bool,
    budget: &Budget,
) -> Result<Vec<Narration>, RpcError> {
    let mut replay = Replay::new(base)?;
    let mut narrations = Vec::with_capacity(positions.len());
    for position in positions.iter().copied() {
        replay.forward(position, budget)?;
        let mut console = if hears { Console::default() } else { Console::deaf() };
        let ran = replay.run(position, &mut console, budget)?;
        replay.advance(&ran);
        narrations.push(Narration {
            position,
            console: console.into_lines(),
            failure: outcome(ran).into_output().err().map(|error| error.message.into_owned()),
        });
    }
    Ok(narrations)
}
