//! Compression of long answers, for clients that ask for it. Requests must come uncompressed: no bomb is unpacked.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use hyper::{HeaderMap, header};

use crate::limits::GZIP_BYTES_MIN;

/// Whether the client takes gzip.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let Some(accepted) = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    accepted.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

/// The answer, packed if that is worth it. `None`: send it as it is.
pub(super) fn pack(answer: &[u8]) -> Option<Vec<u8>> {
    if answer.len() < GZIP_BYTES_MIN {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(answer.len() / 4), Compression::fast());
    encoder.write_all(answer).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_understood() {
        let check = |value: &str, expected| {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, value.parse().unwrap())]);
            assert_eq!(is_wanted(&headers), expected, "{value}");
        };
        check("gzip", true);
        check("deflate, GZIP;q=0.5, br", true);
        check("gzip;q=0", false);
        check("br", false);
        check("x-gzip-like", false);
        assert!(!is_wanted(&HeaderMap::new()));
    }
}
