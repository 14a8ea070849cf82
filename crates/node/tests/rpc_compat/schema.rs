//! The description of the methods, and what it says of a result.

use crate::archive::data;
use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeMap;

/// Which results each method may have.
pub(crate) struct Description(BTreeMap<String, Validator>);

impl Description {
    /// The description of the data folder, if it is there.
    pub(crate) fn open() -> Option<Self> {
        let description: Value = serde_json::from_slice(&data("rpc/openrpc.json.zst")?).expect("JSON");
        let methods = description["methods"].as_array().expect("methods").iter();
        let methods = methods.filter(|method| !name(method).starts_with("engine_"));
        let validator = |method: &Value| jsonschema::validator_for(&method["result"]["schema"]).expect("a schema");
        Some(Self(methods.map(|method| (name(method).to_owned(), validator(method))).collect()))
    }

    /// What is wrong with the form of a result, nothing if all is right.
    pub(crate) fn complaints(&self, method: &str, result: &Value) -> Vec<String> {
        let Some(validator) = self.0.get(method) else { return vec![format!("{method} is not described")] };
        validator.iter_errors(result).map(|error| format!("{}: {error:.200}", error.instance_path())).collect()
    }
}

fn name(method: &Value) -> &str {
    method["name"].as_str().expect("a name")
}
