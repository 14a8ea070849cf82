//! Prints what happens on a development node, on a thread of its own.
//!
//! ```text
//!  miner, calls ──try_send──▶ queue of bounded length ──▶ thread: what receipts do not say is looked up ──▶ stdout
//!                 full: counted                                   the count is told before the next line
//! ```
//!
//! Law: nothing waits for the reader of standard output. Where the queue is full events are dropped and counted; once
//! nobody reads any more, nothing is printed.

use super::lines::{Event, Form, Transaction};
use crate::exit::Failure;
use node::{Audience, Chain, MadeBlock};
use parking_lot::Mutex;
use primitives::B256;
use rpc::backend::Budget;
use std::{
    io::{self, Write},
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, SyncSender, TrySendError},
    },
    thread,
    time::Duration,
};

/// Events that may wait for the reader.
const EVENTS_MAX: usize = 256;

/// Transactions of one block that are shown; how many more there are is told.
const SHOWN_MAX: usize = 100;

/// Time in which a block is looked at again, at most.
const LOOK_TIME_MAX: Duration = Duration::from_secs(5);

/// Time that is given to what still waits when the process ends.
const END_TIME_MAX: Duration = Duration::from_secs(1);

/// What goes through the queue.
enum Message {
    Block(MadeBlock),
    Console(&'static str, Vec<String>),
    End,
}

/// The end of the queue that a node has.
#[derive(Debug)]
pub(super) struct Queue {
    messages: SyncSender<Message>,
    dropped: AtomicU64,
}

/// The thread that prints.
pub(super) struct Printer {
    form: Form,
    queue: Arc<Queue>,
    /// Until it is started.
    waiting: Mutex<Option<Receiver<Message>>>,
    /// Closed by the thread when it ends.
    ended: Mutex<Option<Receiver<()>>>,
}

impl Printer {
    /// One that has not started.
    pub(super) fn new(form: Form) -> Self {
        let (messages, waiting) = mpsc::sync_channel(EVENTS_MAX);
        let queue = Arc::new(Queue { messages, dropped: AtomicU64::new(0) });
        Self { form, queue, waiting: Mutex::new(Some(waiting)), ended: Mutex::default() }
    }

    /// What a node tells of blocks and calls.
    pub(super) fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.queue)
    }

    /// Prints a first text, and from then on what comes.
    pub(super) fn start(&self, first: String, chain: &Arc<Chain>) -> Result<(), Failure> {
        let Some(messages) = self.waiting.lock().take() else { return Ok(()) };
        // A chain is not kept by a thread that waits for its reader.
        let (form, queue, chain) = (self.form, self.queue(), Arc::downgrade(chain));
        let (end, ended) = mpsc::sync_channel(0);
        let work = move || {
            let _end = end;
            // Nobody reads: then there is nothing to do.
            let _ = write(&first).and_then(|()| print(form, &queue, &messages, &chain));
        };
        let spawned = thread::Builder::new().name("printer".to_owned()).spawn(work);
        spawned.map_err(|error| Failure::Machine(format!("no threads: {error}")))?;
        *self.ended.lock() = Some(ended);
        Ok(())
    }

    /// Waits until what was told is printed, for as long as somebody reads it.
    pub(super) fn finish(&self) {
        let Some(ended) = self.ended.lock().take() else { return };
        let asked = self.queue.messages.try_send(Message::End);
        if asked.is_ok() {
            // It comes to an end, or nobody reads.
            let _ = ended.recv_timeout(END_TIME_MAX);
        }
    }
}

impl Queue {
    fn send(&self, message: Message) {
        if let Err(TrySendError::Full(_)) = self.messages.try_send(message) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Audience for Queue {
    fn block(&self, made: MadeBlock) {
        self.send(Message::Block(made));
    }

    fn console(&self, method: &'static str, lines: Vec<String>) {
        self.send(Message::Console(method, lines));
    }
}

/// Prints events until the end or until nobody reads.
fn print(form: Form, queue: &Queue, messages: &Receiver<Message>, chain: &Weak<Chain>) -> io::Result<()> {
    for message in messages {
        let dropped = queue.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            write(&form.text(&Event::Dropped(dropped)))?;
        }
        let event = match message {
            Message::End => return Ok(()),
            Message::Console(method, lines) => Event::Console(method, lines),
            Message::Block(made) => block(made, chain),
        };
        log_console(&event);
        write(&form.text(&event))?;
    }
    Ok(())
}

fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush())
}

/// What is shown of a block.
fn block(made: MadeBlock, chain: &Weak<Chain>) -> Event {
    let mut before = 0;
    let transactions = made.block.block.body.transactions.iter().zip(&made.block.senders).zip(made.receipts.iter());
    let mut shown: Vec<Transaction> = Vec::new();
    for ((transaction, sender), receipt) in transactions.take(SHOWN_MAX) {
        let gas_used = receipt.cumulative_gas_used().saturating_sub(before);
        before = receipt.cumulative_gas_used();
        shown.push(Transaction::new(transaction, *sender, (receipt.status(), gas_used)));
    }
    let is_worth = |(position, transaction): (usize, &Transaction)| {
        (made.has_console || !transaction.has_succeeded).then_some(position)
    };
    let positions: Vec<usize> = shown.iter().enumerate().filter_map(is_worth).collect();
    if let (false, Some(chain)) = (positions.is_empty(), chain.upgrade()) {
        look_again(&chain, made.block.hash, &positions, &mut shown);
    }
    Event::Block(made.block, shown)
}

/// Looks up what the receipts do not say. A block that has been taken back meanwhile is shown without it.
fn look_again(chain: &Chain, hash: B256, positions: &[usize], shown: &mut [Transaction]) {
    let (budget, _running) = Budget::new(u64::MAX, LOOK_TIME_MAX);
    match chain.narrate(hash, positions, &budget) {
        Ok(narrations) => {
            for narration in narrations {
                if let Some(transaction) = shown.get_mut(narration.position) {
                    transaction.console = narration.console;
                    transaction.failure = narration.failure;
                }
            }
        }
        Err(error) => tracing::warn!(target: "parallax", %hash, %error, "a block could not be looked at again"),
    }
}

/// What contracts write is in the log, too.
fn log_console(event: &Event) {
    match event {
        Event::Console(method, lines) => {
            for line in lines {
                tracing::info!(target: "parallax::console", method, "{line}");
            }
        }
        Event::Block(_, transactions) => {
            for transaction in transactions {
                for line in &transaction.console {
                    tracing::info!(target: "parallax::console", transaction = %transaction.hash, "{line}");
                }
            }
        }
        Event::Dropped(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_is_counted_and_nobody_waits() {
        let printer = Printer::new(Form::Text);
        let queue = printer.queue();
        for _ in 0..EVENTS_MAX + 3 {
            queue.console("eth_call", vec!["line".to_owned()]);
        }
        assert_eq!(queue.dropped.load(Ordering::Relaxed), 3);
        drop(printer.waiting.lock().take());
        queue.console("eth_call", Vec::new());
        assert_eq!(queue.dropped.load(Ordering::Relaxed), 3, "where nobody prints nothing is counted");
        printer.finish();
    }
}
