//! HTTP/1.1, and the doors to WebSocket and to the explorer.
//!
//! A body is answered with status 200 whatever the answer says; a body of notifications only, with 204. Other statuses
//! are about HTTP: 403 for a name or a site that is not ours, 405, 408 for a body that does not come, 413, 415.

use std::{convert::Infallible, sync::Arc};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::{Body, Incoming},
    header::{self, HeaderValue},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

use super::{
    Connection,
    deadline::{Busy, Deadline},
    explorer,
    guard::Origin,
    gzip, pause_after_failure, websocket,
};
use crate::limits::{BODY_BYTES_MAX, BODY_TIME_MAX, SHUTDOWN_TIME_MAX};

/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;

pub(super) type Answer = Response<Full<Bytes>>;

/// Accepts until the server stops.
pub(super) async fn accept(listener: TcpListener, connection: Connection, places: Arc<Semaphore>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = connection.stopped() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                if let Some(connection) = connection.admit(&places) {
                    tokio::spawn(serve(stream, connection));
                }
            }
            Err(_) => pause_after_failure().await,
        }
    }
}

/// Serves one connection to its end.
async fn serve(stream: TcpStream, connection: Connection) {
    // Answers are written whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let busy = Busy::default();
    let stream = TokioIo::new(Deadline::new(stream, busy.clone()));
    // One count for each request, not one for each part of the connection.
    let connection = Arc::new(connection);
    let stopped = Arc::clone(&connection);
    let service = service_fn(move |request| {
        let (connection, busy) = (Arc::clone(&connection), busy.clone());
        async move {
            busy.set(true);
            let answer = answer(request, connection).await;
            busy.set(answer.status() == StatusCode::SWITCHING_PROTOCOLS);
            Ok::<_, Infallible>(answer)
        }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX.max(64 * 1024)).header_read_timeout(None);
    let served = builder.serve_connection(stream, service).with_upgrades();
    tokio::pin!(served);
    // What ends a connection early is the client's affair.
    tokio::select! {
        _ = served.as_mut() => {}
        () = stopped.stopped() => {
            served.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(SHUTDOWN_TIME_MAX, served).await;
        }
    }
}

async fn answer(request: Request<Incoming>, connection: Arc<Connection>) -> Answer {
    if !connection.guard.allows_host(request.headers()) {
        return plain(StatusCode::FORBIDDEN, "invalid host specified");
    }
    let origin = connection.guard.origin(request.headers());
    if origin == Origin::Refused {
        return plain(StatusCode::FORBIDDEN, "origin not allowed");
    }
    let mut answer = match *request.method() {
        Method::POST => post(request, &connection).await,
        Method::OPTIONS => preflight(),
        Method::GET if websocket::is_upgrade(request.headers()) => websocket::upgrade(request, (*connection).clone()),
        Method::GET => explorer::answer(request.uri().path(), request.headers()).unwrap_or_else(not_allowed),
        _ => not_allowed(),
    };
    if let Origin::Allowed(origin) = origin {
        answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        answer.headers_mut().insert(header::VARY, HeaderValue::from_static("Origin"));
    }
    answer
}

fn not_allowed() -> Answer {
    let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    answer
}

async fn post(request: Request<Incoming>, connection: &Connection) -> Answer {
    let (head, body) = request.into_parts();
    if !is_json(&head.headers) {
        return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid content type, only application/json is supported");
    }
    let body = match read(body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let Some(answer) = connection.dispatcher.handle(body, None).await else {
        return empty(StatusCode::NO_CONTENT);
    };
    let packed = if gzip::is_wanted(&head.headers) { gzip::pack(&answer) } else { None };
    let is_packed = packed.is_some();
    let mut answer = Response::new(Full::new(Bytes::from(packed.unwrap_or(answer))));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if is_packed {
        answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

/// A form or plain text, which a page can send without asking first, is refused; so is a compressed body. No type at
/// all is what the simplest programs send.
fn is_json(headers: &HeaderMap) -> bool {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return false;
    }
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return !headers.contains_key(header::ORIGIN) };
    let kind = kind.to_str().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ["application/json", "application/json-rpc", "application/jsonrequest"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known))
}

/// The whole body, or the answer that refuses it.
async fn read(body: Incoming) -> Result<Bytes, Answer> {
    let too_large = || last(plain(StatusCode::PAYLOAD_TOO_LARGE, "content length too large"));
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIME_MAX, collect(body)).await {
        Ok(Ok(Some(body))) => Ok(body),
        Ok(Ok(None)) => Err(too_large()),
        Ok(Err(_)) => Err(last(plain(StatusCode::BAD_REQUEST, "body cannot be read"))),
        Err(_) => Err(last(plain(StatusCode::REQUEST_TIMEOUT, "body did not come in time"))),
    }
}

/// Puts the parts of a body together, without a copy if there is only one. `None` if there are too many bytes.
async fn collect(mut body: Incoming) -> hyper::Result<Option<Bytes>> {
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if first.len() + all.len() + data.len() > BODY_BYTES_MAX {
            return Ok(None);
        }
        if first.is_empty() && all.is_empty() {
            first = data;
            continue;
        }
        if all.is_empty() {
            all.extend_from_slice(&std::mem::take(&mut first));
        }
        all.extend_from_slice(&data);
    }
    Ok(Some(if all.is_empty() { first } else { all.freeze() }))
}

/// The answer to a browser that asks before it sends.
fn preflight() -> Answer {
    let mut answer = empty(StatusCode::NO_CONTENT);
    let headers = answer.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    answer
}

/// The connection ends after this answer, for what the client still sends is not read.
fn last(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

pub(super) fn plain(status: StatusCode, text: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}
