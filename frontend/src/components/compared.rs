//! Both runs side by side: what the numbers show, the numbers, each request in both protocols, and one of them drawn.

use crate::prelude::*;

use crate::compare::{self, Contest, MODES, Measure};
use crate::derived::{Call, Held, Value};
use crate::fixed::hundredths;
use crate::lang::{fill, t};
use crate::playback::Playback;
use crate::values::{flag, text, word, yes_or_no};
use crate::words::mode_name;

/// Shows the result of a comparison.
#[component]
pub fn Compared(
    /// The comparison, with a result.
    contest: Held<Contest>,
    /// The log, for the pictures.
    playback: Value<Playback>,
    /// Goes to the event with a picture that has this number.
    on_seek: Call<u64>,
) -> impl IntoView {
    let sides = contest.with_untracked(|contest| contest.result.clone()).unwrap_or_default();
    let chosen = Held::new(0);
    let said = compare::sentences(&sides).into_iter().map(|said| view! { <li>{said}</li> }.into_any()).collect_view();
    let table = compare::table(&sides);
    let most = sides.iter().flatten().map(|cost| cost.all).max().unwrap_or(1);
    let rows = sides[0].iter().zip(&sides[1]).enumerate();
    let rows = rows.map(|(index, pair)| row(index, [pair.0, pair.1], most, chosen, on_seek)).collect_view();
    let strips = [0, 1].map(|side| {
        let traces: Vec<_> = sides[side].iter().map(|cost| cost.trace.clone()).collect();
        let drawn = move || {
            let trace = traces.get(chosen.get());
            trace.map(|trace| playback.with_untracked(|playback| compare::strip(playback.log(), trace))).unwrap_or_default()
        };
        view! { <figure><figcaption>{t(mode_name(MODES[side]))}</figcaption> <div inner_html=text(drawn)></div></figure> }.into_any()
    });
    let heading = move || fill("Write {number} in both protocols", &[("number", &(chosen.get() + 1).to_string())]);
    view! {
        <div class="compared" data-testid="compared">
            <ul class="compared-said">{said}</ul>
            <div class="compared-numbers"><table data-testid="compared-table" inner_html=table></table></div>
            <h3>{t("Each write: press a number to draw it below, a bar to see it on the stage")}</h3>
            <ol class="compared-rows">
                <li class="compared-head" aria-hidden="true"><span></span>{MODES.map(|mode| view! { <span>{t(mode_name(mode))}</span> })}</li>
                {rows}
            </ol>
            <h3>{text(heading)}</h3>
            <div class="compared-strips" data-testid="compared-strips">{strips}</div>
        </div>
    }
}

/// One write: its number, and a bar of its messages in each mode.
#[allow(clippy::cast_precision_loss, reason = "a request lasts no years")]
fn row(index: usize, pair: [&Measure; 2], most: u64, chosen: Held<usize>, on_seek: Call<u64>) -> AnyView {
    let bars = pair.into_iter().zip(MODES).map(|(cost, mode)| {
        let (begin, bar) = (cost.begin, compare::bar(cost.all, most));
        let (messages, hops, time) =
            (cost.all.to_string(), cost.hops.to_string(), hundredths(cost.micros as f64 / 1_000.0));
        let values = [("messages", messages.as_str()), ("hops", hops.as_str()), ("time", time.as_str())];
        let moved = cost.handoffs > 0;
        let crown = if moved { t("handoff") } else { "" };
        view! {
            <button
                type="button"
                class="compared-bar"
                class:moved=moved
                data-testid=format!("compared-{}-{index}", mode.as_str())
                title=t("See it on the stage")
                on:click=move |_| on_seek.run(begin)
            >
                <span inner_html=bar></span>
                <span>{fill("{messages} messages · {hops} hops · {time} ms", &values)} " " <b>{crown}</b></span>
            </button>
        }
        .into_any()
    });
    let bars = bars.collect_view();
    let is_chosen = move || chosen.get() == index;
    view! {
        <li class:chosen=flag(is_chosen)>
            <button
                type="button"
                aria-pressed=word(move || yes_or_no(is_chosen()))
                aria-label=fill("Draw write {number}", &[("number", &(index + 1).to_string())])
                data-testid=format!("compared-draw-{index}")
                on:click=move |_| chosen.set(index)
            >
                {index + 1}
            </button>
            {bars}
        </li>
    }
    .into_any()
}
