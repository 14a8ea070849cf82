//! Lists and hints that lie. A list that is not the one of serial execution is refused, however it differs; a hint that
//! is wrong costs time and nothing else.

#[path = "support/lies.rs"]
mod lies;
mod support;

use access_list::{AccessSet, BlockAccessList, ListIndex, StateKey};
use bench::{
    RecordedBlock,
    workload::{Generator as _, RandomBlock, Settings, SplitMix},
};
use executor::{Engine, Error, Known, Plan, Policy, PreparedBlock};
use lies::{LIES, Lie};
use primitives::{Address, Fork, U256};
use state::StateReader;
use std::collections::BTreeMap;
use support::{Case, Engines, assert_same, data};

const WORKERS: [usize; 3] = [1, 2, 8];

/// How often each lie was told, and in which form it arrived.
#[derive(Debug, Default)]
struct Told {
    /// Refused as a list that is not canonical.
    malformed: usize,
    /// Canonical, and refused by execution.
    refused: usize,
    /// The honest list after all.
    honest: usize,
}

/// Tells every lie about a block, each in `tries` places, and has execution judge it.
struct Liar<'a> {
    name: &'a str,
    prepared: &'a PreparedBlock<'a>,
    state: &'a (dyn StateReader + Sync),
    honest: BlockAccessList,
    engines: &'a [Engine],
    tries: usize,
}

impl Liar<'_> {
    fn tell_all(&self, random: &mut SplitMix, told: &mut BTreeMap<&'static str, Told>) {
        self.judge(&self.honest, "the honest list");
        for lie in LIES {
            for _ in 0..self.tries {
                self.tell(lie, random, told.entry(lie.name).or_default());
            }
        }
    }

    fn tell(&self, lie: &Lie, random: &mut SplitMix, told: &mut Told) {
        let mut accounts = self.honest.accounts().to_vec();
        let transactions = self.prepared.transactions().len() as u64;
        if (lie.tell)(&mut accounts, random, transactions).is_none() {
            return;
        }
        match BlockAccessList::from_accounts(accounts) {
            Err(_) => told.malformed += 1,
            Ok(list) if list == self.honest => told.honest += 1,
            Ok(list) => {
                told.refused += 1;
                self.judge(&list, lie.name);
            }
        }
    }

    /// The honest list is accepted and every other refused, with any number of workers.
    ///
    /// A lie may make an honest transaction or step look invalid where it stands, before the list is found to differ.
    /// That refuses the block just as well; what may not be is a result, a failure of the machine, or a panic.
    fn judge(&self, list: &BlockAccessList, what: &str) {
        let index = ListIndex::new(list);
        let mut verdicts = Vec::new();
        for engine in self.engines {
            let known = Known { list: Some(&index), sets: None };
            let plan = Plan { policy: Policy::ListDriven, known, ..Plan::default() };
            let verdict = engine.execute(self.prepared, self.state, &plan).map(|_| ());
            let is_right = match &verdict {
                Ok(()) => *list == self.honest,
                Err(error) => *list != self.honest && matches!(error, Error::Invalid(_)),
            };
            assert!(is_right, "{}: {what} x{}: {verdict:?}", self.name, engine.workers());
            verdicts.extend(verdict.map_err(|error| place(&error.to_string())).err());
        }
        verdicts.dedup();
        assert!(verdicts.len() <= 1, "{}: {what}: where it is found depends on the workers: {verdicts:?}", self.name);
    }
}

/// The position that a verdict names, or all of it. Which of several differences at one position is named is open.
fn place(verdict: &str) -> String {
    let position = verdict.split_once("position ").and_then(|(_, rest)| rest.split_whitespace().next());
    position.unwrap_or(verdict).to_owned()
}

fn engines() -> Vec<Engine> {
    WORKERS.iter().map(|workers| Engine::sharing_all(*workers).expect("threads can be had")).collect()
}

fn random_case(seed: u64, fork: Fork) -> Case {
    RandomBlock { transactions: 12 + seed as usize % 20, invalid: false }
        .build(Settings { fork, ..Settings::new(seed) })
        .into()
}

fn forks() -> impl Iterator<Item = Fork> {
    Fork::ALL.into_iter().filter(|fork| *fork <= Fork::Osaka)
}

#[test]
fn lists_of_random_blocks() {
    let (all, engines) = (Engines::new(), engines());
    let mut told = BTreeMap::new();
    for (fork, seed) in forks().flat_map(|fork| (0..3).map(move |seed| (fork, seed))) {
        let case = random_case(seed, fork);
        let prepared = case.prepared();
        let serial = all.serial(&prepared, &case.state).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let (name, state, engines) = (case.name.as_str(), &case.state, engines.as_slice());
        let liar = Liar { name, prepared: &prepared, state, honest: serial.list, engines, tries: 6 };
        liar.tell_all(&mut SplitMix::new(seed), &mut told);
    }
    for lie in LIES {
        let Told { malformed, refused, honest } = &told[lie.name];
        eprintln!("{:<44} malformed {malformed:>4}  refused {refused:>4}  honest {honest:>4}", lie.name);
        assert!(malformed + refused > 0, "nobody told: {}", lie.name);
        assert!(lie.is_malformed || *refused > 0, "execution never had to judge: {}", lie.name);
    }
}

