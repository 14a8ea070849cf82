//! Who may talk to the server: the checks that browsers make necessary.
//!
//! A page of any site can make a browser send requests to `127.0.0.1`. Two headers that pages cannot forge tell them
//! apart: `Host` is the name by which the page reached us, so a site that points its own name at this machine (DNS
//! rebinding) is seen; `Origin` is the page's own site, which must be ours or one that was allowed. Programs send no
//! `Origin` and are not affected.

use std::net::IpAddr;

use hyper::{
    HeaderMap,
    header::{self, HeaderValue},
};

use crate::Config;

/// The allowed names and sites.
#[derive(Debug)]
pub(super) struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
}

/// What a request's origin means for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// No page asked.
    None,
    /// A page asked that may read the answer.
    Allowed(HeaderValue),
    /// A page asked that may not.
    Refused,
}

impl Guard {
    pub(super) fn new(config: &Config) -> Self {
        let lower = |names: &[String]| names.iter().map(|name| name.to_ascii_lowercase()).collect();
        Self { hosts: lower(&config.hosts), origins: lower(&config.origins) }
    }

    /// Whether the name is one of ours. HTTP/1.0 clients may send none.
    pub(super) fn allows_host(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(header::HOST) else { return true };
        let Ok(host) = host.to_str() else { return false };
        let name = host_name(host);
        name.parse::<IpAddr>().is_ok()
            || name.eq_ignore_ascii_case("localhost")
            || self.hosts.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(name))
    }

    /// What the page's site means. The server's own pages may always talk to it.
    pub(super) fn origin(&self, headers: &HeaderMap) -> Origin {
        let Some(value) = headers.get(header::ORIGIN) else { return Origin::None };
        let Ok(origin) = value.to_str() else { return Origin::Refused };
        let origin = origin.to_ascii_lowercase();
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_ascii_lowercase);
        let own = origin.split_once("://").is_some_and(|(_, site)| host.as_deref() == Some(site));
        if own || self.origins.iter().any(|allowed| allowed == "*" || *allowed == origin) {
            Origin::Allowed(value.clone())
        } else {
            Origin::Refused
        }
    }
}

/// The name without the port and without the brackets of IPv6.
fn host_name(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(name, _)| name);
    }
    match host.split_once(':') {
        Some((name, port)) if !port.contains(':') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: Option<&str>, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [(header::HOST, host), (header::ORIGIN, origin)] {
            if let Some(value) = value {
                headers.insert(name, value.parse().unwrap());
            }
        }
        headers
    }

    #[test]
    fn only_our_names_are_hosts() {
        let guard = |hosts: &[&str]| {
            let hosts = hosts.iter().map(|&host| host.to_owned()).collect();
            Guard::new(&Config { hosts, ..Config::default() })
        };
        let check = |hosts: &[&str], host, expected| {
            assert_eq!(guard(hosts).allows_host(&headers(host, None)), expected, "{host:?} with {hosts:?}");
        };
        for host in ["localhost", "LOCALHOST:8545", "127.0.0.1", "127.0.0.1:8545", "[::1]:8545", "::1", "10.0.0.7:1"] {
            check(&[], Some(host), true);
        }
        for host in ["evil.example", "evil.example:8545", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
            check(&[], Some(host), false);
        }
        check(&[], None, true);
        check(&["Node.Example"], Some("node.example:80"), true);
        check(&["node.example"], Some("other.example"), false);
        check(&["*"], Some("evil.example"), true);
    }

    #[test]
    fn only_our_pages_and_allowed_ones_are_origins() {
        let check = |origins: &[&str], origin, expected| {
            let origins = origins.iter().map(|&origin| origin.to_owned()).collect();
            let guard = Guard::new(&Config { origins, ..Config::default() });
            let headers = headers(Some("127.0.0.1:8545"), origin);
            let allowed = match guard.origin(&headers) {
                Origin::None => None,
                Origin::Allowed(_) => Some(true),
                Origin::Refused => Some(false),
            };
            assert_eq!(allowed, expected, "{origin:?} with {origins:?}", origins = guard.origins);
        };
        check(&[], None, None);
        check(&[], Some("http://127.0.0.1:8545"), Some(true));
        check(&[], Some("http://127.0.0.1:80"), Some(false));
        check(&[], Some("https://evil.example"), Some(false));
        check(&[], Some("null"), Some(false));
        check(&["https://app.example"], Some("https://APP.example"), Some(true));
        check(&["https://app.example"], Some("https://app.example.evil"), Some(false));
        check(&["*"], Some("https://evil.example"), Some(true));
    }
}
