//! The textbook's steps: which one a message belongs to, and the lines of the step log.
//!
//! Observation only; the protocol runs the same without it.
//! Source: van Steen & Tanenbaum, Distributed Systems, 4th ed., section 7.5, the figures of both protocols.

use crate::config::Mode;
use crate::event::{Action, EventKind, Phase, Step};
use crate::id::{NoteId, TraceId};
use crate::message::Message;
use crate::request::Method;

use super::Replica;

impl Replica {
    /// Returns the textbook step of a message that a client's request caused.
    pub(super) fn step_of(&self, message: &Message) -> Option<Step> {
        let local = self.mode == Mode::LocalWrite;
        match message {
            Message::Forward { .. } => Some(Step::W2),
            Message::Claim { .. } | Message::Promise { .. } | Message::Nack { .. } => local.then_some(Step::W2),
            Message::Append { .. } => Some(if local { Step::W4 } else { Step::W3 }),
            Message::Ack { .. } | Message::Behind { .. } => Some(if local { Step::W5 } else { Step::W4 }),
            Message::Forwarded { .. } => Some(Step::W5),
            Message::ReadIndex { .. } => Some(Step::R1),
            Message::ReadIndexOk { .. } => Some(Step::R2),
            Message::Seal { .. }
            | Message::Sealed { .. }
            | Message::Propose { .. }
            | Message::Accepted { .. }
            | Message::Enter { .. }
            | Message::Entered { .. }
            | Message::Probe
            | Message::ProbeOk
            | Message::Suspect { .. }
            | Message::SuspectOk { .. }
            | Message::Recover { .. }
            | Message::Recovery { .. } => None,
        }
    }

    /// Emits a step of the step log.
    pub(super) fn stepped(
        &mut self,
        trace: &TraceId,
        action: Action,
        phase: Phase,
        method: Method,
        note: Option<NoteId>,
    ) {
        let local = self.mode == Mode::LocalWrite;
        let step = match (action, phase) {
            (Action::Forward | Action::Move, _) => Step::W2,
            (Action::Update, Phase::Request) => {
                if local {
                    Step::W4
                } else {
                    Step::W3
                }
            }
            (Action::Update, Phase::Reply) => {
                if local {
                    Step::W5
                } else {
                    Step::W4
                }
            }
        };
        self.emit(Some(trace.clone()), Some(step), EventKind::Stepped { action, phase, method, note });
    }
}
