//! The places that a server listens at, taken before there is anything to answer with.
//!
//! Whoever makes something that stays, a data directory say, takes the places first: where one is taken by somebody else
//! nothing has been begun. Connections to a port are refused until a server starts on it; those to a socket file wait.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use tokio::net::{TcpListener, TcpSocket, UnixListener};

use super::{ServerError, ipc};
use crate::Config;

/// Connections that may wait to be accepted.
const WAITING_MAX: u32 = 1024;

/// A port that nobody else can have.
#[derive(Debug)]
pub struct Port {
    socket: TcpSocket,
    wanted: SocketAddr,
}

/// A port and a socket file, as far as the configuration names them.
#[derive(Debug)]
pub struct Places {
    pub(super) http: Option<Port>,
    pub(super) ipc: Option<(UnixListener, SocketFile)>,
}

/// A socket file, removed when this is dropped.
#[derive(Debug)]
pub(super) struct SocketFile(PathBuf);

impl Port {
    /// Takes a port; port 0 takes a free one.
    pub fn take(address: SocketAddr) -> Result<Self, ServerError> {
        let wrong = |error| ServerError::Http { address, error };
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.map_err(wrong)?;
        // A port on which connections of an earlier process are still being closed is free.
        socket.set_reuseaddr(true).map_err(wrong)?;
        socket.bind(address).map_err(wrong)?;
        Ok(Self { socket, wanted: address })
    }

    /// Begins to take connections, and gives the address at which. Needs a tokio runtime with I/O.
    pub fn listen(self) -> Result<(TcpListener, SocketAddr), ServerError> {
        let wrong = |error| ServerError::Http { address: self.wanted, error };
        let listener = self.socket.listen(WAITING_MAX).map_err(wrong)?;
        let address = listener.local_addr().map_err(wrong)?;
        Ok((listener, address))
    }
}

impl Places {
    /// Takes what the configuration names. Needs a tokio runtime with I/O.
    pub fn take(config: &Config) -> Result<Self, ServerError> {
        let http = config.http.map(Port::take).transpose()?;
        let ipc = config.ipc.as_deref().map(socket_file).transpose()?;
        Ok(Self { http, ipc })
    }
}

fn socket_file(path: &Path) -> Result<(UnixListener, SocketFile), ServerError> {
    let listener = ipc::bind(path).map_err(|error| ServerError::Ipc { path: path.to_owned(), error })?;
    Ok((listener, SocketFile(path.to_owned())))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
