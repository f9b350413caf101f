//! The page: its files, which the program `baton` embeds, or a word on how to build them.
//!
//! Called by the gateway for every path that is not of the API.

mod policy;

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rust_embed::EmbeddedFile;
use shared::api::Problem;

use crate::answer;

/// Returns a file of the page by its name relative to `dist/`, such as `index.html`; `None` when there is no such file.
pub type Files = fn(&str) -> Option<EmbeddedFile>;

/// Shown at `/` while there is no page.
const UNBUILT: &str = include_str!("ui/unbuilt.html");

/// Encodings in order of preference, with the endings of their files.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Serves a file of the page.
pub fn serve(files: Files, request: &Request) -> Response<Body> {
    let path = request.uri().path();
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let found = files(name);
    if found.is_none() && name != "index.html" {
        return answer::problem(&Problem::unknown_path(path), path);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return not_taken(request.method(), path);
    }
    found.map_or_else(unbuilt, |plain| file(files, name, plain, request.headers()))
}

/// Returns the name of the folder of the page's files, which is another in each build; `None` while there is no page.
pub fn build(files: Files) -> Option<String> {
    files("index.html").and_then(|index| folder_in(&String::from_utf8_lossy(&index.data)))
}

fn folder_in(html: &str) -> Option<String> {
    let named = html.split('"').find_map(|value| value.strip_prefix("./").filter(|name| is_hashed(name)));
    named.and_then(|name| name.split_once('/')).map(|(folder, _)| folder.to_owned())
}

fn not_taken(method: &Method, path: &str) -> Response<Body> {
    let mut response = answer::problem(&Problem::method(method.as_str(), path, "GET"), path);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
    response
}

fn unbuilt() -> Response<Body> {
    let mut response = Response::new(Body::from(UNBUILT));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy::of(UNBUILT));
    response
}

fn file(files: Files, name: &str, plain: EmbeddedFile, asked: &HeaderMap) -> Response<Body> {
    let policy = (ending(name) == "html").then(|| policy::of(&String::from_utf8_lossy(&plain.data)));
    let (file, encoding) = packed(files, name, plain, asked);
    let tag = tag_of(&file);
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        Response::new(body(file.data))
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching(name)));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::ETAG, tag);
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if let Some(policy) = policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn body(content: Cow<'static, [u8]>) -> Body {
    match content {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    }
}

/// Returns the best form of a file that the client takes, and its encoding.
fn packed(files: Files, name: &str, plain: EmbeddedFile, asked: &HeaderMap) -> (EmbeddedFile, Option<&'static str>) {
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ENCODINGS
        .iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, ending)| files(&format!("{name}{ending}")).map(|file| (file, Some(*encoding))))
        .unwrap_or((plain, None))
}

/// Whether an `Accept-Encoding` header lists `encoding` and does not rule it out.
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let refused = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0);
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

fn tag_of(file: &EmbeddedFile) -> HeaderValue {
    let hash = STANDARD.encode(file.metadata.sha256_hash());
    HeaderValue::from_str(&format!("\"{hash}\"")).expect("base64 is valid in a header")
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn content_type(name: &str) -> &'static str {
    match ending(name) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// A file whose name holds the hash of its content never changes; others are asked for again.
fn caching(name: &str) -> &'static str {
    if ending(name) == "html" {
        "no-store"
    } else if is_hashed(name) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

/// Whether a file lies in a folder that is named after its content, as `xtask/src/page/html.rs` writes it.
fn is_hashed(name: &str) -> bool {
    let hash = name.strip_prefix("page-").and_then(|rest| rest.split_once('/')).map_or("", |(hash, _)| hash);
    hash.len() == 16 && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashed_names_are_kept_for_ever() {
        for name in ["page-0123456789abcdef/frontend.js", "page-fedcba9876543210/style.css"] {
            assert!(is_hashed(name), "{name}");
        }
        for name in ["index.html", "ko.txt", "page-0123456789abcdef", "page-0123/a.js", "x/page-0123456789abcdef/a.js"]
        {
            assert!(!is_hashed(name), "{name}");
        }
    }

    #[test]
    fn a_build_is_known_by_the_folder_that_its_page_names() {
        let built = r#"<link rel="icon" href="./icon.svg" /><script src="./page-0123456789abcdef/frontend.js">"#;
        assert_eq!(folder_in(built).as_deref(), Some("page-0123456789abcdef"));
        assert_eq!(folder_in(r#"<link href="/frontend-0123456789abcdef.js">"#), None, "as Trunk builds it");
    }

    #[test]
    fn encodings_are_taken_when_listed() {
        assert!(accepts("gzip, deflate, br, zstd", "br"));
        assert!(accepts("gzip;q=0.5", "gzip"));
        assert!(!accepts("gzip;q=0, br", "gzip"));
        assert!(!accepts("", "br"));
        assert!(!accepts("brotli", "br"));
    }
}
