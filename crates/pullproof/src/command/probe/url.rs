//! Where a request goes: a scheme, a host with its port, and what is behind them.

use hyper::Uri;
use std::fmt;

/// How a host is talked to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scheme {
    Https,
    Http,
}

/// A host and how it is talked to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Target {
    pub(crate) scheme: Scheme,
    /// The host, with its port where one is written.
    pub(crate) authority: String,
}

/// An address that can be asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Url {
    pub(crate) target: Target,
    /// From the first slash, with the query.
    pub(crate) path: String,
}

impl Target {
    /// The host without port, and the port.
    pub(crate) fn host_and_port(&self) -> Option<(&str, u16)> {
        let authority = self.authority.as_str();
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of an IPv6 address stand in brackets.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let port = match (port, self.scheme) {
            (Some(port), _) => port.parse().ok()?,
            (None, Scheme::Https) => 443,
            (None, Scheme::Http) => 80,
        };
        let is_bracketed = |host: &&str| host.starts_with('[') && host.ends_with(']');
        let inner = Some(host).filter(is_bracketed);
        Some((inner.map_or(host, |host| &host[1..host.len() - 1]), port))
    }
}

impl Target {
    /// Every name that an entry for the host could have: with the port and, for the usual one,
    /// without; in small letters, and without the dot that ends a name for good.
    pub(crate) fn names(&self) -> Vec<String> {
        let Some((host, port)) = self.host_and_port() else {
            return vec![self.authority.clone()];
        };
        let host = host.to_ascii_lowercase();
        let host = match host.contains(':') {
            true => format!("[{host}]"),
            false => host.trim_end_matches('.').to_owned(),
        };
        let usual = match self.scheme {
            Scheme::Https => 443,
            Scheme::Http => 80,
        };
        let with_port = format!("{host}:{port}");
        match port == usual {
            true => vec![with_port, host],
            false => vec![with_port],
        }
    }
}

impl Url {
    /// Reads an absolute address; `None` for one that is not, is for another scheme or names a
    /// user.
    pub(crate) fn parse(text: &str) -> Option<Url> {
        let text = text.split('#').next().unwrap_or_default();
        let uri: Uri = text.parse().ok()?;
        let scheme = match uri.scheme_str()? {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return None,
        };
        let authority = uri.authority()?.as_str();
        if authority.contains('@') {
            return None;
        }
        Some(Url {
            target: Target {
                scheme,
                authority: authority.to_owned(),
            },
            path: uri.path_and_query()?.as_str().to_owned(),
        })
    }

    /// What `Location` means in the answer to this address.
    pub(crate) fn join(&self, location: &str) -> Option<Url> {
        let Url { target, path } = self;
        let scheme = match target.scheme {
            Scheme::Https => "https",
            Scheme::Http => "http",
        };
        if location.starts_with("//") {
            return Url::parse(&format!("{scheme}:{location}"));
        }
        if location.contains("://") && !location.starts_with(['/', '?']) {
            return Url::parse(location);
        }
        let authority = &target.authority;
        let path = path.split('?').next().unwrap_or_default();
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        Url::parse(&match location.as_bytes().first() {
            Some(b'/') => format!("{scheme}://{authority}{location}"),
            Some(b'?') => format!("{scheme}://{authority}{path}{location}"),
            _ => format!("{scheme}://{authority}{directory}/{location}"),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority)
    }
}

/// Text as a value of a query.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        for (authority, expected) in [
            ("m.lab", Some(("m.lab", 443))),
            ("m.lab:5000", Some(("m.lab", 5000))),
            ("[::1]", Some(("::1", 443))),
            ("[::1]:5000", Some(("::1", 5000))),
            ("m.lab:65536", None),
            ("m.lab:", None),
        ] {
            let target = Target {
                scheme: Scheme::Https,
                authority: authority.to_owned(),
            };
            assert_eq!(target.host_and_port(), expected, "{authority}");
        }
        let target = Url::parse("http://m.lab/").unwrap().target;
        assert_eq!(target.host_and_port(), Some(("m.lab", 80)));
    }

    #[test]
    fn a_host_is_known_however_it_is_written() {
        let https = &["q.io:443", "q.io"][..];
        for (url, expected) in [
            ("https://q.io/", https),
            ("https://Q.IO/", https),
            ("https://q.io./", https),
            ("https://q.io:443/", https),
            ("http://q.io/", &["q.io:80", "q.io"]),
            ("http://q.io:443/", &["q.io:443"]),
            ("https://q.io.:5000/", &["q.io:5000"]),
            ("https://[::1]/", &["[::1]:443", "[::1]"]),
        ] {
            assert_eq!(Url::parse(url).unwrap().target.names(), expected, "{url}");
        }
    }

    #[test]
    fn redirects_are_followed_as_they_are_meant() {
        let from = Url::parse("https://m.lab:5000/v2/app/blobs/x?a=b").unwrap();
        for (location, expected) in [
            ("https://cdn.lab/x?y=z#w", Some("https cdn.lab /x?y=z")),
            ("http://cdn.lab", Some("http cdn.lab /")),
            ("//cdn.lab/x", Some("https cdn.lab /x")),
            ("/x?u=https://y", Some("https m.lab:5000 /x?u=https://y")),
            ("y", Some("https m.lab:5000 /v2/app/blobs/y")),
            ("?c=d", Some("https m.lab:5000 /v2/app/blobs/x?c=d")),
            ("https://user:word@cdn.lab/x", None),
            ("ftp://cdn.lab/x", None),
            ("https:///x", None),
            ("https://cdn.lab/a b", None),
        ] {
            let found = from.join(location).map(|url| {
                let scheme = match url.target.scheme {
                    Scheme::Https => "https",
                    Scheme::Http => "http",
                };
                format!("{scheme} {} {}", url.target, url.path)
            });
            assert_eq!(found.as_deref(), expected, "{location}");
        }
    }

    #[test]
    fn values_of_queries_are_encoded() {
        assert_eq!(encoded("a-b_1.~"), "a-b_1.~");
        assert_eq!(encoded("a b&c=ä:/"), "a%20b%26c%3D%C3%A4%3A%2F");
    }
}
