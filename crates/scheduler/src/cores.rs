//! Whether the machine gives the workers cores of their own.
//!
//! Two workers that take turns on one core do what one would do, and hand it over to each other besides. A virtual machine
//! whose host is busy, or a process that is held to the time of one core, looks like a machine with two and has but one. It
//! shows in the processor time that workers get of the time for which they are at a block. Where several get hardly more
//! together than one gets alone, blocks are left to one worker for a while, for twice as long each time. The while is one
//! of time and not of blocks, since it is somebody else who takes the cores. Workers that wait for a disk get little too, but
//! so does one alone; then there is reason to share. It decides about time only, never about a result.

use crate::{
    sharing::nanoseconds,
    sync::atomic::{AtomicU64, Ordering},
};
use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// Several workers are worth it if they get so much together of what one alone gets, in thousandths.
const GAIN_MIN: u64 = 1_200;

/// What several are thought to get, and one alone, while nothing is known, in thousandths of a core. Three blocks on one
/// core are reason enough to think otherwise, one is not.
const TOGETHER_UNKNOWN: u64 = 2_000;
const ALONE_UNKNOWN: u64 = 1_000;

/// Of shorter runs nothing is learnt: whether these pay is for [`sharing`](crate::sharing) to judge.
const JUDGED_NS_MIN: u64 = 1 << 20;

/// What one alone gets is measured only where several got little; with each run in which they did not, so small a part of
/// it is forgotten again.
const FORGOTTEN: u64 = 64;

/// For how long blocks are left to one worker; twice as long each time.
const REST_NS_MIN: u64 = 100_000_000;
const REST_NS_MAX: u64 = 1_600_000_000;

/// What workers had of the machine in a run.
#[derive(Debug, Default)]
pub(crate) struct Shift {
    /// Their processor time together, in nanoseconds.
    spent: AtomicU64,
    /// The time for which they were at it together.
    present: AtomicU64,
}

impl Shift {
    /// Has the calling thread do some work, as one of the workers, and gives what comes of it.
    pub(crate) fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        let (start, before) = (Instant::now(), thread_time());
        let result = work();
        self.add(thread_time().saturating_sub(before), start.elapsed());
        result
    }

    fn add(&self, spent: Duration, present: Duration) {
        self.spent.fetch_add(nanoseconds(spent), Ordering::Relaxed);
        self.present.fetch_add(nanoseconds(present), Ordering::Relaxed);
    }

    /// The cores that so many workers had together, in thousandths; `None` if they were too short at it to tell.
    fn cores(&self, workers: usize) -> Option<u64> {
        let [spent, present] = [&self.spent, &self.present].map(|it| it.load(Ordering::Relaxed));
        let workers = workers as u64;
        let cores = (workers * 1_000).saturating_mul(spent).checked_div(present);
        cores.filter(|_| present >= JUDGED_NS_MIN.saturating_mul(workers))
    }
}

/// What the workers of a pool had of the machine in the last runs.
#[derive(Debug)]
pub(crate) struct Cores {
    start: Instant,
    /// Moving average of the cores that several had together, in thousandths.
    together: AtomicU64,
    /// The same of one that was alone.
    alone: AtomicU64,
    /// Until when blocks are left to one worker, in nanoseconds from the start.
    rests_until: AtomicU64,
    /// For how long the last time, halved with each run that had cores since.
    rest: AtomicU64,
}

impl Default for Cores {
    fn default() -> Self {
        let [together, alone, rests_until, rest] = [TOGETHER_UNKNOWN, ALONE_UNKNOWN, 0, 0].map(AtomicU64::new);
        Self { start: Instant::now(), together, alone, rests_until, rest }
    }
}

impl Cores {
    /// Whether there are more than one, as far as is known.
    pub(crate) fn are_there(&self) -> bool {
        // Where nothing ever rested, nobody has to know the time.
        self.rests_until.load(Ordering::Relaxed) == 0 || self.are_there_at(self.start.elapsed())
    }

    /// Learns from a run of so many workers.
    pub(crate) fn learn(&self, workers: usize, shift: &Shift) {
        match shift.cores(workers) {
            Some(cores) if workers > 1 => self.learn_together(self.start.elapsed(), cores),
            Some(cores) => self.learn_alone(cores),
            None => {}
        }
    }

    fn are_there_at(&self, now: Duration) -> bool {
        self.rests_until.load(Ordering::Relaxed) <= nanoseconds(now)
    }

    fn learn_together(&self, now: Duration, cores: u64) {
        // More than two make no difference to the question, and would hide that they are gone.
        let together = self.together.load(Ordering::Relaxed).midpoint(cores.min(TOGETHER_UNKNOWN));
        self.together.store(together, Ordering::Relaxed);
        let rest = self.rest.load(Ordering::Relaxed);
        if self.is_gain() {
            let alone = self.alone.load(Ordering::Relaxed);
            self.alone.store(alone + (ALONE_UNKNOWN - alone) / FORGOTTEN, Ordering::Relaxed);
            return self.rest.store(rest / 2, Ordering::Relaxed);
        }
        let rest = (rest * 2).clamp(REST_NS_MIN, REST_NS_MAX);
        self.rest.store(rest, Ordering::Relaxed);
        self.rests_until.store(nanoseconds(now) + rest, Ordering::Relaxed);
    }

