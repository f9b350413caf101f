//! The comparison of both protocols on the real cluster: the same requests in one mode, then in the other.
//!
//! It makes notes of its own, asks one write after the other, and afterwards takes the notes away and goes back to the
//! mode that was in force, also when it was stopped or something failed. What each request cost is read from the feed.

use gloo_timers::future::TimeoutFuture;
use shared::config::Mode;
use shared::id::TraceId;
use shared::request::Method;
use shared::session::Session;

use super::actions::Model;
use crate::compare::{Contest, MODES, Measure, Plan, is_over, measure};
use crate::draft::Draft;
use crate::lang::{en, kept};
use crate::playback::Playback;
use crate::source::client::Answer;
use crate::values::spawn;

/// How often the feed is looked at for the end of all requests, and how long apart.
const LOOKS: usize = 200;
const PAUSE: u32 = 50;

impl Model {
    /// Runs the comparison that is planned, unless one runs already.
    pub fn compete(self) {
        let contest = self.contest;
        if contest.with_untracked(|contest| contest.under_way.is_some()) || self.refuses() {
            return;
        }
        contest.update(|contest| {
            let Contest { open, plan, .. } = *contest;
            *contest = Contest { open, plan, under_way: Some((Mode::RemoteWrite, 0)), ..Contest::default() };
        });
        spawn(async move {
            let outcome = self.compared().await;
            contest.update(|contest| {
                contest.under_way = None;
                match outcome {
                    Ok(result) => contest.result = Some(result),
                    Err(sentence) => contest.error = Some(sentence),
                }
            });
        });
    }

    async fn compared(self) -> Result<[Vec<Measure>; 2], String> {
        let plan = self.contest.with_untracked(|contest| contest.plan);
        let before = self.playback.with_untracked(Playback::live_mode);
        let before = self.stated_mode.get_untracked().unwrap_or(before);
        let mut notes = Vec::new();
        let asked = self.asked(plan, &mut notes).await;
        for note in &notes {
            // A note that could not be taken away stays; that is plain to see.
            let _ = self.ask(Method::Delete, note, String::new(), None).await;
        }
        let back = self.enter(before).await;
        let traces = asked?;
        back?;
        self.measured(&traces).await
    }

    /// Makes the notes and asks every write in both modes.
    async fn asked(self, plan: Plan, notes: &mut Vec<String>) -> Result<[Vec<TraceId>; 2], String> {
        let replicas = self.scene.with_untracked(|scene| scene.as_ref().map_or(1, |scene| scene.replicas.len()));
        for number in 1..=plan.notes {
            let made = self.ask(Method::Post, "", format!("Compared {number}"), None).await?;
            notes.push(made.created().ok_or_else(|| en("A note could not be created.").to_owned())?);
        }
        let mut traces = [Vec::new(), Vec::new()];
        for (mode, traces) in MODES.into_iter().zip(&mut traces) {
            self.enter(mode).await?;
            for (done, write) in plan.writes(replicas).into_iter().enumerate() {
                self.contest.update(|contest| contest.under_way = Some((mode, done)));
                if self.contest.with_untracked(|contest| contest.stop) {
                    return Err(en("Stopped; the mode is restored.").to_owned());
                }
                let note = notes.get(write.note).map_or("", String::as_str);
                let title = format!("Write {} of {}", done + 1, plan.writes);
                traces.push(trace(&self.ask(Method::Patch, note, title, Some(write.replica)).await?)?);
            }
        }
        Ok(traces)
    }

    async fn enter(self, mode: Mode) -> Result<(), String> {
        self.request_mode(mode).await?;
        self.stated_mode.set(Some(mode));
        Ok(())
    }

    /// Asks for one write; anything but success is an error.
    async fn ask(self, method: Method, note: &str, title: String, replica: Option<u8>) -> Result<Answer, String> {
        let draft = Draft { method, note: note.to_owned(), title, body: String::new(), replica, ..Draft::default() };
        let answer = self.request(draft, &Session::default()).await?;
        if answer.status < 400 {
            return Ok(answer);
        }
        let status = answer.status.to_string();
        Err(kept("The reply to {request} was {status}.", &[("request", &answer.request), ("status", &status)]))
    }

    /// Waits until the feed has told of the end of every request; returns what they cost.
    async fn measured(self, traces: &[Vec<TraceId>; 2]) -> Result<[Vec<Measure>; 2], String> {
        let all: Vec<&TraceId> = traces.iter().flatten().collect();
        for _ in 0..LOOKS {
            if self.playback.with_untracked(|playback| is_over(playback.log(), &all)) {
                break;
            }
            TimeoutFuture::new(PAUSE).await;
        }
        let cost = |trace: &TraceId| self.playback.with_untracked(|playback| measure(playback.log(), trace));
        let costs = |traces: &Vec<TraceId>| traces.iter().map(cost).collect::<Option<Vec<Measure>>>();
        let missed = || en("The feed lacks events of some requests, so there is nothing to compare.").to_owned();
        Ok([costs(&traces[0]).ok_or_else(missed)?, costs(&traces[1]).ok_or_else(missed)?])
    }
}

fn trace(answer: &Answer) -> Result<TraceId, String> {
    let found = answer.headers.iter().find(|(name, _)| name == "X-Trace-Id");
    found.map(|(_, trace)| TraceId(trace.clone())).ok_or_else(|| en("A reply had no X-Trace-Id.").to_owned())
}
