//! What a path takes: the `Allow` header of a 405, and `OPTIONS`, which asks for just that.
//!
//! Called by [`super::visit`] with the answers of the routes, none of which knows `OPTIONS`: that such a method is not taken,
//! and which are, is the answer.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};

/// All methods, in the order in which they are listed.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Completes the answer to a request with `method`; `of_all` says that it asked about the server as a whole (`*`).
pub fn complete(method: &Method, of_all: bool, response: Response<Body>) -> Response<Body> {
    let asks = *method == Method::OPTIONS;
    match response.status() {
        StatusCode::NOT_FOUND if asks && of_all => tell(&METHODS.join(", "), true, response),
        StatusCode::METHOD_NOT_ALLOWED => {
            let given = response.headers().get(header::ALLOW).and_then(|given| given.to_str().ok()).unwrap_or_default();
            let takes = |method: &&str| match *method {
                "OPTIONS" => true,
                // Whoever answers the one answers the other.
                "HEAD" => lists(given, "GET"),
                method => lists(given, method),
            };
            let methods: Vec<&str> = METHODS.into_iter().filter(takes).collect();
            tell(&methods.join(", "), asks, response)
        }
        _ => response,
    }
}

fn lists(given: &str, method: &str) -> bool {
    given.split(',').any(|listed| listed.trim() == method)
}

fn tell(methods: &str, is_answer: bool, mut response: Response<Body>) -> Response<Body> {
    if is_answer {
        *response.status_mut() = StatusCode::NO_CONTENT;
        *response.body_mut() = Body::empty();
        for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
            response.headers_mut().remove(name);
        }
    }
    let methods = HeaderValue::from_str(methods).expect("methods are words");
    response.headers_mut().insert(header::ALLOW, methods);
    response
}
