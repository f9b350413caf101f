//! The step log: the original system's lines, to the letter, as a pure function of the feed.
//!
//! Used by the server for `log/log.txt` and by the page's panel, so that both say the same. Values are written
//! as Python prints them, because the original is written in Python.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::event::{Action, Event, EventKind, Phase};
use crate::request::{Method, Reply, Request};

/// Returns the line that an event adds to the step log, without the time stamp; `None` for most events.
pub fn line(event: &Event) -> Option<String> {
    match &event.kind {
        EventKind::ClientRequest { request } => Some(request_line(request)),
        EventKind::ClientReply { reply } => Some(reply_line(reply)),
        EventKind::Stepped { action, phase, method, .. } => replica_line(*action, *phase, *method),
        EventKind::Started { .. }
        | EventKind::Joined { .. }
        | EventKind::Sent { .. }
        | EventKind::Received { .. }
        | EventKind::Lost { .. }
        | EventKind::Ignored { .. }
        | EventKind::Promised { .. }
        | EventKind::Became { .. }
        | EventKind::Accepted { .. }
        | EventKind::Committed { .. }
        | EventKind::RolledBack { .. }
        | EventKind::TookOver { .. }
        | EventKind::Suspected { .. }
        | EventKind::Trusted { .. }
        | EventKind::Recovering
        | EventKind::Recovered { .. }
        | EventKind::Froze { .. }
        | EventKind::Began { .. }
        | EventKind::Gate(_) => None,
    }
}

/// Returns a time as the step log stamps it, `[2023-12-10 22:31:46]`, in UTC.
///
/// `unix` is in seconds since 1970. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
pub fn stamp(unix: u64) -> String {
    let (days, seconds) = (unix / 86_400, unix % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("[{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}]")
}

fn request_line(request: &Request) -> String {
    let Request { method, path, body } = request;
    format!("CLIENT [REQUEST] [{}] {path} [{}]", method.as_str(), python(body))
}

/// The original shows neither the id of a new note nor the notes of a list.
fn reply_line(reply: &Reply) -> String {
    let Reply { method, path, status, body, .. } = reply;
    let failed = *status >= 400;
    let shown = match (method, path.as_str()) {
        _ if failed => without(body, &["code"]),
        (Method::Get, "/note") | (Method::Delete, _) => Value::Object(Map::new()),
        (Method::Post, _) => without(body, &["id"]),
        (Method::Get | Method::Put | Method::Patch, _) => body.clone(),
    };
    format!("CLIENT [REPLY] [{}] {path} [{}]", method.as_str(), python(&shown))
}

/// The original shows the answer to a forwarded request for creations alone.
fn replica_line(action: Action, phase: Phase, method: Method) -> Option<String> {
    if (action, phase) == (Action::Forward, Phase::Reply) && method != Method::Post {
        return None;
    }
    let end = match phase {
        Phase::Request => "REQUEST",
        Phase::Reply => "REPLY",
    };
    let what = match action {
        Action::Forward => "Forward request to primary",
        Action::Move => "Move item to new primary",
        Action::Update => "Tell backups to update",
    };
    Some(format!("REPLICA [{end}] {what}"))
}

fn without(body: &Value, keys: &[&str]) -> Value {
    let Value::Object(map) = body else { return body.clone() };
    Value::Object(
        map.iter().filter(|(key, _)| !keys.contains(&key.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect(),
    )
}

/// Writes a JSON value as Python's `repr` does.
fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        // Not with the number's own `Display`: it brings a table along that is as large as this whole module.
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), ..) => number.to_string(),
            (_, Some(number), _) => number.to_string(),
            (.., number) => format!("{:?}", number.unwrap_or_default()),
        },
        Value::String(text) => python_text(text),
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| format!("{}: {}", python_text(key), python(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

fn python_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if char == quote => out.extend(['\\', char]),
            _ if char.is_control() && u32::from(char) <= 0xFF => {
                write!(out, "\\x{:02x}", u32::from(char)).expect("writing into a string cannot fail");
            }
            // Marks that turn the direction of a line, or cannot be seen at all.
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' => {
                write!(out, "\\u{:04x}", u32::from(char)).expect("writing into a string cannot fail");
            }
            _ => out.push(char),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_look_as_python_prints_them() {
        let value = json!({ "res": true, "title": "it's", "body": "a \"b\" 'c'\n", "n": [1, null] });
        let expected = r#"{'res': True, 'title': "it's", 'body': 'a "b" \'c\'\n', 'n': [1, None]}"#;
        assert_eq!(python(&value), expected);
        assert_eq!(python(&json!("a\u{202e}b 안녕")), "'a\\u202eb 안녕'");
    }

    #[test]
    fn times_are_stamped() {
        assert_eq!(stamp(1_702_247_506), "[2023-12-10 22:31:46]");
        assert_eq!(stamp(0), "[1970-01-01 00:00:00]");
        assert_eq!(stamp(951_782_400), "[2000-02-29 00:00:00]");
    }

    #[test]
    fn replies_hide_what_the_original_hides() {
        let reply = |method, path: &str, status, body| {
            reply_line(&Reply::to(&Request { method, path: path.to_owned(), body: json!({}) }, status, body))
        };
        let created = reply(Method::Post, "/note", 201, json!({ "res": true, "id": 7 }));
        assert_eq!(created, "CLIENT [REPLY] [POST] /note [{'res': True}]");
        let deleted = reply(Method::Delete, "/note/1", 200, json!({ "res": true }));
        assert_eq!(deleted, "CLIENT [REPLY] [DELETE] /note/1 [{}]");
        let listed = reply(Method::Get, "/note", 200, json!({ "res": true, "notes": [] }));
        assert_eq!(listed, "CLIENT [REPLY] [GET] /note [{}]");
        let missing = reply(Method::Get, "/note/9", 404, json!({ "res": false, "code": "x", "msg": "m" }));
        assert_eq!(missing, "CLIENT [REPLY] [GET] /note/9 [{'res': False, 'msg': 'm'}]");
    }
}
