//! The search: what was typed becomes a query, and the playback looks for what meets it.

use crate::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::panels::Panels;
use crate::components::search::SearchBar;
use crate::derived::{Call, Derived};
use crate::kept::Kept;
use crate::search::Query;
use crate::values::effect;

/// How many notes are offered at most.
const NOTES: usize = 100;

impl Panels {
    /// Draws the search, and searches until it is taken away.
    pub fn search(self) -> AnyView {
        let Panels { model, screen, .. } = self;
        let count = Derived::new(move |_| model.scene.read().as_ref().map_or(0, |scene| scene.replicas.len()));
        let query = Derived::new(move |_| {
            // A term's name in another language is another.
            crate::lang::lang();
            Query::parse(model.asked.read().as_deref().unwrap_or_default(), count.get())
        });
        effect(move || {
            let asked = query.get().ok().filter(|query| !query.is_empty());
            model.playback.update(|playback| playback.search(asked.map(Query::matcher)));
        });
        let before = Kept::new(document().active_element());
        on_cleanup(move || {
            // The page may be gone altogether.
            model.playback.try_update(|playback| playback.search(None));
            give_back_focus(before.with(Option::take).flatten());
        });
        let notes = Derived::new(move |_| {
            screen.status.track();
            model.playback.with_untracked(|playback| {
                let replicas = playback.log().latest().replicas.values();
                let notes: std::collections::BTreeSet<_> = replicas.flat_map(|replica| replica.notes.keys()).collect();
                notes.into_iter().rev().take(NOTES).rev().map(ToString::to_string).collect::<Vec<_>>()
            })
        });
        let trace = Derived::new(move |_| {
            screen.status.track();
            model.playback.with_untracked(|playback| Some(playback.current()?.1.event.trace.as_ref()?.0.clone()))
        });
        let matches = Derived::new(move |_| {
            screen.findings.track();
            let stop = screen.status.read().stop;
            model.playback.with_untracked(|playback| {
                let found = playback.found()?;
                Some((found.len(), found.has_stop(stop).then(|| found.until(stop))))
            })
        });
        view! {
            <SearchBar
                asked=model.asked
                problem=Derived::new(move |_| query.read().as_ref().err().map(crate::search::Problem::words))
                matches
                notes
                replicas=count
                trace
                on_command=Call::new(move |command| model.run(command))
            />
        }
        .into_any()
    }
}

/// When the focus was in what goes, gives it back to what had it, or to what opened the search and is there again.
fn give_back_focus(before: Option<Element>) {
    if document().query_selector(".search :focus").ok().flatten().is_none() {
        return;
    }
    request_animation_frame(move || {
        let before = before.filter(|before| before.is_connected());
        let opener = || document().query_selector("[data-testid=search-open]").ok().flatten();
        if let Some(Ok(element)) = before.or_else(opener).map(JsCast::dyn_into::<HtmlElement>) {
            // The body takes no focus: then nothing has it, as before.
            let _ = element.focus();
        }
    });
}
