//! Whose changes each transaction reads.

use super::Model;
use access_list::{AccessKind, AccessSet, StateKey};
use primitives::{Address, map::HashMap};

/// For each transaction those whose changes it reads: on each location the last that replaced the value, and all that
/// added to it since.
#[derive(Debug)]
pub(super) struct Sources(Vec<Vec<u32>>);

/// Who stands behind the present value of a location.
#[derive(Default)]
struct Authors {
    writer: Option<u32>,
    adders: Vec<u32>,
}

impl Sources {
    /// Reads of the sender's own nonce are left out: it is assumed while speculating, and rightly so.
    pub(super) fn of(model: &Model) -> Self {
        let mut authors: HashMap<StateKey, Authors> = HashMap::default();
        let sources = (0_u32..).zip(&model.sets).map(|(transaction, set)| {
            let sender = model.senders.get(transaction as usize).copied();
            let sources = sources(set, sender, &authors);
            for (key, kind) in set.iter().filter(|(_, kind)| *kind != AccessKind::Read) {
                let authors = authors.entry(key).or_default();
                if kind == AccessKind::Write {
                    *authors = Authors { writer: Some(transaction), adders: Vec::new() };
                } else {
                    authors.adders.push(transaction);
                }
            }
            sources
        });
        Self(sources.collect())
    }

    /// The transactions whose changes one reads, each once.
    pub(super) fn of_transaction(&self, index: usize) -> &[u32] {
        &self.0[index]
    }
}

fn sources(set: &AccessSet, sender: Option<Address>, authors: &HashMap<StateKey, Authors>) -> Vec<u32> {
    let mut sources = Vec::new();
    for key in set.reads() {
        let is_assumed = matches!(key, StateKey::Nonce(address) if Some(*address) == sender);
        if let Some(authors) = authors.get(key).filter(|_| !is_assumed) {
            sources.extend(authors.writer.iter().chain(&authors.adders));
        }
    }
    sources.sort_unstable();
    sources.dedup();
    sources
}
