//! The dependency graph of a block: which transaction waits for which, on what.

use super::{explanation::texts, layouts::Layouts, reason::Reason};
use access_list::{ConflictGraph, StateKey};
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write as _};

/// One edge: neighbours on some key whose order matters. What follows from others is left out.
#[derive(Debug, Serialize)]
pub(super) struct Dependency {
    /// The one that comes first in the block.
    pub(super) before: u32,
    /// The one that waits for it.
    pub(super) after: u32,
    /// Why.
    pub(super) reason: Reason,
    /// The keys on which they are neighbours, those of that reason first.
    #[serde(serialize_with = "texts")]
    pub(super) keys: Vec<StateKey>,
    /// The variable behind the first of them, where a storage layout tells.
    pub(super) variable: Option<String>,
}

impl Dependency {
    /// All edges of a graph, by the transaction that waits.
    pub(super) fn all(graph: &ConflictGraph, reason: impl Fn(&StateKey) -> Reason) -> Vec<Self> {
        let mut edges: BTreeMap<(u32, u32), Vec<StateKey>> = BTreeMap::new();
        for conflict in graph.conflicts() {
            edges.entry((conflict.after, conflict.before)).or_default().push(conflict.key);
        }
        let edge = |((after, before), mut keys): ((u32, u32), Vec<StateKey>)| {
            keys.sort_by_key(|key| (reason(key), *key));
            let reason = keys.first().map(&reason)?;
            Some(Self { before, after, reason, keys, variable: None })
        };
        edges.into_iter().filter_map(edge).collect()
    }

    /// Gives the first key the name of the variable behind it.
    pub(super) fn name_variable(&mut self, layouts: &Layouts) {
        self.variable = self.keys.first().and_then(|key| layouts.name(key));
    }
}

/// The graph as Graphviz reads it: a node for each transaction that waits or is waited for, an arrow to each that waits, and
/// the critical path in bold.
pub(super) fn dot(name: &str, dependencies: &[Dependency], critical_path: &[u32]) -> String {
    let mut out = format!("digraph \"{}\" {{\n  rankdir=LR;\n  node [shape=box];\n", name.replace(['"', '\\'], "_"));
    for transaction in critical_path {
        let _ = writeln!(out, "  {transaction} [style=bold];");
    }
    for Dependency { before, after, reason, keys, variable } in dependencies {
        let is_critical = critical_path.windows(2).any(|step| step == [*before, *after]);
        let style = if is_critical { ", style=bold" } else { "" };
        let key = variable.clone().or_else(|| keys.first().map(ToString::to_string)).unwrap_or_default();
        let more = if keys.len() > 1 { format!(" and {} more", keys.len() - 1) } else { String::new() };
        let tip = format!("{key}{more}").replace(['"', '\\'], "_");
        let _ = writeln!(out, "  {before} -> {after} [label=\"{}\", tooltip=\"{tip}\"{style}];", reason.name());
    }
    out + "}\n"
}
