//! A connection that carries many requests and subscriptions: WebSocket and the socket file.
//!
//! Requests are begun in the order in which they come, so that transactions of one sender keep theirs; what is cheap is
//! answered before the next is read, what is costly goes on beside it, up to [`IN_FLIGHT_MAX`]. Before an answer is
//! sent, the connection listens for all that was subscribed to, so nothing that happens after the answer is missed.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream::FuturesUnordered};
use smallvec::SmallVec;
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};

use super::Connection;
use crate::{
    Session,
    backend::{HeadEvent, PoolTransaction, SyncStatus},
    limits::{IN_FLIGHT_MAX, PING_TIME, SUBSCRIBER_QUEUE_MAX},
};

/// The other side of a connection.
pub(super) trait Peer: Send {
    /// The next body. Nothing is lost if the future is dropped.
    fn receive(&mut self) -> impl Future<Output = Received> + Send;

    /// Sends a message, within the time that the client has for taking it.
    fn send(&mut self, message: Vec<u8>) -> impl Future<Output = Result<(), ()>> + Send;

    /// Asks whether the other side is still there, if that can be asked. False if it cannot: then silence is no sign.
    fn ping(&mut self) -> impl Future<Output = Result<bool, ()>> + Send;

    /// Says goodbye.
    fn end(self, end: End) -> impl Future<Output = ()> + Send;
}

/// What came.
#[derive(Debug)]
pub(super) enum Received {
    Body(Bytes),
    /// A sign of life and nothing else.
    Alive,
    TooLarge,
    Gone,
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Gone,
    TooLarge,
    TooSlow,
    Stop,
}

/// What the connection listens for; nothing until something is subscribed to.
#[derive(Default)]
struct Listening {
    heads: Option<broadcast::Receiver<HeadEvent>>,
    pending: Option<broadcast::Receiver<Arc<PoolTransaction>>>,
    sync: Option<watch::Receiver<SyncStatus>>,
}

/// What was heard.
enum Event {
    Head(HeadEvent),
    Pending(Arc<PoolTransaction>),
    Sync(SyncStatus),
    Lost,
}

type Answering = Pin<Box<dyn Future<Output = Option<Vec<u8>>> + Send>>;

/// Serves a connection to its end.
pub(super) async fn serve<P: Peer>(mut peer: P, connection: &Connection) {
    let end = converse(&mut peer, connection).await;
    peer.end(end).await;
}

async fn converse<P: Peer>(peer: &mut P, connection: &Connection) -> End {
    let session = Arc::new(connection.dispatcher.session());
    let mut listening = Listening::default();
    let mut under_way: FuturesUnordered<Answering> = FuturesUnordered::new();
    let silence = tokio::time::sleep(PING_TIME);
    tokio::pin!(silence);
    let (mut heard, mut asked) = (true, false);
    loop {
        let messages: SmallVec<[Vec<u8>; 1]> = tokio::select! {
            received = peer.receive(), if under_way.len() < IN_FLIGHT_MAX => {
                (heard, asked) = (true, false);
                let body = match received {
                    Received::Body(body) => body,
                    Received::Alive => continue,
                    Received::TooLarge => return End::TooLarge,
                    Received::Gone => return End::Gone,
                };
                let (dispatcher, session) = (connection.dispatcher.clone(), Arc::clone(&session));
                let mut answering: Answering = Box::pin(async move { dispatcher.handle(body, Some(&session)).await });
                match poll_fn(|cx| Poll::Ready(answering.as_mut().poll(cx))).await {
                    Poll::Ready(answer) => answer.into_iter().collect(),
                    Poll::Pending => {
                        under_way.push(answering);
                        continue;
                    }
                }
            }
            Some(answer) = under_way.next(), if !under_way.is_empty() => answer.into_iter().collect(),
            event = listening.next() => match event {
                Event::Head(event) => session.on_head(&event).into(),
                Event::Pending(transaction) => session.on_pending(&transaction).into(),
                Event::Sync(status) => session.on_sync(status).into(),
                Event::Lost => return End::TooSlow,
            },
            () = silence.as_mut() => {
                silence.as_mut().reset(Instant::now() + PING_TIME);
                if asked {
                    return End::Gone;
                }
                if !std::mem::take(&mut heard) {
                    match peer.ping().await {
                        Ok(could) => asked = could,
                        Err(()) => return End::Gone,
                    }
                }
                continue;
            }
            () = connection.stopped() => return End::Stop,
        };
        listening.adapt(&session);
        for message in messages {
            if peer.send(message).await.is_err() {
                return End::Gone;
            }
        }
    }
}

impl Listening {
    /// Begins and ends to listen as the subscriptions say.
    fn adapt(&mut self, session: &Session) {
        let (interest, hub) = (session.interest(), session.backend().events());
        adapt(&mut self.heads, interest.heads, || hub.heads());
        adapt(&mut self.pending, interest.pending, || hub.pending());
        adapt(&mut self.sync, interest.sync, || hub.sync());
    }

    /// The next event. Never, if nothing is listened for.
    async fn next(&mut self) -> Event {
        tokio::select! {
            head = receive(&mut self.heads) => head.map_or(Event::Lost, Event::Head),
            pending = receive(&mut self.pending) => pending.map_or(Event::Lost, Event::Pending),
            sync = changed(&mut self.sync) => sync.map_or(Event::Lost, Event::Sync),
        }
    }
}

fn adapt<T>(listener: &mut Option<T>, wanted: bool, listen: impl FnOnce() -> T) {
    match (wanted, listener.is_some()) {
        (true, false) => *listener = Some(listen()),
        (false, true) => *listener = None,
        _ => {}
    }
}

async fn receive<T: Clone>(listener: &mut Option<broadcast::Receiver<T>>) -> Option<T> {
    match listener {
        None => std::future::pending().await,
        // The ring has more places than may be used: their number is a power of two.
        Some(listener) if listener.len() > SUBSCRIBER_QUEUE_MAX => None,
        Some(listener) => listener.recv().await.ok(),
    }
}

async fn changed(listener: &mut Option<watch::Receiver<SyncStatus>>) -> Option<SyncStatus> {
    match listener {
        None => std::future::pending().await,
        Some(listener) => {
            listener.changed().await.ok()?;
            Some(*listener.borrow_and_update())
        }
    }
}
