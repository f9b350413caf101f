use axum::http::HeaderValue;

use super::*;

fn headers(name: &'static str, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(
        axum::http::HeaderName::from_static(name),
        HeaderValue::from_bytes(value.as_bytes()).expect("a header's value"),
    )])
}

fn request(method: &str, path: &str, content_type: &str, body: impl Into<Body>) -> HttpRequest {
    let builder = HttpRequest::builder().method(method).uri(path).header("content-type", content_type);
    builder.body(body.into()).expect("a valid request")
}

#[track_caller]
fn check(request: HttpRequest, expected: Result<(), (u16, &str)>) {
    let read = futures_util::FutureExt::now_or_never(read(request)).expect("the whole body is there");
    let got = read.and_then(|intake| intake.command).map(|_| ());
    assert_eq!(got.map_err(|problem| (problem.status, problem.code)), expected.map_err(|(s, c)| (s, c.to_owned())));
}

#[tokio::test]
async fn bodies_must_be_json_and_say_so() {
    let good = r#"{"title": "t"}"#;
    for mime in ["application/json", "Application/JSON; charset=utf-8", "application/ld+json"] {
        check(request("POST", "/note", mime, good), Ok(()));
    }
    for mime in ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
        check(request("POST", "/note", mime, good), Err((415, "content_type")));
    }
    for body in ["", "{", "title=t", "{\"title\": \"t\"} x", "\u{0}"] {
        check(request("POST", "/note", "application/json", body), Err((400, "not_json")));
    }
    check(request("POST", "/note", "application/json", vec![b'"', 0xff, b'"']), Err((400, "not_json")));
    let deep = "[".repeat(10_000);
    check(request("POST", "/note", "application/json", deep), Err((400, "not_json")));
}

#[tokio::test]
async fn the_limit_is_on_the_bytes_that_arrive() {
    let body = |size: usize| format!("{{\"title\": \"t\"}}{}", " ".repeat(size - 14));
    check(request("POST", "/note", "application/json", body(REQUEST_LIMIT)), Ok(()));
    check(request("POST", "/note", "application/json", body(REQUEST_LIMIT + 1)), Err((413, "too_large")));
    check(request("POST", "/note", "text/plain", body(REQUEST_LIMIT + 1)), Err((413, "too_large")));
    check(request("POST", "/note", "application/json", body(100 * REQUEST_LIMIT)), Err((413, "too_large")));
}

#[tokio::test]
async fn methods_and_paths_are_checked_before_bodies() {
    for (method, path) in
        [("PUT", "/note"), ("DELETE", "/note"), ("POST", "/note/1"), ("OPTIONS", "/note"), ("FOO", "/note/1")]
    {
        check(request(method, path, "text/plain", "x"), Err((405, "method_not_allowed")));
    }
    check(request("FOO", "/note/1/2", "", ""), Err((404, "unknown_path")));
    check(request("PATCH", "/note/0", "text/plain", "x"), Err((400, "bad_id")));
    check(request("HEAD", "/note", "", ""), Ok(()));
    check(request("DELETE", "/note/1", "text/plain", "ignored"), Ok(()));
}

#[test]
fn headers_are_checked() {
    assert_eq!(ack(&headers("x-ack", "majority")).ok().flatten(), Some(Ack::Majority));
    assert_eq!(ack(&HeaderMap::new()).ok(), Some(None));
    for word in ["", "most", "ALL", "é"] {
        assert_eq!(ack(&headers("x-ack", word)).map_err(|problem| problem.code), Err("bad_header".to_owned()));
    }
    assert_eq!(replica(&headers("x-replica", "4"), 4).ok().flatten(), Some(ReplicaId(4)));
    for word in ["", "0", "5", "-1", "r1", "257", "1.0"] {
        let problem = replica(&headers("x-replica", word), 4).expect_err("there is no such replica");
        assert_eq!((problem.status, problem.code.as_str()), (400, "unknown_replica"), "{word}");
    }
    let wanted = |path: &str| Request { method: Method::Delete, path: path.to_owned(), body: json!({}) };
    let name =
        |key: &str, path: &str| operation(&headers(IDEMPOTENCY_KEY, key), &wanted(path)).map(|op| op.map(|op| op.0));
    let long = ["a", "b"].map(|end| "k".repeat(63) + end).map(|key| name(&key, "/note/1").ok().flatten());
    assert!(long.iter().flatten().all(|op| op.len() == 64) && long[0] != long[1], "{long:?}");
    assert_eq!(name("a", "/note/1").ok(), name("a", "/note/1").ok());
    assert_ne!(name("a", "/note/1").ok(), name("a", "/note/2").ok());
    for key in ["", "a b", "é", &"k".repeat(65)] {
        assert!(name(key, "/note/1").is_err(), "{key}");
    }
}
