//! The socket file: JSON values one after another, each a body; answers end with a line feed.
//!
//! Only the file's owner may connect: the file is made inside a folder nobody else may enter, given permission bits
//! 0600, and only then moved to its place.

use std::{
    io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::Path,
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    sync::Semaphore,
};

use super::{
    Connection, pause_after_failure,
    peer::{self, End, Peer, Received},
};
use crate::limits::{BODY_BYTES_MAX, SEND_TIME_MAX};

/// Makes the socket file. One that nobody listens on is replaced; anything else in its place is an error.
pub(super) fn bind(path: &Path) -> io::Result<UnixListener> {
    if let Ok(there) = std::fs::symlink_metadata(path) {
        if !there.file_type().is_socket() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file that is no socket"));
        }
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens there"));
        }
        std::fs::remove_file(path)?;
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let private = parent.join(format!(".ipc-{}", std::process::id()));
    std::fs::create_dir(&private)?;
    let listener = (|| {
        std::fs::set_permissions(&private, PermissionsExt::from_mode(0o700))?;
        let made = private.join("s");
        let listener = UnixListener::bind(&made)?;
        std::fs::set_permissions(&made, PermissionsExt::from_mode(0o600))?;
        std::fs::rename(&made, path)?;
        Ok(listener)
    })();
    let _ = std::fs::remove_dir_all(&private);
    listener
}

/// Accepts until the server stops.
pub(super) async fn accept(listener: UnixListener, connection: Connection, places: Arc<Semaphore>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = connection.stopped() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                if let Some(connection) = connection.admit(&places) {
                    tokio::spawn(async move {
                        let socket = Socket { stream, received: BytesMut::new(), scan: Scan::default() };
                        peer::serve(socket, &connection).await;
                    });
                }
            }
            Err(_) => pause_after_failure().await,
        }
    }
}

struct Socket {
    stream: UnixStream,
    received: BytesMut,
    scan: Scan,
}

/// Finds the ends of values in a stream of JSON, each byte looked at once.
#[derive(Debug, Default)]
struct Scan {
    at: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Scan {
    /// The length of the first value in the bytes, white space before it included, if it has ended. A value that is no
    /// array and no object ends with its line.
    fn value(&mut self, bytes: &[u8]) -> Option<usize> {
        while let Some(&byte) = bytes.get(self.at) {
            self.at += 1;
            let ended = if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                false
            } else {
                match byte {
                    b'"' => self.in_string = true,
                    b'[' | b'{' => self.depth += 1,
                    b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
                matches!(byte, b']' | b'}') && self.depth == 0
            };
            let line = byte == b'\n' && self.depth == 0 && !bytes[..self.at].trim_ascii().is_empty();
            if ended || line {
                let length = self.at;
                *self = Self::default();
                return Some(length);
            }
        }
        None
    }
}

impl Peer for Socket {
    async fn receive(&mut self) -> Received {
        loop {
            if let Some(length) = self.scan.value(&self.received) {
                if length > BODY_BYTES_MAX {
                    return Received::TooLarge;
                }
                return Received::Body(Bytes::from(self.received.split_to(length)));
            }
            if self.received.len() > BODY_BYTES_MAX {
                return Received::TooLarge;
            }
            self.received.reserve(16 * 1024);
            match self.stream.read_buf(&mut self.received).await {
                Ok(0) | Err(_) => return Received::Gone,
                Ok(_) => {}
            }
        }
    }

    async fn send(&mut self, mut message: Vec<u8>) -> Result<(), ()> {
        message.push(b'\n');
        let sent = tokio::time::timeout(SEND_TIME_MAX, self.stream.write_all(&message)).await;
        sent.map_err(drop)?.map_err(drop)
    }

    /// A process of this machine that has gone is seen to have gone.
    async fn ping(&mut self) -> Result<bool, ()> {
        Ok(false)
    }

    async fn end(mut self, end: End) {
        if end == End::TooLarge {
            let refusal = br#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"message too large"}}"#;
            let _ = self.send(refusal.to_vec()).await;
        }
        let _ = self.stream.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_however_they_arrive() {
        let stream = br#" {"a":"}\"{"}[1,{"b":[]}] 12
"x" {}"#;
        let expected: [&[u8]; 5] = [br#" {"a":"}\"{"}"#, br#"[1,{"b":[]}]"#, b" 12\n", br#""x" {}"#, b""];
        for step in 1..=stream.len() {
            let (mut scan, mut received, mut values) = (Scan::default(), Vec::new(), Vec::new());
            for part in stream.chunks(step) {
                received.extend_from_slice(part);
                while let Some(length) = scan.value(&received) {
                    values.push(received.drain(..length).collect::<Vec<u8>>());
                }
            }
            assert_eq!(values, expected[..4], "in steps of {step}");
        }
    }
}
