//! The normal form of an address: what needs no percent sign has none, so that `/note/%31` is `/note/1`.
//!
//! Called by [`super::visit`] before a request is routed. Source: RFC 3986, sections 2.3 and 6.2.2.2.

use axum::http::Uri;

/// Returns an address in its normal form; `None` when it is in it already. A proxy that shows the page `under` a path may
/// leave that path in the address.
pub fn normal(uri: &Uri, under: &str) -> Option<Uri> {
    let path = uri.path();
    let mut plain = decoded(path);
    if let Some(rest) = plain.strip_prefix(under).filter(|rest| rest.starts_with('/')) {
        plain = rest.to_owned();
    }
    if plain == path {
        return None;
    }
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{plain}{query}").parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// Writes letters, digits and `-._~` as themselves; all else stays as it is, above all `%2F`, which divides nothing.
fn decoded(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let code = after.get(..2).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|byte| is_unreserved(*byte));
        if let Some(byte) = byte {
            plain.push(char::from(byte));
            rest = &after[2..];
        } else {
            plain.push('%');
            rest = after;
        }
    }
    plain + rest
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, expected: &str) {
        check_under("", given, expected);
    }

    #[track_caller]
    fn check_under(path: &str, given: &str, expected: &str) {
        let uri: Uri = given.parse().expect("an address");
        let normal = normal(&uri, path).unwrap_or(uri);
        assert_eq!(normal.to_string(), expected);
    }

    #[test]
    fn the_path_of_a_proxy_is_left_out_once() {
        check_under("/baton", "/baton/note/1?trace=x", "/note/1?trace=x");
        check_under("/baton", "/b%61ton/", "/");
        check_under("/baton", "/baton/baton/note", "/baton/note");
        for path in ["/baton", "/batons/note", "/note", "/", "*"] {
            check_under("/baton", path, path);
        }
    }

    #[test]
    fn what_needs_no_percent_sign_has_none() {
        check("/note/%31", "/note/1");
        check("/%6E%6fte/1?trace=%31", "/note/1?trace=%31");
        check("http://localhost:9988/%6eote", "http://localhost:9988/note");
        check("/%7Ea%2d%2E%5f", "/~a-._");
    }

    #[test]
    fn what_means_something_else_stays() {
        for path in ["/note%2F1", "/note/%2531", "/note/%", "/note/%3", "/note/%zz", "/%EA%B0%80", "/%00", "*", "/%+1"]
        {
            check(path, path);
        }
    }
}
