//! Two events that were picked: which happened before the other, and what says so.

use crate::prelude::*;

use super::diagram::Parts;
use super::icon::{Icon, Sign};
use crate::derived::Derived;
use crate::diagram::Options;
use crate::diagram::order::{self, Verdict};
use crate::lang::t;
use crate::playback::Playback;
use crate::words;

/// What is shown of a comparison.
#[derive(Clone, Debug, PartialEq)]
struct Comparison {
    /// For each event that was picked: what happened, and its clock, entry by entry.
    events: Vec<(String, Vec<u64>)>,
    /// What is said of the two.
    verdict: Option<Verdict>,
}

/// Shows what was picked and what follows.
#[component]
pub fn DiagramOrder(
    /// What the diagram shows.
    parts: Parts,
) -> impl IntoView {
    let comparison = Derived::new(move |_| {
        let options = parts.options.get();
        options.compares().then(|| parts.playback.with_untracked(|playback| compare(playback, options.picked)))
    });
    let close = move |_| parts.options.update(Options::end_comparison);
    move || {
        comparison.get().map(|comparison| {
            view! {
                <section class="diagram-order" data-testid="diagram-order" role="status">
                    <button type="button" class="quiet-button" data-testid="diagram-order-close" aria-label=t("Close") on:click=close>
                        <Sign icon=Icon::Close />
                    </button>
                    {said(comparison)}
                </section>
            }
            .into_any()
        })
    }
}

fn compare(playback: &Playback, picked: [Option<u64>; 2]) -> Comparison {
    let log = playback.log();
    let entries = picked.into_iter().flatten().filter_map(|place| log.entry(place));
    let events = entries
        .map(|entry| (words::what(&entry.event, playback.letter(&entry.event)), entry.event.stamp.vector.clone()));
    let [a, b] = picked;
    let verdict = a.zip(b).and_then(|(a, b)| order::verdict(log, a, b));
    Comparison { events: events.collect(), verdict }
}

fn said(comparison: Comparison) -> AnyView {
    let Comparison { events, verdict } = comparison;
    let hint = match (events.len(), &verdict) {
        (0, _) => t("Press the first event."),
        (1, _) => t("Press a second event to see which happened before the other."),
        (_, None) => t("One of the two is no longer kept."),
        (_, Some(_)) => "",
    };
    let decides =
        |index: usize| verdict.iter().flat_map(|verdict| &verdict.deciding).any(|deciding| deciding.index == index);
    let clock = |vector: &[u64]| {
        let count = |(index, count): (usize, &u64)| {
            let class = if decides(index) { "deciding" } else { "" };
            view! { <span class=class>{count.to_string()}</span> " " }
        };
        vector.iter().enumerate().map(count).collect_view()
    };
    let pair = |(letter, (what, vector)): (&'static str, &(String, Vec<u64>))| {
        view! { <dt>{letter}</dt><dd>{what.clone()} " " <span class="diagram-vector">"[ " {clock(vector)} "]"</span></dd> }
    };
    let pairs = ["A", "B"].into_iter().zip(&events).map(pair).collect_view();
    let (sentence, reasons, way) = verdict.as_ref().map_or_else(Default::default, |verdict| {
        let reasons: Vec<String> = verdict.deciding.iter().map(|deciding| deciding.says.clone()).collect();
        (verdict.sentence.clone(), reasons.join(" "), verdict.way.clone())
    });
    view! {
        <p class="diagram-verdict" data-testid="diagram-verdict">{sentence} {hint}</p>
        <dl>{pairs}</dl>
        <p>{reasons}</p>
        <p class="diagram-way">{way}</p>
    }
    .into_any()
}
