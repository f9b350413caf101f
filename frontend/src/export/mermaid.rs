//! A sequence diagram for Mermaid, which Markdown pages of many sites show.
//!
//! A message stands where it arrived or was lost; of what stays at one node only changes of the primary role are written.

use std::collections::BTreeSet;

use shared::event::{EventKind, Role};
use shared::id::{MessageId, Node};

use crate::diagram::{lane_name, lanes};
use crate::kind::{Label, label, reply_text, request_label, step_name, step_words};
use crate::lang::fill;
use crate::playback::{Entry, Playback};
use crate::words::thing;

/// Writes these events, which are in order, of a cluster of `replicas` replicas.
pub fn write(playback: &Playback, replicas: usize, places: &[u64]) -> String {
    let mut text = "sequenceDiagram\n".to_owned();
    for node in lanes(replicas) {
        let kind = if node == Node::Clients { "actor" } else { "participant" };
        text.push_str(&indented(Some(format!("{kind} {node} as {}", escaped(&lane_name(node))))));
    }
    let mut open = BTreeSet::new();
    for entry in places.iter().filter_map(|place| playback.log().entry(*place)) {
        text.push_str(&indented(line(playback, entry, &mut open)));
    }
    for message in open {
        text.push_str(&indented(arrow(playback, message, "--)")));
    }
    text
}

fn indented(line: Option<String>) -> String {
    line.map_or_else(String::new, |line| format!("    {line}\n"))
}

#[allow(clippy::wildcard_enum_match_arm, reason = "only messages and changes of the primary role are written")]
fn line(playback: &Playback, entry: &Entry, open: &mut BTreeSet<MessageId>) -> Option<String> {
    let node = entry.event.node;
    match &entry.event.kind {
        EventKind::ClientRequest { request } => {
            Some(said(Node::Clients, "->>", node, &request_label(request, entry.event.step)))
        }
        EventKind::ClientReply { reply } => {
            let label = Label { step: entry.event.step.map(step_name), text: reply_text(reply) };
            Some(said(node, "-->>", Node::Clients, &label))
        }
        EventKind::Sent { message, .. } => {
            open.insert(*message);
            None
        }
        EventKind::Received { message } => {
            open.remove(message);
            arrow(playback, *message, "->>")
        }
        EventKind::Lost { message, .. } => {
            open.remove(message);
            arrow(playback, *message, "-x")
        }
        EventKind::Became { group, role: Role::Primary, .. } => {
            Some(format!("Note over {node}: {}", escaped(&fill("primary of {thing}", &[("thing", &thing(*group))]))))
        }
        _ => None,
    }
}

fn arrow(playback: &Playback, message: MessageId, line: &str) -> Option<String> {
    let (event, parcel, passage) = playback.message(message)?;
    let EventKind::Sent { to, .. } = &event.kind else { return None };
    Some(said(event.node, line, *to, &label(parcel, event.step, passage.crown)))
}

fn said(from: Node, line: &str, to: Node, label: &Label) -> String {
    let step = label.step.map_or_else(String::new, |step| step_words(step) + " ");
    format!("{from}{line}{to}: {}", escaped(&format!("{step}{}", label.text)))
}

/// Writes what Mermaid would take for its own signs as entities.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for char in text.chars() {
        match char {
            '#' | ';' | ':' | '<' | '>' | '"' | '%' => {
                safe.push_str(&["#", &u32::from(char).to_string(), ";"].concat());
            }
            char if char.is_control() => safe.push(' '),
            char => safe.push(char),
        }
    }
    safe
}
