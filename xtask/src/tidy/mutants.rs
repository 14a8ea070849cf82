//! The list of mutants fits the code: each edit's text stands in its file once, each scenario is there.

use super::{Finding, Repository};
use crate::mutants::{LIST, parse};

/// Where the scenarios are.
const SCENARIOS: &str = "crates/bench/tests/scenarios/";

/// Every mutant can be made.
pub(crate) fn check(repository: &Repository) -> Vec<Finding> {
    let mutants = match parse(repository.text(LIST)) {
        Ok(mutants) => mutants,
        Err(error) => return vec![Finding::file(LIST, error.to_string())],
    };
    let mut findings = Vec::new();
    for mutant in mutants {
        if mutant.apply(repository.text(&mutant.file)).is_none() {
            findings.push(Finding::file(LIST, format!("{:?} does not stand once in {}", mutant.from, mutant.file)));
        }
        for scenario in &mutant.scenarios {
            let (module, name) = scenario.split_once("::").unwrap_or((scenario, ""));
            let text = repository.text(&format!("{SCENARIOS}{module}.rs"));
            if !text.contains(&format!("fn {name}()")) {
                findings.push(Finding::file(LIST, format!("there is no scenario {scenario}")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_that_does_not_fit_and_a_scenario_that_is_not_there_are_found() {
        let list = "# what\nfails order::first\nin a.rs\n- one\n+ two\n";
        let scenario = ("crates/bench/tests/scenarios/order.rs", "fn first() {}");
        let check = |code: &str, scenarios: &[(&str, &str)]| {
            check(&Repository::of(&[&[(LIST, list), ("a.rs", code)], scenarios].concat())).len()
        };
        assert_eq!(check("one", &[scenario]), 0);
        assert_eq!(check("one one", &[scenario]), 1);
        assert_eq!(check("none of it", &[]), 1);
        assert_eq!(check("nothing", &[]), 2);
    }
}
