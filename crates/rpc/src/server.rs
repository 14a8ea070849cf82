//! Transports: HTTP and WebSocket on one port, and a socket file.
//!
//! ```text
//! accept ─ a place? ─ task per connection ─ Host, Origin ─┬ POST ─▶ one body, one answer
//!          CONNECTIONS_MAX                                ├ Upgrade ─▶ WebSocket ─▶ peer
//!                                                         ├ GET ─▶ a file of the explorer
//! socket file ────────────────────────────────────────────┘            values  ─▶ peer
//! ```
//!
//! A stop is graceful: nothing new is accepted, what is under way is answered for as long as
//! [`limits::SHUTDOWN_TIME_MAX`], then connections are dropped.

mod deadline;
mod explorer;
mod guard;
mod gzip;
mod http;
mod ipc;
mod peer;
mod places;
mod websocket;

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use crate::{Backend, Config, Dispatcher, Namespace, limits};
use guard::Guard;
pub use places::{Places, Port};

/// A running server.
#[derive(Debug)]
pub struct Server {
    http: Option<SocketAddr>,
    ipc: Option<places::SocketFile>,
    stop: watch::Sender<bool>,
    /// Closes when the last task has gone.
    gone: mpsc::Receiver<()>,
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The port cannot be had.
    #[error("cannot listen on {address}: {error}")]
    Http {
        /// Where it was tried.
        address: SocketAddr,
        /// Why not.
        #[source]
        error: io::Error,
    },
    /// The socket file cannot be made.
    #[error("cannot listen on {path:?}: {error}")]
    Ipc {
        /// Where it was tried.
        path: PathBuf,
        /// Why not.
        #[source]
        error: io::Error,
    },
}

/// What every connection holds while it lives.
#[derive(Clone)]
struct Connection {
    dispatcher: Dispatcher,
    guard: Arc<Guard>,
    stop: watch::Receiver<bool>,
    _place: Option<Arc<OwnedSemaphorePermit>>,
    _alive: mpsc::Sender<()>,
}

impl Server {
    /// Starts to listen where the configuration says. Needs a tokio runtime with I/O and time.
    pub async fn start(backend: Arc<dyn Backend>, config: &Config) -> Result<Self, ServerError> {
        Self::start_at(Places::take(config)?, backend, config).await
    }

    /// Starts to listen at places that were taken before. Needs a tokio runtime with I/O and time.
    pub async fn start_at(places: Places, backend: Arc<dyn Backend>, config: &Config) -> Result<Self, ServerError> {
        let dispatcher = Dispatcher::new(backend, config, config.http_namespaces.without(Namespace::Admin));
        let (stop, stopped) = watch::channel(false);
        let (alive, gone) = mpsc::channel(1);
        let room = Arc::new(Semaphore::new(config.connections_max));
        let connection =
            Connection { dispatcher, guard: Arc::new(Guard::new(config)), stop: stopped, _place: None, _alive: alive };
        let mut server = Self { http: None, ipc: None, stop, gone };
        if let Some(port) = places.http {
            let (listener, address) = port.listen()?;
            server.http = Some(address);
            tokio::spawn(http::accept(listener, connection.clone(), Arc::clone(&room)));
        }
        if let Some((listener, file)) = places.ipc {
            server.ipc = Some(file);
            let dispatcher = connection.dispatcher.offering(config.ipc_namespaces);
            tokio::spawn(ipc::accept(listener, Connection { dispatcher, ..connection }, room));
        }
        Ok(server)
    }

    /// Where HTTP and WebSocket listen.
    pub fn http_address(&self) -> Option<SocketAddr> {
        self.http
    }

    /// Stops gracefully. When it returns no connection is open, and the socket file is gone.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // Nothing is ever sent: the channel ends when the last connection lets go of its side.
        let _ = tokio::time::timeout(2 * limits::SHUTDOWN_TIME_MAX, self.gone.recv()).await;
        drop(self.ipc.take());
    }
}

impl Connection {
    /// The same for one client, if there is a place for it.
    fn admit(&self, places: &Arc<Semaphore>) -> Option<Self> {
        let place = Arc::clone(places).try_acquire_owned().ok()?;
        Some(Self { _place: Some(Arc::new(place)), ..self.clone() })
    }

    /// Ends when the server is to stop.
    async fn stopped(&self) {
        // An error means that the server itself has been dropped, which is a stop too.
        let _ = self.stop.clone().wait_for(|stop| *stop).await;
    }
}

/// Waits a little after a failed accept: too many open files, say, which pass.
async fn pause_after_failure() {
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
}