    fn learn_alone(&self, cores: u64) {
        let alone = self.alone.load(Ordering::Relaxed).midpoint(cores.min(ALONE_UNKNOWN));
        self.alone.store(alone, Ordering::Relaxed);
        if self.is_gain() {
            self.rests_until.store(0, Ordering::Relaxed);
        }
    }

    /// Whether several get more than one.
    fn is_gain(&self) -> bool {
        let [together, alone] = [&self.together, &self.alone].map(|it| it.load(Ordering::Relaxed));
        together * 1_000 >= alone * GAIN_MIN
    }
}

/// The processor time of the calling thread.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    // Neither is ever negative, and there are fewer than 2^32 nanoseconds in a second.
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;

    /// Learns from a block on so many cores, in thousandths, at so many milliseconds; says for how many more blocks are left
    /// to one worker.
    fn rest(cores: &Cores, at_ms: u64, had: u64) -> u64 {
        let at = Duration::from_millis(at_ms);
        cores.learn_together(at, had);
        (0..10_000).take_while(|ms| !cores.are_there_at(at + Duration::from_millis(*ms))).count() as u64
    }

    #[test]
    fn one_core_is_seen_after_three_blocks_and_asked_about_ever_more_rarely() {
        let cores = Cores::default();
        assert!(cores.are_there(), "nothing is known");
        assert_eq!([0, 10, 20].map(|at| rest(&cores, at, 1_000)), [0, 0, 100]);
        assert_eq!([200, 500, 1_000, 2_000, 4_000].map(|at| rest(&cores, at, 1_000)), [200, 400, 800, 1_600, 1_600]);
    }

    #[test]
    fn cores_that_come_back_are_used_at_once() {
        let cores = Cores::default();
        assert_eq!([0, 10, 20].map(|at| rest(&cores, at, 1_000)), [0, 0, 100]);
        assert_eq!(rest(&cores, 200, 1_900), 0);
        assert_eq!([210, 220].map(|at| rest(&cores, at, 1_000)), [0, 100], "halved by the one that had them");
    }

    #[test]
    fn two_cores_are_enough_and_many_hide_nothing() {
        let cores = Cores::default();
        assert_eq!([1_900, 1_300, 1_900, 1_000, 1_700].map(|had| rest(&cores, 0, had)), [0; 5], "one bad block");
        let cores = Cores::default();
        assert_eq!([16_000, 1_000, 1_000, 1_000].map(|had| rest(&cores, 0, had)), [0, 0, 0, 100]);
    }

    #[test]
    fn who_waits_for_a_disk_waits_beside_others() {
        let cores = Cores::default();
        assert_eq!([600; 3].map(|had| rest(&cores, 0, had)), [0, 100, 200]);
        cores.learn_alone(900);
        assert!(!cores.are_there_at(Duration::from_millis(1)), "one alone gets more");
        (0..4).for_each(|_| cores.learn_alone(300));
        assert!(cores.are_there_at(Duration::from_millis(1)));
        assert_eq!([600; 10].map(|had| rest(&cores, 2, had)), [0; 10]);
        // The disk is warm now, and there is one core.
        let shared = (0..1_000).take_while(|_| rest(&cores, 2, 1_000) == 0).count();
        assert!((10..200).contains(&shared), "{shared}");
    }

    #[test]
    fn cores_are_what_workers_got_of_the_time_for_which_they_were_at_it() {
        const BLOCK: Duration = Duration::from_millis(10);
        let of = |times: &[(Duration, Duration)]| {
            let shift = Shift::default();
            times.iter().for_each(|(spent, present)| shift.add(*spent, *present));
            shift.cores(times.len())
        };
        assert_eq!(of(&[(BLOCK, BLOCK), (BLOCK, BLOCK)]), Some(2_000));
        assert_eq!(of(&[(BLOCK / 2, BLOCK), (BLOCK / 2, BLOCK)]), Some(1_000), "they took turns");
        assert_eq!(of(&[(BLOCK, BLOCK), (BLOCK / 10, BLOCK / 10)]), Some(2_000), "one left early, and had a core");
        assert_eq!(of(&[(BLOCK / 20, BLOCK / 20); 2]), None, "too short");
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn who_sleeps_spends_nothing() {
        let shift = Shift::default();
        let (_open, silent) = std::sync::mpsc::channel::<()>();
        _ = shift.run(|| silent.recv_timeout(Duration::from_millis(50)));
        let cores = shift.cores(1).expect("it took long enough");
        assert!(cores < 500, "{cores}");
        // However busy the machine is, it is some of the time.
        shift.run(|| {
            let before = thread_time();
            while thread_time() - before < Duration::from_millis(20) {}
        });
        assert!(shift.spent.into_inner() >= 20_000_000);
    }
}
