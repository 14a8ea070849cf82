//! Where two answers differ.

use serde_json::Value;
use std::collections::BTreeSet;

/// The places where an answer is not the expected one, each with both values. Errors agree if code and data do: their
/// texts are every client's own.
pub(crate) fn differences(expected: &Value, found: &Value) -> Vec<String> {
    let (mut expected, mut found) = (expected.clone(), found.clone());
    if expected.get("error").is_some() && found.get("error").is_some() {
        for answer in [&mut expected, &mut found] {
            answer["error"].as_object_mut().expect("an error").remove("message");
        }
    }
    let mut places = Vec::new();
    compare("", &expected, &found, &mut places);
    places
}

fn compare(place: &str, expected: &Value, found: &Value, places: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(left), Value::Object(right)) => {
            let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for key in keys {
                match (left.get(key), right.get(key)) {
                    (Some(left), Some(right)) => compare(&format!("{place}/{key}"), left, right, places),
                    (Some(left), None) => places.push(format!("{place}/{key}: nothing instead of {left:.200}")),
                    (None, right) => {
                        places.push(format!("{place}/{key}: {:.200} is too much", right.unwrap_or(&Value::Null)))
                    }
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (at, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{place}/{at}"), left, right, places);
            }
        }
        _ if expected == found => {}
        _ => places.push(format!("{place}: {found:.200} instead of {expected:.200}")),
    }
}