fn lists_of_real_blocks(inside: &str) {
    let Some(path) = data(inside) else { return };
    let (all, engines) = (Engines::new(), engines());
    let mut told = BTreeMap::new();
    for block in
        RecordedBlock::load_all(path).expect("the data is sound").into_iter().filter(|block| block.header_known)
    {
        let prepared = PreparedBlock::new(&block.chain, &block.block, &block.senders);
        let serial = all.serial(&prepared, &block.state).unwrap_or_else(|error| panic!("{}: {error}", block.name));
        let (name, state, engines) = (block.name.as_str(), &block.state, engines.as_slice());
        let liar = Liar { name, prepared: &prepared, state, honest: serial.list, engines, tries: 1 };
        liar.tell_all(&mut SplitMix::new(block.number()), &mut told);
    }
    let refused: usize = told.values().map(|told| told.refused).sum();
    assert!(refused > 0, "execution never had to judge");
}

#[test]
fn lists_of_mainnet_blocks() {
    lists_of_real_blocks("mainnet-blocks");
}

#[test]
fn lists_of_witnessed_blocks() {
    lists_of_real_blocks("mainnet-witness");
}

/// Bytes that are no list are refused before anything is executed.
#[test]
fn lists_that_are_cut_or_altered() {
    let all = Engines::new();
    let case = random_case(3, Fork::Osaka);
    let serial = all.serial(&case.prepared(), &case.state).expect("a valid block");
    let honest = serial.list.encode();
    let mut random = SplitMix::new(1);
    for length in 0..honest.len() {
        assert!(BlockAccessList::decode(&honest[..length]).is_err(), "cut at {length}");
    }
    assert!(BlockAccessList::decode(&[&honest[..], &[0]].concat()).is_err());
    for _ in 0..2_000 {
        let mut bytes = honest.clone();
        let at = random.index(bytes.len());
        bytes[at] ^= 1 << random.below(8);
        if let Ok(list) = BlockAccessList::decode(&bytes) {
            assert_eq!(list.encode(), bytes, "a list has one encoding");
            assert_ne!(list, serial.list);
        }
    }
}

/// Ways to get the access sets of a block wrong.
fn wrong_sets(sets: &[AccessSet], random: &mut SplitMix) -> Vec<(&'static str, Vec<AccessSet>)> {
    let empty = vec![AccessSet::default(); sets.len()];
    let reversed: Vec<_> = sets.iter().rev().cloned().collect();
    let mut shuffled = sets.to_vec();
    random.shuffle(&mut shuffled);
    let mut halves = sets.to_vec();
    halves.iter_mut().skip(1).step_by(2).for_each(|set| *set = AccessSet::default());
    let key = |random: &mut SplitMix| {
        let address = Address::with_last_byte(random.below(3) as u8);
        if random.percent(50) {
            StateKey::Balance(address)
        } else {
            StateKey::Slot(address, U256::from(random.below(3)))
        }
    };
    let mut keys = |count| (0..count).map(|_| key(random)).collect::<Vec<_>>();
    let invented = sets.iter().map(|_| AccessSet::new(keys(2), keys(2), keys(1))).collect();
    let all = vec![sets.iter().fold(AccessSet::default(), |all, set| all.union(set)); sets.len()];
    let short = sets[..sets.len() / 2].to_vec();
    let long = [sets, sets].concat();
    vec![
        ("empty", empty),
        ("reversed", reversed),
        ("shuffled", shuffled),
        ("every other one", halves),
        ("invented", invented),
        ("everything everywhere", all),
        ("too few", short),
        ("too many", long),
    ]
}

#[test]
fn wrong_access_sets() {
    let (all, engines) = (Engines::new(), engines());
    for (fork, seed) in forks().flat_map(|fork| (0..4).map(move |seed| (fork, seed))) {
        let case = random_case(seed, fork);
        let prepared = case.prepared();
        let serial = all.serial(&prepared, &case.state).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        for (wrong, sets) in wrong_sets(&serial.sets, &mut SplitMix::new(seed)) {
            for engine in &engines {
                for policy in Policy::ALL.into_iter().filter(|policy| policy.needs_sets()) {
                    let known = Known { list: None, sets: Some(&sets) };
                    let what = format!("{}: {policy} x{}, sets: {wrong}", case.name, engine.workers());
                    let plan = Plan { policy, known, record_list: true, ..Plan::default() };
                    let execution = engine.execute(&prepared, &case.state, &plan);
                    let execution = execution.unwrap_or_else(|error| panic!("{what}: {error}"));
                    assert_same(&serial, &execution, &case.state, &what);
                }
            }
        }
    }
}
