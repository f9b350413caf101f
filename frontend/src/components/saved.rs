//! The line over a saved run: that it is not live, where it is from, what was wrong with it, and the way back.

use crate::prelude::*;

use crate::derived::{Call, Value};
use crate::lang::{en, fill, t};
use crate::run_file::Remark;
use crate::values::{shown, text};

/// Said where something is asked that only a cluster can do.
pub const NOT_LIVE: &str = en("This is a saved run: there is no cluster to send requests to.");

/// A saved run that is shown: where it is from and what was wrong with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Saved {
    /// The file's name; `None` when it came in a link or with the page.
    pub name: Option<String>,
    /// How many events it has.
    pub count: usize,
    /// Whether it holds only the notes that its events are about.
    pub partial: bool,
    /// What was wrong with it.
    pub remarks: Vec<Remark>,
}

/// Shows the line while a saved run is shown.
#[component]
pub fn SavedLine(
    /// The run.
    saved: Value<Option<Saved>>,
    /// Whether there can be a server to go back to.
    can_return: bool,
    /// Goes back to the server.
    on_return: Call<()>,
) -> impl IntoView {
    let said = text(move || saved.read().as_ref().map_or_else(String::new, said));
    let remarks = move || saved.read().as_ref().map_or_else(Vec::new, |saved| saved.remarks.clone());
    shown(
        move || saved.read().is_some(),
        move || {
            let back = can_return.then(|| back_button("back-to-live", on_return));
            view! {
                <div class="saved" data-testid="saved" role="status">
                    <p>{said}</p>
                    {move || wrong(&remarks())}
                    {back}
                </div>
            }
            .into_any()
        },
    )
}

fn back_button(name: &'static str, on_return: Call<()>) -> AnyView {
    view! {
        <button type="button" class="plain" data-testid=name on:click=move |_| on_return.run(())>{t("Back to live")}</button>
    }
    .into_any()
}

/// What stands in place of the composer.
#[component]
pub fn NotLive(
    /// Whether there can be a server to go back to.
    can_return: bool,
    /// Goes back to the server.
    on_return: Call<()>,
) -> impl IntoView {
    view! {
        <div class="not-live" data-testid="not-live">
            <p>{t(NOT_LIVE)}</p>
            {can_return.then(|| back_button("not-live-back", on_return))}
        </div>
    }
}

fn said(saved: &Saved) -> String {
    let count = saved.count.to_string();
    let values = [("name", saved.name.as_deref().unwrap_or_default()), ("count", &count)];
    let said = match (&saved.name, saved.count) {
        (Some(_), 1) => fill("Saved run {name}: 1 event, not live.", &values),
        (Some(_), _) => fill("Saved run {name}: {count} events, not live.", &values),
        (None, 1) => fill("Saved run: 1 event, not live.", &values),
        (None, _) => fill("Saved run: {count} events, not live.", &values),
    };
    if saved.partial { said + " " + t("It contains only the notes they concern.") } else { said }
}

/// The first thing that was wrong is seen, the others are behind it.
fn wrong(remarks: &[Remark]) -> Option<AnyView> {
    let mut words = remarks.iter().map(Remark::words);
    let first = words.next()?;
    let rest: Vec<_> = words.map(|words| view! { <li>{words}</li> }).collect();
    let view = if rest.is_empty() {
        view! { <p data-testid="saved-wrong">{first}</p> }.into_any()
    } else {
        let more = fill("and {count} more", &[("count", &rest.len().to_string())]);
        view! {
            <details data-testid="saved-wrong">
                <summary>{first} " " <span>{more}</span></summary>
                <ul>{rest}</ul>
            </details>
        }
        .into_any()
    };
    Some(view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_is_no_events() {
        let run = |count| said(&Saved { name: None, count, partial: false, remarks: Vec::new() });
        assert_eq!([run(1), run(2)], ["Saved run: 1 event, not live.", "Saved run: 2 events, not live."]);
    }
}
