//! Which policies to replay under, and what each of them is told beforehand.

use access_list::{AccessSet, ListIndex};
use executor::{Known, Policy};

/// A policy as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Every policy.
    All,
    /// This one.
    One(Policy),
}

/// Reads a policy's name.
pub(crate) fn parse(name: &str) -> Result<Choice, String> {
    if name == "all" {
        return Ok(Choice::All);
    }
    name.parse().map(Choice::One).map_err(|error: scheduler::UnknownPolicy| format!("{error}, or all"))
}

/// The policies to compare with serial execution, each once and in the order of [`Policy::ALL`].
pub(super) fn chosen(choices: &[Choice]) -> Vec<Policy> {
    let is_chosen = |policy: &Policy| choices.contains(&Choice::All) || choices.contains(&Choice::One(*policy));
    Policy::ALL.into_iter().filter(|policy| *policy != Policy::Serial && is_chosen(policy)).collect()
}

/// What a policy is told: a validator holds the block access list, the policies over declared variables hold the access
/// sets of a recorded run, and a proposer knows nothing.
pub(super) fn known<'a>(policy: Policy, list: Option<&'a ListIndex>, sets: &'a [AccessSet]) -> Known<'a> {
    Known { list: list.filter(|_| policy.needs_list()), sets: Some(sets).filter(|_| policy.needs_sets()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_named_and_serial_is_never_compared_with_itself() {
        assert_eq!(parse("optimistic"), Ok(Choice::One(Policy::Optimistic)));
        assert_eq!(parse("all"), Ok(Choice::All));
        assert!(parse("fast").is_err_and(|error| error.contains("list_driven")));
        assert_eq!(chosen(&[Choice::All]).len(), Policy::ALL.len() - 1);
        assert_eq!(chosen(&[Choice::One(Policy::Serial)]), []);
    }
}
