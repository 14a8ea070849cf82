//! `/metrics`, `/livez`, `/readyz` over HTTP/1.1.

use crate::{Health, Metrics};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderValue},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use rpc::{Port, ServerError};
use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
};

/// Clients at a time. Others are closed at once.
const CONNECTIONS_MAX: usize = 16;
/// Time for a request's head.
const HEAD_TIME_MAX: Duration = Duration::from_secs(5);
/// Time for a whole connection.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(60);

/// Prometheus' text form; the newer one of `OpenMetrics`.
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A listening endpoint; ends when it is dropped.
#[derive(Debug)]
pub struct Endpoint {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Endpoint {
    /// Starts to listen on a port that was taken before. Needs a tokio runtime with I/O and time.
    pub fn start(port: Port, metrics: Arc<Metrics>, health: Health) -> Result<Self, ServerError> {
        let (listener, address) = port.listen()?;
        Ok(Self { address, task: tokio::spawn(accept(listener, metrics, health)) })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, metrics: Arc<Metrics>, health: Health) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
                    tokio::spawn(serve(stream, Arc::clone(&metrics), health.clone(), place));
                }
            }
            // Too many open files, say, which pass.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn serve(stream: TcpStream, metrics: Arc<Metrics>, health: Health, _place: OwnedSemaphorePermit) {
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = answer(&request, &metrics, &health);
        async move { Ok::<_, Infallible>(answer) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX);
    let served = builder.serve_connection(TokioIo::new(stream), service);
    // What ends a connection early is the client's affair.
    let _ = tokio::time::timeout(CONNECTION_TIME_MAX, served).await;
}

fn answer(request: &Request<Incoming>, metrics: &Metrics, health: &Health) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return of(StatusCode::METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", "method not allowed\n".to_owned());
    }
    match request.uri().path() {
        "/metrics" => of(StatusCode::OK, METRICS_TYPE, metrics.text(health)),
        "/livez" => of(StatusCode::OK, "application/json", "{\"live\":true}\n".to_owned()),
        "/readyz" => {
            let document = health.document();
            let is_ready = document["ready"] == true;
            let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            of(status, "application/json", format!("{document}\n"))
        }
        _ => of(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "/metrics, /livez, /readyz\n".to_owned()),
    }
}

fn of(status: StatusCode, kind: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(text)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}
