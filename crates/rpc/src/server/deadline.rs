//! A stream that ends a client who keeps it waiting.
//!
//! | the server waits for | at most |
//! |---|---|
//! | the first byte of a connection's first request, and the rest of any request's head | `HEADER_TIME_MAX` |
//! | the first byte of the next request | `IDLE_TIME_MAX` |
//! | the client to take some of an answer | `SEND_TIME_MAX` |
//!
//! A deadline costs one look at the clock per request: the timer is moved only when it fires early.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

use crate::limits::{HEADER_TIME_MAX, IDLE_TIME_MAX, SEND_TIME_MAX};

/// Whether a request is being answered; then nobody waits for the client.
#[derive(Clone, Debug, Default)]
pub(super) struct Busy(Arc<AtomicBool>);

impl Busy {
    /// Set when a head has come, cleared when its answer is ready.
    pub(super) fn set(&self, busy: bool) {
        self.0.store(busy, Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Nothing,
    Head,
    Next,
    Send,
}

/// The stream.
#[derive(Debug)]
pub(super) struct Deadline<S> {
    inner: S,
    busy: Busy,
    wait: Wait,
    until: Instant,
    timer: Pin<Box<Sleep>>,
}

impl<S> Deadline<S> {
    pub(super) fn new(inner: S, busy: Busy) -> Self {
        let until = Instant::now() + HEADER_TIME_MAX;
        Self { inner, busy, wait: Wait::Head, until, timer: Box::pin(tokio::time::sleep_until(until)) }
    }

    fn begin(&mut self, wait: Wait) {
        self.wait = wait;
        self.until = Instant::now() + wait.time_max();
        if self.until < self.timer.deadline() {
            self.timer.as_mut().reset(self.until);
        }
    }

    /// Called when the stream has to wait: ends with an error if that has taken too long.
    fn poll_late(&mut self, cx: &mut Context<'_>, wait: Wait) -> Poll<io::Error> {
        if self.wait != wait {
            self.begin(wait);
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= self.until {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.timer.as_mut().reset(self.until);
        }
        Poll::Pending
    }
}

impl Wait {
    const fn time_max(self) -> Duration {
        match self {
            Self::Head => HEADER_TIME_MAX,
            Self::Send => SEND_TIME_MAX,
            Self::Nothing | Self::Next => IDLE_TIME_MAX,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Deadline<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_read(cx, buf) {
            Poll::Ready(result) => {
                // From here on the rest of the head is waited for. More of it moves no deadline, and none of it that of
                // an answer that the client does not take.
                if matches!(this.wait, Wait::Next | Wait::Nothing) && !this.busy.get() {
                    this.begin(Wait::Head);
                }
                Poll::Ready(result)
            }
            // The client has yet to take an answer, and that wait has its own end.
            Poll::Pending if this.wait == Wait::Send => Poll::Pending,
            Poll::Pending if this.busy.get() => {
                this.wait = Wait::Nothing;
                Poll::Pending
            }
            Poll::Pending => {
                let wait = if this.wait == Wait::Head { Wait::Head } else { Wait::Next };
                this.poll_late(cx, wait).map(Err)
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Deadline<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_write(cx, buf) {
            Poll::Ready(result) => {
                this.wait = Wait::Nothing;
                Poll::Ready(result)
            }
            Poll::Pending => this.poll_late(cx, Wait::Send).map(Err),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_write_vectored(cx, bufs) {
            Poll::Ready(result) => {
                this.wait = Wait::Nothing;
                Poll::Ready(result)
            }
            Poll::Pending => this.poll_late(cx, Wait::Send).map(Err),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
