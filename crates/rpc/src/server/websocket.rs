//! WebSocket (RFC 6455): one message, one body.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::Full;
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderValue},
    upgrade::{OnUpgrade, Upgraded},
};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message,
        handshake::derive_accept_key,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

use super::{
    Connection,
    http::plain,
    peer::{self, End, Peer, Received},
};
use crate::limits::{BODY_BYTES_MAX, SEND_TIME_MAX};

/// Time in which a client has to confirm the end.
const CLOSE_TIME_MAX: Duration = Duration::from_secs(1);

/// Whether a request asks for a WebSocket.
pub(super) fn is_upgrade(headers: &HeaderMap) -> bool {
    let has = |name, token: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
    };
    has(header::CONNECTION, "upgrade") && has(header::UPGRADE, "websocket")
}

/// Answers the handshake; the connection goes on as a WebSocket.
pub(super) fn upgrade(mut request: Request<Incoming>, connection: Connection) -> Response<Full<Bytes>> {
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY).map(|key| derive_accept_key(key.as_bytes()));
    let version = request.headers().get(header::SEC_WEBSOCKET_VERSION);
    let (Some(key), true) = (key, version.is_some_and(|version| version == "13")) else {
        let mut answer = plain(StatusCode::BAD_REQUEST, "not a WebSocket handshake");
        answer.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return answer;
    };
    let Ok(accept) = HeaderValue::from_str(&key) else {
        return plain(StatusCode::BAD_REQUEST, "not a WebSocket handshake");
    };
    tokio::spawn(run(hyper::upgrade::on(&mut request), connection));
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    answer
}

async fn run(upgrade: OnUpgrade, connection: Connection) {
    let Ok(stream) = upgrade.await else { return };
    let config = WebSocketConfig::default()
        .max_message_size(Some(BODY_BYTES_MAX))
        .max_frame_size(Some(BODY_BYTES_MAX))
        .write_buffer_size(0)
        .read_buffer_size(16 * 1024);
    let stream = WebSocketStream::from_raw_socket(TokioIo::new(stream), Role::Server, Some(config)).await;
    peer::serve(Socket(stream), &connection).await;
}

struct Socket(WebSocketStream<TokioIo<Upgraded>>);

impl Peer for Socket {
    async fn receive(&mut self) -> Received {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Received::Body(text.into()),
            Some(Ok(Message::Binary(bytes))) => Received::Body(bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Received::Alive,
            Some(Err(tungstenite::Error::Capacity(_))) => Received::TooLarge,
            Some(Ok(Message::Close(_)) | Err(_)) | None => Received::Gone,
        }
    }

    async fn ping(&mut self) -> Result<bool, ()> {
        let sent = tokio::time::timeout(SEND_TIME_MAX, self.0.send(Message::Ping(Bytes::new()))).await;
        sent.map_err(drop)?.map_err(drop)?;
        Ok(true)
    }

    async fn send(&mut self, message: Vec<u8>) -> Result<(), ()> {
        // Answers are made of the request's own text and of what we wrote; both are UTF-8.
        let text = String::from_utf8(message).map_err(drop)?;
        let sent = tokio::time::timeout(SEND_TIME_MAX, self.0.send(Message::text(text))).await;
        sent.map_err(drop)?.map_err(drop)
    }

    async fn end(mut self, end: End) {
        let (code, reason) = match end {
            End::Gone => return,
            End::TooLarge => (CloseCode::Size, "message too large"),
            End::TooSlow => (CloseCode::Policy, "subscriber too slow: events were lost"),
            End::Stop => (CloseCode::Away, "server stops"),
        };
        let frame = CloseFrame { code, reason: reason.into() };
        let closed = async {
            let _ = self.0.close(Some(frame)).await;
            while let Some(Ok(_)) = self.0.next().await {}
        };
        let _ = tokio::time::timeout(CLOSE_TIME_MAX, closed).await;
    }
}
