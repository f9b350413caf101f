//! The step log, as the original system prints it, with a sentence for each fault, and why the step at the cursor is
//! taken.

use std::time::Duration;

use leptos::html::Ol;

use crate::prelude::*;

use crate::derived::Call;
use crate::lang::{en, fill, t};
use crate::playback::Action;
use crate::screen::{Line, Screen};
use crate::values::{each, effect, flag, shown, word};

/// How many characters of a line are shown.
const LONGEST: usize = 200;

/// Shows the lines around the cursor; the one at the cursor is lit.
#[component]
pub fn Steps(
    /// What is shown.
    screen: Screen,
    /// Whether something is searched for.
    searching: Signal<bool>,
    /// Does what was asked.
    on_action: Call<Action>,
    /// Opens the search.
    on_search: Call<()>,
    /// Why the event at the cursor happened.
    why: AnyView,
) -> impl IntoView {
    let list = NodeRef::<Ol>::new();
    // The lit line is kept in sight: a scroll position is the browser's own state.
    effect(move || {
        let here = screen.lit.get();
        screen.lines.track();
        let lines = list.get();
        request_animation_frame(move || {
            if let (Some(lines), Some(place)) = (lines, here) {
                show(&lines, place);
            }
            // After this frame, so that a jump is seen at once.
            set_timeout(move || settle(screen), SETTLED);
        });
    });
    let places = move || screen.lines.read().iter().map(Line::name).collect();
    let is_empty = move || screen.lines.read().is_empty();
    view! {
        <div class="steps" data-testid="steps">
            {shown(move || !searching.get(), move || view! { <SearchOpener on_search /> }.into_any())}
            {shown(is_empty, move || view! { <p class="hint">{word(move || if searching.get() { t(NOTHING) } else { t(NO_STEP) })}</p> }.into_any())}
            <ol class="step-lines" node_ref=list tabindex="0" aria-label=t("Step log")>
                {each(places, move |name| view! { <StepLine screen name on_action /> }.into_any())}
            </ol>
            <WhyThis screen why />
        </div>
    }
}

/// What is said above no lines.
const NO_STEP: &str = en("No step yet. Send a request, here under Compose or with curl, and its steps appear.");
/// How long after a frame the cursor has settled.
const SETTLED: Duration = Duration::from_millis(20);
const NOTHING: &str = en("No step matches.");

/// What looks like the field of the search, and opens it.
#[component]
fn SearchOpener(on_search: Call<()>) -> impl IntoView {
    view! {
        <button type="button" class="search-open" data-testid="search-open" on:click=move |_| on_search.run(())>
            {t("Search events")} <kbd aria-hidden="true">"/"</kbd>
        </button>
    }
}

#[component]
fn StepLine(screen: Screen, name: String, on_action: Call<Action>) -> impl IntoView {
    let lit = screen.lit;
    let lines = screen.lines.read_untracked();
    let line = lines.iter().find(|line| line.name() == name).cloned()?;
    let Line { place, stop, time, text, said, fault, folded, kind, note } = line;
    let folded = (folded > 0).then(|| fill("{count} folded", &[("count", &folded.to_string())]));
    let is_pointed = move || screen.pointed.get().meets(place, None, note);
    let (shown, is_cut) = cut(&text);
    let title = if is_cut { text } else { t("Go to this step").to_owned() };
    let is_lit = move || lit.get() == Some(place);
    let is_future = move || lit.get().is_none_or(|lit| lit < place);
    Some(view! {
        <li data-place=place.to_string() data-kind=kind.as_str() data-folded=folded class:said=said class:lit=flag(is_lit) class:future=flag(is_future) class:fault=fault class:pointed=flag(is_pointed)>
            <button
                type="button"
                title=title
                aria-current=word(move || if is_lit() { "step" } else { "false" })
                on:click=move |_| on_action.run(Action::Seek(stop))
            >
                <span class="step-time">{time}</span>
                " "
                <bdi dir="auto">{shown}</bdi>
            </button>
        </li>
    })
}

/// Returns the beginning of a line, and whether it was cut; marks that turn the text around are written out.
fn cut(line: &str) -> (String, bool) {
    let mut shown = String::new();
    for (index, char) in line.chars().enumerate() {
        if index == LONGEST {
            shown.push('…');
            return (shown, true);
        }
        if matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            shown.extend(char.escape_unicode());
        } else {
            shown.push(char);
        }
    }
    (shown, false)
}

/// What happened at the cursor, and why.
#[component]
fn WhyThis(screen: Screen, why: AnyView) -> impl IntoView {
    let is_step = move || screen.moment.read().as_ref().is_some_and(|moment| moment.step.is_some());
    view! {
        <section class="why" data-testid="why" data-kind=screen.accent() hidden=flag(move || screen.moment.read().is_none())>
            <h2>{t("Why this step?")}</h2>
            <p class="why-what">
                {shown(is_step, move || view! { <b class="step-chip">{screen.step()}</b> " " }.into_any())}
                {screen.what()}
            </p>
            {why}
        </section>
    }
}

/// Lets the lines around the cursor be drawn, unless the page is gone.
fn settle(screen: Screen) {
    let Some(before) = screen.settled.try_get_untracked() else { return };
    let (_, here) = screen.at.get_untracked();
    if before != here {
        screen.settled.set(here);
    }
}

/// Scrolls the list, and nothing else, so that the line is in its middle.
fn show(list: &web_sys::HtmlElement, place: u64) {
    let Ok(Some(line)) = list.query_selector(&format!("[data-place=\"{place}\"]")) else { return };
    let (line, frame) = (line.get_bounding_client_rect(), list.get_bounding_client_rect());
    let off = line.top() + line.height() / 2.0 - frame.top() - frame.height() / 2.0;
    #[allow(clippy::cast_possible_truncation, reason = "pixels")]
    list.set_scroll_top(list.scroll_top() + off as i32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_and_none_is_turned_around() {
        assert_eq!(cut("a\u{202e}b"), ("a\\u{202e}b".to_owned(), false));
        let (shown, is_cut) = cut(&"é".repeat(300));
        assert_eq!((shown.chars().count(), is_cut), (LONGEST + 1, true));
    }
}
