//! What contracts write to the console.

use crate::{
    assembly::assemble,
    traces::{Traced, signed},
    world::*,
};
use node::{Narration, console::Console, execution, trace};
use primitives::{Address, Bytes, Fork, alloy_primitives::hex, keccak256};

/// Writes its call data's first word to the console, and reverts if the second one is not zero.
const WRITER: Address = Address::repeat_byte(0x18);

fn world() -> World {
    let mut world = World::new(Fork::Prague);
    let selector = hex::encode_prefixed(&keccak256("log(uint256)")[..4]);
    let console = node::console::ADDRESS;
    let writer = format!(
        "{selector} 224 SHL 0 MSTORE 0 CALLDATALOAD 4 MSTORE 0 0 36 0 {console} GAS STATICCALL POP \
         32 CALLDATALOAD @fail JUMPI STOP fail: 0 0 REVERT"
    );
    world.deploy(WRITER, assemble(&writer));
    world
}

fn input(number: u64, fails: bool) -> Bytes {
    [word(number), word(u64::from(fails))].concat().into()
}

#[test]
fn calls_and_estimates_are_heard_once_and_are_the_same_unheard() {
    let world = world();
    for (fails, number) in [(false, 7), (true, 8)] {
        let request = request(transaction(WRITER, input(number, fails)));
        let mut console = Console::default();
        let heard = execution::call(&world.base(), &request, &budget().0, &mut console);
        assert_eq!(heard, world.call(&request));
        assert_eq!(console.into_lines(), [number.to_string()]);
        let mut console = Console::default();
        let heard = execution::estimate_gas(&world.base(), &request, &budget().0, &mut console);
        assert_eq!(heard, world.estimate(&request));
        assert_eq!(console.into_lines(), [number.to_string()], "the search is not heard");
        let mut deaf = Console::deaf();
        let unheard = execution::call(&world.base(), &request, &budget().0, &mut deaf);
        assert_eq!((unheard, deaf.into_lines().len()), (world.call(&request), 0));
    }
}

#[test]
fn transactions_are_narrated_as_they_ran() {
    let calls = [(WRITER, input(1, false)), (REVERTER, Bytes::new()), (WRITER, input(3, true)), (BOB, Bytes::new())];
    let transactions = calls.into_iter().enumerate();
    let transactions: Vec<_> =
        transactions.map(|(nonce, (to, input))| signed(nonce as u64, to.into(), 0, input, 200_000)).collect();
    let senders = vec![ALICE; transactions.len()];
    let traced = Traced::new(world(), transactions, senders);
    let told = |position: usize, console: &[&str], failure: Option<&str>| Narration {
        position,
        console: console.iter().map(|line| (*line).to_owned()).collect(),
        failure: failure.map(str::to_owned),
    };
    let narrated = |positions: &[usize]| trace::narrate(&traced.base(), positions, true, &budget().0).unwrap();
    let all = [
        told(0, &["1"], None),
        told(1, &[], Some("execution reverted: no luck")),
        told(2, &["3"], Some("execution reverted")),
        told(3, &[], None),
    ];
    assert_eq!(narrated(&[0, 1, 2, 3]), all);
    assert_eq!(narrated(&[2]), [all[2].clone()], "those before it run unseen");
    let deaf = trace::narrate(&traced.base(), &[2], false, &budget().0).unwrap();
    assert_eq!(deaf, [told(2, &[], Some("execution reverted"))]);
    assert!(trace::narrate(&traced.base(), &[4], true, &budget().0).is_err());
}
