//! What the Files dialog does: saves what is shown, and makes links and pages of it.

use js_sys::Date;

use super::actions::Model;
use crate::components::files::{Job, Made};
use crate::export::{self, Format, Scope};
use crate::lang::{en, kept};
use crate::run_file::{self, Run, cut};
use crate::source::{clipboard, download, pack, page_file, saved};
use crate::values::spawn;

/// Programs that pass links on cut longer ones, in bytes.
const LINK_LENGTH: usize = 30_000;

impl Model {
    /// Does what the dialog offers.
    pub fn make(self, job: Job) {
        let Some(scene) = self.scene.get_untracked() else { return };
        let run = self.playback.with_untracked(|playback| match job {
            Job::SaveAll | Job::Page => cut::whole(playback, &scene),
            Job::SaveRequest | Job::Link | Job::Export(_) => cut::at_cursor(playback, &scene),
        });
        self.made.set(Made::default());
        match job {
            Job::Export(format) => self.export_here(format),
            Job::SaveAll | Job::SaveRequest => {
                self.save(&name("jsonl"), "application/jsonl", &run_file::write(&run));
            }
            Job::Page => spawn(async move {
                let packed = pack::pack(run_file::write(&run).as_bytes()).await;
                let page = match packed {
                    Some(packed) => page_file::page(&packed).await,
                    None => None,
                };
                match page {
                    Some(page) => self.save(&name("html"), "text/html", &page),
                    None => self.say(en("The page could not be saved: its own files can no longer be fetched.")),
                }
            }),
            Job::Link => spawn(async move { self.link(run).await }),
        }
    }

    /// Writes the request at the cursor for another program, or everything when the cursor is at none.
    fn export_here(self, format: Format) {
        let at_none = self.playback.with_untracked(|playback| export::places(playback, Scope::Request).is_empty());
        self.export(if at_none { Scope::Everything } else { Scope::Request }, format);
        // A reason why not stands over the page, which the dialog covers.
        let why_not = self.notice.get_untracked();
        self.say(why_not.as_deref().unwrap_or(en("Saved.")));
        self.notice.set(None);
    }

    async fn link(self, run: Run) {
        let Some((run, link)) = shortest(run).await else {
            self.say(en("This browser is too old to make links that carry a run: save the run as a file."));
            return;
        };
        let copied = clipboard::copy(&link).await;
        let words = match (link.len() > LINK_LENGTH, copied, run.partial) {
            (true, ..) => en(
                "The link is long ({size}, {count} events): many programs cut it. Better save the request as a file.",
            ),
            (false, true, false) => en("Copied: {size} with {count} events."),
            (false, true, true) => en("Copied: {size} with {count} events and only the notes they concern."),
            (false, false, _) => en("Copy it from here: {size} with {count} events."),
        };
        let values = [("size", size(link.len())), ("count", run.events.len().to_string())];
        let words = kept(words, &values.each_ref().map(|(name, value)| (*name, value.as_str())));
        self.made.set(Made { words, link: Some(link) });
    }

    fn save(self, name: &str, kind: &str, text: &str) {
        let done = download::save(name, kind, text).ok();
        let words = if done.is_some() {
            en("Saved: {name} ({size})")
        } else {
            en("This browser does not let pages save: {name} ({size})")
        };
        self.say(&kept(words, &[("name", name), ("size", &size(text.len()))]));
    }

    fn say(self, words: &str) {
        self.made.set(Made { words: words.to_owned(), link: None });
    }
}

/// Returns a link that carries the run; without the notes that its events are not about, when it is too long with
/// them.
async fn shortest(run: Run) -> Option<(Run, String)> {
    let link = packed(&run).await?;
    if link.len() <= LINK_LENGTH {
        return Some((run, link));
    }
    let run = cut::only_its_notes(run);
    let link = packed(&run).await?;
    Some((run, link))
}

async fn packed(run: &Run) -> Option<String> {
    let packed = pack::pack(run_file::write(run).as_bytes()).await?;
    Some(saved::link(&packed, run.cursor.map_or(run.from, |cursor| cursor.seq)))
}

fn size(bytes: usize) -> String {
    if bytes < 1_000_000 {
        format!("{} KB", bytes.div_ceil(1_000))
    } else {
        format!("{} MB", bytes.div_ceil(1_000_000))
    }
}

/// Returns a name for a file of this moment, such as `baton-2026-03-01T09-30-00.jsonl`.
fn name(ending: &str) -> String {
    let now: String = Date::new_0().to_iso_string().into();
    format!("baton-{}.{ending}", now.get(..19).unwrap_or_default().replace(':', "-"))
}
