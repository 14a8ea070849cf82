//! Quick look at speed while working on it.
use access_list::ListIndex;
use bench::{RecordedBlock, RecordedState, plain_revm, workload};
use executor::{Engine, Known, Plan, Policy, PreparedBlock};
use primitives::*;
use state::MemoryState;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Case { name: String, chain: ChainSpec, block: Block, senders: Vec<Address>, state: MemoryState }

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let reps: usize = args[1].parse().unwrap();
    let filter = args.get(2).cloned().unwrap_or_default();
    let mut cases = vec![];
    if let Ok(path) = std::env::var("BLOCKS") {
        for b in RecordedBlock::load_all(path).unwrap() {
            if b.block.header.gas_used < 4_000_000 && std::env::var("SMALL").is_err() { continue; }
            let RecordedState::Listed(state) = b.state else { continue };
            cases.push(Case { name: b.name, chain: b.chain, block: b.block, senders: b.senders, state });
        }
    }
    if let Ok(n) = std::env::var("GEN") {
        for g in workload::suite(n.parse().unwrap()) {
            let w = g.build(workload::Settings::new(1));
            cases.push(Case { name: w.name, chain: ChainSpec::at_fork(w.fork), block: w.block, senders: w.senders, state: w.state });
        }
    }
    let two = Engine::new(2).unwrap();
    let one = Engine::new(1).unwrap();
    let only: Option<usize> = std::env::var("ONLY").ok().and_then(|v| v.parse().ok());
    let mut sums = [0f64; 6];
    println!("{:<34} {:>6} {:>9} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6}", "block", "txs", "revm us", "ser", "ser+r", "list1", "opt2", "list2", "stale");
    for c in &cases {
        if !c.name.contains(&filter) { continue; }
        let p = PreparedBlock::new(&c.chain, &c.block, &c.senders);
        let plain = plain_revm::plain_state(&c.state);
        let rec = one.execute_transactions(&p, &c.state, &Plan { record_list: true, ..Plan::default() });
        if let Err(e) = rec { println!("{} {e}", c.name); continue; }
        let full = one.execute(&p, &c.state, &Plan { record_list: true, ..Plan::default() });
        let list = match full { Ok(f) => f.list.unwrap(), Err(e) => { println!("{}: {e}", c.name); continue } };
        let mut best = [f64::MAX; 6];
        let mut stale = 0;
        for _ in 0..reps {
            if only.is_none_or(|o| o == 0) {
            let mut db = plain.clone();
            let t = Instant::now();
            let r = plain_revm::execute(&p, &mut db);
            best[0] = best[0].min(t.elapsed().as_secs_f64());
            drop((db, r));
            }
            let mut time = |i: usize, e: &Engine, policy, list: Option<&access_list::BlockAccessList>, record: bool| {
                if only.is_some_and(|o| o != i) { return; }
                let t = Instant::now();
                let index = list.map(ListIndex::new);
                let plan = Plan { policy, known: Known { list: index.as_ref(), sets: None }, record_list: record, drop_records: !record, ..Plan::default() };
                let r = Some(e.execute_transactions(&p, &c.state, &plan).unwrap());
                if record { drop(e.list_of(&p, r.as_ref().unwrap(), &c.state).unwrap()); }
                best[i] = best[i].min(t.elapsed().as_secs_f64());
                if i == 4 { stale = r.as_ref().unwrap().stats.stale }
                drop(r);
            };
            time(1, &one, Policy::Serial, None, false);
            time(2, &one, Policy::Serial, None, true);
            time(3, &one, Policy::ListDriven, Some(&list), false);
            time(4, &two, Policy::Optimistic, None, false);
            time(5, &two, Policy::ListDriven, Some(&list), false);
        }
        for i in 0..6 { sums[i] += best[i]; }
        println!("{:<34} {:>6} {:>9.0} {:>6.2} {:>6.2} {:>6.2} {:>6.2} {:>6.2} {:>6}", c.name, c.senders.len(), best[0] * 1e6, best[0] / best[1], best[0] / best[2], best[0] / best[3], best[0] / best[4], best[0] / best[5], stale);
    }
    println!("{:<34} {:>6} {:>9.0} {:>6.2} {:>6.2} {:>6.2} {:>6.2} {:>6.2}", "sum", "", sums[0] * 1e6, sums[0] / sums[1], sums[0] / sums[2], sums[0] / sums[3], sums[0] / sums[4], sums[0] / sums[5]);
}
