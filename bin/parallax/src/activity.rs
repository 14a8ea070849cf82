//! What long work shows of itself: a line that moves on a terminal, a line of JSON every ten seconds elsewhere.
//!
//! Both go to standard error. An interrupt ends the process at once with code 130: the work that is shown here leaves
//! everything whole at any moment, and the hint says how to go on.

use crate::exit::Failure;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::{
    io::{self, IsTerminal},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

const LINE_EVERY: Duration = Duration::from_secs(10);
const DRAW_EVERY: Duration = Duration::from_millis(200);
/// The exit code of an interrupted process.
const INTERRUPTED: i32 = 130;

/// How far the work is.
#[derive(Debug)]
pub(crate) struct Activity {
    stage: parking_lot::Mutex<String>,
    done: AtomicU64,
    unit: &'static str,
    is_over: AtomicBool,
}

impl Activity {
    /// Says how far it is.
    pub(crate) fn at(&self, stage: &str, done: u64) {
        self.done.store(done, Ordering::Relaxed);
        let mut now = self.stage.lock();
        if *now != stage {
            stage.clone_into(&mut now);
        }
    }
}

/// Does the work and shows it meanwhile. `measure` is asked for how far it is, where the work does not say so itself.
pub(crate) fn show<T>(
    what: &str,
    unit: &'static str,
    hint: &'static str,
    measure: Option<&(dyn Fn() -> u64 + Sync)>,
    work: impl FnOnce(&Activity) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let stage = parking_lot::Mutex::new(what.to_owned());
    let activity = Arc::new(Activity { stage, done: AtomicU64::new(0), unit, is_over: AtomicBool::new(false) });
    watch_interrupt(Arc::clone(&activity), hint)?;
    let (over, ended) = mpsc::channel::<()>();
    let shown = &activity;
    thread::scope(|scope| {
        scope.spawn(move || draw(what, shown, measure, &ended));
        let result = work(&activity);
        activity.is_over.store(true, Ordering::Relaxed);
        drop(over);
        result
    })
}

/// Until the work is over.
fn draw(what: &str, activity: &Activity, measure: Option<&(dyn Fn() -> u64 + Sync)>, ended: &mpsc::Receiver<()>) {
    let start = Instant::now();
    let is_terminal = io::stderr().is_terminal();
    let bar = is_terminal.then(|| {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("[{elapsed_precise}] {spinner} {msg}");
        style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
    });
    let every = if is_terminal { DRAW_EVERY } else { LINE_EVERY };
    while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
        let done = measure.map_or_else(|| activity.done.load(Ordering::Relaxed), |measure| measure());
        let rate = done as f64 / start.elapsed().as_secs_f64().max(0.001);
        let (stage, unit) = (activity.stage.lock().clone(), activity.unit);
        match &bar {
            Some(bar) => {
                bar.set_message(format!("{stage}: {done} {unit}, {rate:.0} {unit}/s"));
                bar.tick();
            }
            None => {
                let elapsed_s = start.elapsed().as_secs();
                let line = json!({ "work": what, "stage": stage, "done": done, "unit": unit, "elapsed_s": elapsed_s });
                eprintln!("{line}");
            }
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

/// A thread that waits for an interrupt, for as long as the process lives.
fn watch_interrupt(activity: Arc<Activity>, hint: &'static str) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::Machine(format!("signals: {error}"));
    let runtime = runtime::Builder::new_current_thread().enable_io().build().map_err(failed)?;
    let mut interrupt = runtime.block_on(async { signal(SignalKind::interrupt()) }).map_err(failed)?;
    let mut terminate = runtime.block_on(async { signal(SignalKind::terminate()) }).map_err(failed)?;
    let wait = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        if !activity.is_over.load(Ordering::Relaxed) {
            eprintln!("interrupted; {hint}");
        }
        std::process::exit(INTERRUPTED);
    };
    thread::Builder::new().name("interrupt".to_owned()).spawn(wait).map(drop).map_err(failed)
}
