//! The Content-Security-Policy of a page: nothing from elsewhere, and of the inline scripts only its own.
//!
//! Called by [`super`] for each HTML file. One inline script starts the program; it is allowed by its hash.

use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Returns the policy for `html`.
///
/// Style attributes are allowed because the page places messages with them; they can run nothing.
pub fn of(html: &str) -> HeaderValue {
    let own = ["'self'".to_owned(), "'wasm-unsafe-eval'".to_owned()];
    let scripts: Vec<String> = own.into_iter().chain(inline_scripts(html).map(hash)).collect();
    let scripts = scripts.join(" ");
    let policy = format!(
        "default-src 'none'; script-src {scripts}; style-src 'self'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
         manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("a policy is plain ASCII")
}

fn hash(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes())))
}

/// Returns the text of each script that has no `src`, exactly as it stands.
fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (attributes, content) = rest.split_once('>')?;
        let (script, _) = content.split_once("</script>")?;
        (!attributes.contains("src=") && !script.is_empty()).then_some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_allowed_by_their_hash() {
        let html = "<script src=\"/a.js\"></script><script type=\"module\">alert(1)</script><script></script>";
        assert_eq!(inline_scripts(html).collect::<Vec<_>>(), ["alert(1)"]);
        let policy = of(html);
        let text = policy.to_str().expect("plain ASCII");
        // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        assert!(text.contains(" 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"), "{text}");
        assert!(!of("<p>none</p>").to_str().expect("plain ASCII").contains("sha256"));
    }
}
