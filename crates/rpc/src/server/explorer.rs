//! The explorer: the files of `explorer/src`, embedded, for browsers.
//!
//! They know nothing but this server: the content security policy lets them load and ask nothing else.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Response,
    header::{self, HeaderName, HeaderValue},
};

use super::{gzip, http::Answer};

/// A file: its path on the server, its type, its content.
type File = (&'static str, &'static str, &'static str);

macro_rules! files {
    ($($kind:literal: $($name:literal)*;)*) => {
        &[$($((
            concat!("/explorer/", $name),
            $kind,
            include_str!(concat!("../../../../explorer/src/", $name)),
        ),)*)*]
    };
}

const FILES: &[File] = files! {
    "text/html; charset=utf-8": "index.html";
    "text/css; charset=utf-8": "style.css";
    "image/svg+xml": "icon.svg";
    "text/javascript; charset=utf-8":
        "abi.js" "chart.js" "dom.js" "format.js" "lanes.js" "main.js" "names.js" "picture.js" "rpc.js" "schedule.js"
        "search.js" "theme.js" "pages/account.js" "pages/block.js" "pages/contract.js" "pages/hot-keys.js"
        "pages/overview.js" "pages/pool.js" "pages/transaction.js";
};

/// What a page of ours may do: its own scripts, styles and pictures, and questions to this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The file of a path; for a browser, the page at the root. `None` if there is none.
pub(super) fn answer(path: &str, headers: &HeaderMap) -> Option<Answer> {
    let (_, kind, content) = match path {
        // Programs that merely look whether somebody listens are told what they always were.
        "/" if accepts_html(headers) => FILES.first()?,
        _ => FILES.iter().find(|(name, ..)| *name == path)?,
    };
    let packed = if gzip::is_wanted(headers) { gzip::pack(content.as_bytes()) } else { None };
    let is_packed = packed.is_some();
    let body = packed.map_or_else(|| Bytes::from_static(content.as_bytes()), Bytes::from);
    let mut answer = Response::new(Full::new(body));
    let mut set = |name: HeaderName, value| answer.headers_mut().insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, kind);
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    // A newer node on the same port brings newer files.
    set(header::CACHE_CONTROL, "no-cache");
    set(header::VARY, "Accept, Accept-Encoding");
    if is_packed {
        set(header::CONTENT_ENCODING, "gzip");
    }
    Some(answer)
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    fn browser() -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8".parse().unwrap())])
    }

    #[test]
    fn a_browser_gets_the_page_and_a_program_does_not() {
        let page = answer("/", &browser()).expect("the page");
        assert_eq!(page.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert!(page.headers().contains_key(header::CONTENT_SECURITY_POLICY));
        assert!(answer("/", &HeaderMap::new()).is_none());
        assert!(answer("/explorer/main.js", &HeaderMap::new()).is_some());
        for path in ["/explorer/", "/explorer/../Cargo.toml", "/main.js", "/explorer/nothing.js"] {
            assert!(answer(path, &browser()).is_none(), "{path}");
        }
    }

    #[test]
    fn every_file_of_the_folder_is_served_and_together_they_are_light() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../explorer/src");
        let mut found = BTreeSet::new();
        for place in [folder.clone(), folder.join("pages")] {
            for entry in fs::read_dir(&place).expect("the folder") {
                let path = entry.expect("an entry").path();
                if path.is_file() {
                    let name = path.strip_prefix(&folder).expect("inside").to_str().expect("text").to_owned();
                    found.insert(format!("/explorer/{name}"));
                }
            }
        }
        assert_eq!(FILES.iter().map(|(name, ..)| (*name).to_owned()).collect::<BTreeSet<_>>(), found);
        let bytes: usize = FILES.iter().map(|(.., content)| content.len()).sum();
        assert!(bytes <= 300_000, "{bytes} bytes");
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for (name, _, content) in FILES {
            let outside = content.replace("http://www.w3.org/2000/svg", "");
            assert!(!outside.contains("http://") && !outside.contains("https://"), "{name}");
        }
    }
}
