//! From a body to its answer.
//!
//! Requests of a batch are carried out one after another, in order. What is cheap runs at once, where the body was
//! read; what is costly runs on the pool of threads, at most `costly_calls_max` together, with a [`Budget`] that ends
//! when the client goes. A batch's answers together stay below [`limits::RESPONSE_BYTES_MAX`].

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use primitives::map::HashMap;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::Semaphore;

use crate::{
    Backend, Config, Namespace, Namespaces, RpcError, Session,
    backend::Budget,
    context::{Call, Shared},
    error::INVALID_REQUEST,
    filters::FilterStore,
    limits,
    methods::{self, Method, Run},
    params::Params,
    request::{self, Body, Element, Request},
};

/// Answers bodies over one transport.
#[derive(Clone)]
pub struct Dispatcher {
    shared: Arc<Shared>,
    namespaces: Namespaces,
    methods: Arc<HashMap<&'static str, &'static Method>>,
}

impl std::fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dispatcher").field("namespaces", &self.namespaces).finish_non_exhaustive()
    }
}

impl Dispatcher {
    /// A dispatcher that offers some namespaces. What the backend lacks is not offered either.
    pub fn new(backend: Arc<dyn Backend>, config: &Config, namespaces: Namespaces) -> Self {
        let shared = Shared {
            backend,
            filters: FilterStore::new(config.identifier_seed),
            places: Arc::new(Semaphore::new(config.costly_calls_max.max(1))),
            dev: config.dev,
            observer: config.observer.clone(),
        };
        Self::over(Arc::new(shared), namespaces)
    }

    /// The same node with other namespaces: filters and the pool of threads are shared.
    #[must_use]
    pub fn offering(&self, namespaces: Namespaces) -> Self {
        Self::over(Arc::clone(&self.shared), namespaces)
    }

    fn over(shared: Arc<Shared>, namespaces: Namespaces) -> Self {
        let mut table = HashMap::default();
        for method in methods::all() {
            if methods::is_offered(method, &*shared.backend, namespaces, shared.dev) {
                for name in method.names {
                    table.insert(*name, method);
                }
            }
        }
        Self { shared, namespaces, methods: Arc::new(table) }
    }

    pub(crate) fn backend(&self) -> &Arc<dyn Backend> {
        &self.shared.backend
    }

    /// The session of a connection that can carry subscriptions.
    pub fn session(&self) -> Session {
        Session::new(Arc::clone(&self.shared.backend), self.shared.filters.identifiers())
    }

