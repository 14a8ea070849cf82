//! A node's JSON-RPC over HTTP: one call or a batch, with limits on time and size.

use crate::exit::Failure;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;
use ureq::Agent;

/// Bytes of one answer, at most. The trace of a full block has some tens of millions.
const ANSWER_BYTES_MAX: u64 = 1 << 30;

/// Calls in one batch; many providers take no more than a hundred.
const BATCH_LEN_MAX: usize = 100;

/// A node that answers.
pub(super) struct Node {
    agent: Agent,
    url: String,
}

/// One answer, or one of a batch.
type Answer = serde_json::Map<String, Value>;

impl Node {
    /// A node that is to answer each request within `timeout`. Nothing is sent yet.
    pub(super) fn new(url: &str, timeout: Duration) -> Result<Self, Failure> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Failure::Usage(format!("--rpc {url:?} is neither an http:// nor an https:// address")));
        }
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .timeout_connect(Some(timeout.min(Duration::from_secs(20))))
            .http_status_as_error(false)
            .build();
        Ok(Self { agent: config.into(), url: url.to_owned() })
    }

    /// Calls a method; an answer of `null` is an answer.
    pub(super) fn call(&self, method: &str, parameters: Value) -> Result<Value, Failure> {
        let request = json!({ "jsonrpc": "2.0", "id": 0, "method": method, "params": parameters });
        let answer: Answer = self.post(method, &request)?;
        result(method, answer)
    }

    /// Calls a method whose answer has a known form.
    pub(super) fn value<T: DeserializeOwned>(&self, method: &str, parameters: Value) -> Result<T, Failure> {
        typed(method, self.call(method, parameters)?)
    }

    /// Calls a method with each of the parameter lists; the answers come in the same order.
    pub(super) fn batch<T: DeserializeOwned>(&self, method: &str, queries: &[Value]) -> Result<Vec<T>, Failure> {
        let mut values = Vec::with_capacity(queries.len());
        for queries in queries.chunks(BATCH_LEN_MAX) {
            let request =
                |(id, query): (usize, &Value)| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": query });
            let requests: Vec<Value> = queries.iter().enumerate().map(request).collect();
            let mut answers: Vec<Answer> = self.post(method, &Value::from(requests))?;
            answers.sort_by_key(number);
            if !answers.iter().map(number).eq((0..queries.len() as u64).map(Some)) {
                return Err(foreign(&format!("{method}: a batch of {} is not answered one by one", queries.len())));
            }
            for answer in answers {
                values.push(typed(method, result(method, answer)?)?);
            }
        }
        Ok(values)
    }

    fn post<T: DeserializeOwned>(&self, method: &str, request: &Value) -> Result<T, Failure> {
        let body = request.to_string();
        let sent = self.agent.post(&self.url).header("content-type", "application/json").send(&body);
        let mut response = sent.map_err(|error| Failure::Machine(format!("{}: {method}: {error}", self.url)))?;
        let status = response.status();
        let text = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        if !status.is_success() {
            let text = text.unwrap_or_default();
            let start: String = text.trim().chars().take(200).collect();
            return Err(Failure::Machine(format!("{}: {method}: HTTP {status}: {start}", self.url)));
        }
        let text = text.map_err(|error| Failure::Machine(format!("{}: {method}: {error}", self.url)))?;
        serde_json::from_str(&text).map_err(|error| foreign(&format!("{method}: {error}")))
    }
}

/// A number as JSON-RPC writes it.
pub(super) fn hex(number: u64) -> String {
    format!("{number:#x}")
}

/// The node answered, but not what was asked.
pub(super) fn foreign(what: &str) -> Failure {
    Failure::Input(format!("the node's answer makes no sense: {what}"))
}

/// The number of the query that is answered.
fn number(answer: &Answer) -> Option<u64> {
    answer.get("id").and_then(Value::as_u64)
}

fn result(method: &str, mut answer: Answer) -> Result<Value, Failure> {
    if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
        let message = error.get("message").and_then(Value::as_str).map_or_else(|| error.to_string(), str::to_owned);
        return Err(Failure::Input(format!("the node refuses {method}: {message}")));
    }
    answer.remove("result").ok_or_else(|| foreign(&format!("{method}: neither a result nor an error")))
}

fn typed<T: DeserializeOwned>(method: &str, value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| foreign(&format!("{method}: {error}")))
}
