//! What clicks of this page ask of the server, as the curl lines that ask the same.
//!
//! Pure. [`crate::app`] adds a line for each request that it sends; the foot of the page shows them.

use shared::api::gate::{Deed, PATH};
use shared::config::Mode;
use shared::id::MessageId;

use crate::draft::quoted;

/// How many lines are kept.
const KEPT: usize = 60;

/// Adds a line before the others; the oldest of too many goes.
pub fn add(lines: &mut Vec<String>, line: String) {
    lines.truncate(KEPT - 1);
    lines.insert(0, line);
}

/// Returns the line that asks something of the cluster at `origin`; `body` is JSON.
fn of_order(origin: &str, method: &str, path: &str, body: &str) -> String {
    let address = quoted(&[origin, path].concat());
    ["curl -i -X ", method, " ", &address, " -H 'Content-Type: application/json' -d ", &quoted(body)].concat()
}

/// Returns the line that asks the server at `origin` for a mode.
pub fn of_mode(origin: &str, mode: Mode) -> String {
    of_order(origin, "PUT", "/cluster/mode", &["{\"mode\":\"", mode.as_str(), "\"}"].concat())
}

/// Returns the line that closes or opens the gate.
pub fn of_gate(origin: &str, closed: bool) -> String {
    of_order(origin, "PUT", PATH, if closed { "{\"closed\":true}" } else { "{\"closed\":false}" })
}

/// Returns the line that does something with a message that waits at the gate.
pub fn of_deed(origin: &str, message: MessageId, deed: Deed) -> String {
    let path = [PATH, "/", &message.to_string()].concat();
    of_order(origin, "POST", &path, &["{\"do\":\"", deed.as_str(), "\"}"].concat())
}

/// Returns the line that listens to the stream at `path`.
pub fn of_stream(origin: &str, path: &str) -> String {
    ["curl -N ", &quoted(&[origin, path].concat())].concat()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_latest_line_is_on_top_and_the_oldest_goes() {
        let mut lines = Vec::new();
        (0..=KEPT).for_each(|number| add(&mut lines, number.to_string()));
        assert_eq!((lines.len(), lines.first().map(String::as_str)), (KEPT, Some("60")));
        assert_eq!(lines.last().map(String::as_str), Some("1"));
    }

    #[test]
    fn lines_are_quoted_for_a_shell() {
        assert_eq!(
            of_mode("http://h:1", Mode::LocalWrite),
            r#"curl -i -X PUT http://h:1/cluster/mode -H 'Content-Type: application/json' -d '{"mode":"local-write"}'"#
        );
        let message = "r2-17".parse().expect("a message");
        assert_eq!(
            [of_gate("http://h:1", true), of_deed("http://h:1", message, Deed::Double)],
            [
                r#"curl -i -X PUT http://h:1/cluster/gate -H 'Content-Type: application/json' -d '{"closed":true}'"#,
                r#"curl -i -X POST http://h:1/cluster/gate/r2-17 -H 'Content-Type: application/json' -d '{"do":"double"}'"#
            ]
        );
        assert_eq!(of_stream("http://h:1", "/events?last=3"), "curl -N 'http://h:1/events?last=3'");
    }

    /// Returns the names of the files below `folder` whose text has `wanted`.
    fn files_with(folder: &Path, wanted: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("the page's source is here") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                files_with(&path, wanted, found);
            } else if std::fs::read_to_string(&path).is_ok_and(|text| text.contains(wanted)) {
                found.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
            }
        }
    }

    #[test]
    fn no_request_leaves_the_page_without_its_line() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for call in [
            ["client::", "send("].concat(),
            ["client::", "switch("].concat(),
            ["client::", "turn_gate("].concat(),
            ["client::", "handle("].concat(),
        ] {
            let mut found = Vec::new();
            files_with(&source, &call, &mut found);
            assert_eq!(found, ["requests.rs"], "{call} is called there alone, where its line is told");
        }
    }
}