    /// The answer to a body, none if there was nothing but notifications.
    pub async fn handle(&self, body: Bytes, session: Option<&Session>) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(256);
        match request::parse(&body) {
            Err(error) => write_error(&mut out, None, &error),
            Ok(Body::Single(element)) => {
                if !self.element(element, session, &mut out).await {
                    return None;
                }
            }
            Ok(Body::Batch(elements)) => {
                out.push(b'[');
                for value in elements {
                    let start = out.len();
                    if start > 1 {
                        out.push(b',');
                    }
                    if !self.element(request::element(value), session, &mut out).await {
                        out.truncate(start);
                    }
                }
                if out.len() == 1 {
                    return None;
                }
                out.push(b']');
            }
        }
        Some(out)
    }

    /// Answers one request. False if there is no answer, for it was a notification.
    async fn element(&self, element: Element<'_>, session: Option<&Session>, out: &mut Vec<u8>) -> bool {
        let request = match element {
            Element::Request(request) => request,
            Element::Invalid(id, why) => {
                write_error(out, id, &RpcError::new(INVALID_REQUEST, why));
                return true;
            }
        };
        let start = out.len();
        write_head(out, request.id);
        out.extend_from_slice(b",\"result\":");
        let asked_at = self.shared.observer.as_ref().map(|_| Instant::now());
        let mut result = self.run(&request, session, out).await;
        if result.is_ok() && out.len() >= limits::RESPONSE_BYTES_MAX {
            result = Err(RpcError::limit("response too large"));
        }
        if let (Some(observer), Some(asked_at)) = (&self.shared.observer, asked_at) {
            let method = self.methods.get(&*request.method).map_or("unknown", |method| method.names[0]);
            observer.call(method, result.as_ref().err().map_or(0, |error| error.code), asked_at.elapsed());
        }
        match result {
            Ok(()) => out.push(b'}'),
            Err(error) => {
                out.truncate(start);
                write_error(out, request.id, &error);
            }
        }
        if request.id.is_none() {
            out.truncate(start);
        }
        request.id.is_some()
    }

    /// Carries a request out and appends its result.
    async fn run(&self, request: &Request<'_>, session: Option<&Session>, out: &mut Vec<u8>) -> Result<(), RpcError> {
        if out.len() >= limits::RESPONSE_BYTES_MAX {
            return Err(RpcError::limit("response too large"));
        }
        let method = *self.methods.get(&*request.method).ok_or_else(|| RpcError::method_not_found(&request.method))?;
        let call = Call { shared: &self.shared, namespaces: self.namespaces, budget: None };
        match method.run {
            Run::Now(handler) => carry_out(&call, (method, handler), request.params, out),
            Run::Read(handler) if !names_pending(request.params) => {
                carry_out(&call, (method, handler), request.params, out)
            }
            Run::Read(handler) | Run::Pool(handler) => {
                let result = self.on_pool((method, handler), request.params).await?;
                out.extend_from_slice(&result);
                Ok(())
            }
            Run::Submit => {
                let mut params = Params::new(request.params, method.arity)?;
                let receipt = methods::submit_and_wait(self.backend(), &mut params).await?;
                write(out, &receipt)
            }
            Run::Subscribe => {
                let session = session.ok_or_else(no_session)?;
                write(out, &session.subscribe(&mut Params::new(request.params, method.arity)?)?)
            }
            Run::Unsubscribe => {
                let session = session.ok_or_else(no_session)?;
                write(out, &session.unsubscribe(&mut Params::new(request.params, method.arity)?)?)
            }
        }
    }

    /// Runs a costly call on a thread that may block.
    async fn on_pool(
        &self,
        what: (&'static Method, methods::Handler),
        params: Option<&RawValue>,
    ) -> Result<Vec<u8>, RpcError> {
        let params = params.map(RawValue::to_owned);
        let place = Arc::clone(&self.shared.places).acquire_owned().await;
        let place = place.map_err(|_| RpcError::internal("shutting down"))?;
        let (budget, cancellation) = Budget::new(limits::CALL_GAS_MAX, limits::CALL_TIME_MAX);
        let (shared, namespaces) = (Arc::clone(&self.shared), self.namespaces);
        let work = tokio::task::spawn_blocking(move || {
            let call = Call { shared: &shared, namespaces, budget: Some(&budget) };
            let mut out = Vec::new();
            let result = carry_out(&call, what, params.as_deref(), &mut out);
            drop(place);
            result.map(|()| out)
        });
        let result = work.await.unwrap_or_else(|_| Err(RpcError::internal("internal error")));
        drop(cancellation);
        result
    }
}

/// Carries a request out, and again where it has lost its block to a reorganisation. What changes a development node is
/// carried out once.
fn carry_out(
    call: &Call<'_>,
    (method, handler): (&Method, methods::Handler),
    params: Option<&RawValue>,
    out: &mut Vec<u8>,
) -> Result<(), RpcError> {
    let start = out.len();
    let tries = if matches!(method.namespace, Namespace::Dev | Namespace::Admin) { 1 } else { limits::REORG_TRIES_MAX };
    let mut result = Ok(());
    for _ in 0..tries {
        let turns = call.backend().turns();
        out.truncate(start);
        result = handler(call, &mut Params::new(params, method.arity)?, out);
        let is_lost = matches!(&result, Err(error) if *error == RpcError::header_not_found());
        if !is_lost || call.backend().turns() == turns {
            break;
        }
        call.check()?;
    }
    result
}

/// Whether the arguments may name the pending block.
fn names_pending(params: Option<&RawValue>) -> bool {
    params.is_some_and(|params| params.get().contains("pending"))
}

fn no_session() -> RpcError {
    RpcError::new(-32601, "notifications not supported")
}

/// Appends a result.
pub(crate) fn write(out: &mut Vec<u8>, result: &impl Serialize) -> Result<(), RpcError> {
    serde_json::to_writer(out, result).map_err(|_| RpcError::internal("answer cannot be written"))
}

fn write_head(out: &mut Vec<u8>, id: Option<&RawValue>) {
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    out.extend_from_slice(id.map_or("null", RawValue::get).as_bytes());
}

fn write_error(out: &mut Vec<u8>, id: Option<&RawValue>, error: &RpcError) {
    let start = out.len();
    write_head(out, id);
    out.extend_from_slice(b",\"error\":");
    if write(out, error).is_err() {
        out.truncate(start);
        write_head(out, id);
        out.extend_from_slice(b",\"error\":{\"code\":-32603,\"message\":\"internal error\"");
        out.push(b'}');
    }
    out.push(b'}');
}
