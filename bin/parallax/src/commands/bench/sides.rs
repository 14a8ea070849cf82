//! What is measured on each block.

use bench::measure::{Side, Yield};
use executor::Policy;

/// Policies without the one that exists for comparison only.
pub(super) fn policies(asked_for: &[Policy]) -> Vec<Policy> {
    if asked_for.is_empty() {
        return Policy::ALL.into_iter().filter(|policy| *policy != Policy::StaticSplitQuadratic).collect();
    }
    Policy::ALL.into_iter().filter(|policy| asked_for.contains(policy)).collect()
}

/// Serial execution once, with what recording adds where that is wanted, and for each number of workers each other policy
/// and, where `with_apart`, what the machine's cores give.
pub(super) fn sides(policies: &[Policy], workers: &[usize], with_recording: bool, with_apart: bool) -> Vec<Side> {
    let mut sides = Vec::new();
    if policies.contains(&Policy::Serial) {
        sides.push(Side::engine(Policy::Serial, 1));
        if with_recording {
            for yields in [Yield::Records, Yield::List] {
                sides.push(Side::Engine { policy: Policy::Serial, workers: 1, yields });
            }
        }
    }
    for &workers in workers {
        let parallel = policies.iter().filter(|policy| **policy != Policy::Serial);
        sides.extend(with_apart.then_some(Side::PlainApart { workers }));
        sides.extend(parallel.map(|policy| Side::engine(*policy, workers)));
    }
    sides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_is_measured_once() {
        let sides = sides(&policies(&[]), &[2, 4], true, false);
        let serial = sides.iter().filter(|side| side.policy() == Policy::Serial).count();
        assert_eq!((serial, sides.len()), (3, 3 + 2 * 5));
        assert_eq!(policies(&[Policy::ListDriven, Policy::Serial]), [Policy::Serial, Policy::ListDriven]);
    }
}
