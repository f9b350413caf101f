//! The step log, as the original system prints it, with a sentence for each fault, and why the step at the cursor is
//! taken.

use leptos::html::Ol;
use web_sys::{Element, MouseEvent};

use crate::prelude::*;

use crate::derived::{Call, Held};
use crate::focus::Lit;
use crate::kept::Kept;
use crate::lang::{en, fill, t};
use crate::markup::{escaped, tag};
use crate::observe::{closest, observe_size};
use crate::playback::Action;
use crate::rows::{Row, Rows};
use crate::screen::{Line, Screen};
use crate::values::{effect, flag, shown, word};

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
    let (list, height) = (NodeRef::<Ol>::new(), Held::new(0.0));
    observe_size(list, move |_, seen, _| height.set(seen));
    // The lit line is kept in sight, also when its list is lower than before: a scroll position is the browser's own state.
    effect(move || {
        let here = screen.lit.get();
        screen.lines.track();
        height.track();
        let lines = list.get();
        request_animation_frame(move || {
            if let (Some(lines), Some(place)) = (lines, here) {
                show(&lines, place);
            }
        });
    });
    let rows = Kept::new(Rows::default());
    effect(move || {
        let (lines, here, pointed) = (screen.lines.read(), screen.lit.get(), screen.pointed.get());
        let Some(list) = list.get() else { return };
        rows.with(|rows| {
            let names: Vec<String> = lines.iter().map(Line::name).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let rows = rows.show(&list, &names, &|index| markup(&lines[index]));
            rows.iter_mut().zip(lines.iter()).for_each(|(row, line)| light(row, line, here, &pointed));
        });
    });
    let press = move |event: MouseEvent| {
        let place = closest(event.target(), "button").and_then(|button| place_of(&button));
        if let Some(line) = screen.lines.read_untracked().iter().find(|line| Some(line.place) == place) {
            on_action.run(Action::Seek(line.stop));
        }
    };
    let is_empty = move || screen.lines.read().is_empty();
    view! {
        <div class="steps" data-testid="steps">
            {shown(move || !searching.get(), move || view! { <SearchOpener on_search /> }.into_any())}
            {shown(is_empty, move || view! { <p class="hint">{word(move || if searching.get() { t(NOTHING) } else { t(NO_STEP) })}</p> }.into_any())}
            <ol class="step-lines" node_ref=list tabindex="0" aria-label=t("Step log") on:click=press></ol>
            <WhyThis screen why />
        </div>
    }
}

/// What is said above no lines.
const NO_STEP: &str = en("No step yet. Send a request, under Compose or with curl, and its steps appear here.");
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

/// Writes a line.
fn markup(line: &Line) -> String {
    let (shown, is_cut) = cut(&line.text);
    let class = [if line.said { "said " } else { "" }, if line.fault { "fault" } else { "" }].concat();
    let title = if is_cut { &*line.text } else { t("Go to this step") };
    let words =
        tag("span", &[("class", "step-time")], &line.time) + " " + &tag("bdi", &[("dir", "auto")], &escaped(&shown));
    let button = tag("button", &[("type", "button"), ("title", title)], &words);
    let (place, folded) = (line.place.to_string(), fill("{count} folded", &[("count", &line.folded.to_string())]));
    let attributes =
        [("data-place", &*place), ("data-kind", line.kind.as_str()), ("class", &*class), ("data-folded", &*folded)];
    let count = attributes.len() - usize::from(line.folded == 0);
    tag("li", &attributes[..count], &button)
}

/// Says which line the cursor is at, what comes after it, and what is pointed at.
fn light(row: &mut Row, line: &Line, lit: Option<u64>, pointed: &Lit) {
    let is_lit = lit == Some(line.place);
    if row.mark("lit", is_lit) {
        // Neither fails: the line holds its button, and the attribute is one.
        let _ = row.element.first_element_child().map(|button| {
            if is_lit { button.set_attribute("aria-current", "step") } else { button.remove_attribute("aria-current") }
        });
    }
    row.mark("future", lit.is_none_or(|lit| lit < line.place));
    row.mark("pointed", pointed.meets(line.place, None, line.note));
}

/// Returns the place of the line that a button is in.
fn place_of(button: &Element) -> Option<u64> {
    button.parent_element()?.get_attribute("data-place")?.parse().ok()
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
