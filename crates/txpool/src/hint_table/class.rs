//! What the calls of one function of one contract touch.

use super::{
    call::Call,
    template::{Entries, Template},
};
use access_list::{AccessKind, AccessSet, StateKey};

/// Templates of one class.
const TEMPLATES_MAX: usize = 64;

/// Lessons in which the hashes of mappings are searched; a class that is not understood by then stays so.
const SEARCHES_MAX: u32 = 16;

/// Lessons after which the counts are halved, so that a class follows a contract that changes.
const LESSONS_MAX: u32 = 256;

/// Lessons after which a template that seldom holds is given up.
const TRIALS: u32 = 4;

/// The learnt footprint of one class of calls.
#[derive(Debug, Default)]
pub(crate) struct Class {
    templates: Vec<Counted>,
    searches: u32,
}

#[derive(Debug)]
struct Counted {
    template: Template,
    kind: AccessKind,
    /// Lessons since it was first seen, and in how many of these it held.
    lessons: u32,
    held: u32,
}

impl Class {
    /// Takes in what one call touched.
    pub(crate) fn learn(&mut self, call: &Call, touched: &AccessSet) {
        let mut explained = vec![false; touched.len()];
        let mut filled = Filled::new(call);
        for counted in &mut self.templates {
            counted.lessons += 1;
            let found = filled.key(&counted.template).and_then(|key| position(touched, &key, counted.kind));
            if let Some(found) = found {
                explained[found] = true;
                counted.held += 1;
            }
            if counted.lessons > LESSONS_MAX {
                counted.lessons /= 2;
                counted.held /= 2;
            }
        }
        self.templates.retain(|counted| counted.lessons < TRIALS || counted.held * 4 >= counted.lessons);
        let rest = touched.iter().zip(&explained).filter(|(_, explained)| !**explained).map(|(access, _)| access);
        let rest: Vec<(StateKey, AccessKind)> = rest.take(TEMPLATES_MAX).collect();
        if rest.is_empty() {
            return;
        }
        let entries = self.search(call, &rest);
        for (key, kind) in rest {
            let template = Template::of(key, call, &entries);
            let is_known = self.templates.iter().any(|known| known.template == template && known.kind == kind);
            if !is_known && self.templates.len() < TEMPLATES_MAX {
                self.templates.push(Counted { template, kind, lessons: 1, held: 1 });
            }
        }
    }

    /// What a call is expected to touch: what held in more than half of the lessons.
    pub(crate) fn expect(&self, call: &Call) -> AccessSet {
        let expected = self.templates.iter().filter(|counted| counted.held * 2 > counted.lessons);
        // A key that was named once, and by nothing in the call, says little of the next call.
        let expected = expected.filter(|counted| counted.lessons > 1 || !counted.template.is_unexplained());
        let mut filled = Filled::new(call);
        let keys: Vec<(StateKey, AccessKind)> =
            expected.filter_map(|counted| Some((filled.key(&counted.template)?, counted.kind))).collect();
        let of = |kind| keys.iter().filter(move |(_, each)| *each == kind).map(|(key, _)| *key);
        AccessSet::new(of(AccessKind::Read), of(AccessKind::Write), of(AccessKind::Add))
    }

    /// The entries of mappings among which the unexplained keys may be.
    fn search(&mut self, call: &Call, rest: &[(StateKey, AccessKind)]) -> Entries {
        let is_missed = |entries: &Entries| {
            rest.iter().any(|(key, _)| matches!(key, StateKey::Slot(_, slot) if entries.misses(*slot)))
        };
        let none = Entries::default();
        if self.searches >= SEARCHES_MAX || !is_missed(&none) {
            return none;
        }
        self.searches += 1;
        let entries = Entries::new(call, false);
        if is_missed(&entries) { Entries::new(call, true) } else { entries }
    }
}

/// The keys that templates name in one call. Most slots that are written are read as well: what takes hashes is worked out
/// once.
struct Filled<'c> {
    call: &'c Call,
    hashed: Vec<(Template, Option<StateKey>)>,
}

impl<'c> Filled<'c> {
    const fn new(call: &'c Call) -> Self {
        Self { call, hashed: Vec::new() }
    }

    fn key(&mut self, template: &Template) -> Option<StateKey> {
        if !template.is_hashed() {
            return template.fill(self.call);
        }
        if let Some((_, key)) = self.hashed.iter().find(|(known, _)| known == template) {
            return *key;
        }
        let key = template.fill(self.call);
        self.hashed.push((*template, key));
        key
    }
}

/// Where an access stands in the order of [`AccessSet::iter`].
fn position(set: &AccessSet, key: &StateKey, kind: AccessKind) -> Option<usize> {
    let (keys, before) = match kind {
        AccessKind::Read => (set.reads(), 0),
        AccessKind::Write => (set.writes(), set.reads().len()),
        AccessKind::Add => (set.adds(), set.reads().len() + set.writes().len()),
    };
    keys.binary_search(key).ok().map(|found| before + found)
}
