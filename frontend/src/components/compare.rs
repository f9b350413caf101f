//! The dialog that compares the two protocols: the workload, how far it is, and both runs side by side.

use crate::prelude::*;

use super::compared::Compared;
use super::modal::Modal;
use crate::compare::{Contest, Pattern, Plan};
use crate::derived::{Call, Held, Value};
use crate::lang::{en, fill, said, t};
use crate::playback::{Action, Playback};
use crate::values::{flag, shown, text, word};
use crate::words::mode_name;

/// Shows the dialog while it is open.
#[component]
pub fn Compare(
    /// How far the comparison is.
    contest: Held<Contest>,
    /// The log, for the pictures.
    playback: Value<Playback>,
    /// A sentence about something that was not done.
    notice: Held<Option<String>>,
    /// Runs it.
    on_run: Call<()>,
    /// Does what was asked.
    on_action: Call<Action>,
    /// Draws the curl line of what was asked last.
    by_hand: Callback<(), AnyView>,
) -> impl IntoView {
    let open = flag(move || contest.read().open);
    let close = move || contest.update(|contest| contest.open = false);
    let seek = Call::new(move |stop| {
        close();
        on_action.run(Action::Seek(stop));
    });
    let title = text(|| t("Compare the two protocols").to_owned());
    let has_result = move || contest.read().result.is_some();
    view! {
        <Modal name="compare" title open on_close=Call::new(move |()| close()) notice>
            <p>{t("The same writes go to this cluster in remote-write, then in local-write. They are real; their notes are deleted afterwards, and the mode is restored.")}</p>
            <Workload contest on_run />
            <p class="compare-progress" data-testid="compare-progress">{text(move || progress(&contest.read()))}</p>
            <p class="unseen" role="status">{text(move || phase(&contest.read()))}</p>
            <div class="by-hand">{shown(move || contest.read().under_way.is_some() || has_result(), move || by_hand.run(()))}</div>
            {shown(has_result, move || view! { <Compared contest playback on_seek=seek /> }.into_any())}
        </Modal>
    }
}

fn progress(contest: &Contest) -> String {
    let Some((mode, done)) = contest.under_way else { return contest.error.as_deref().map(said).unwrap_or_default() };
    let (done, all) = (done.to_string(), contest.plan.writes.to_string());
    fill("{mode}: {done} of {all} writes", &[("mode", t(mode_name(mode))), ("done", &done), ("all", &all)])
}

/// What is spoken of the progress: not every write.
fn phase(contest: &Contest) -> String {
    match (contest.under_way, &contest.error, &contest.result) {
        (Some((mode, _)), ..) => t(mode_name(mode)).to_owned(),
        (None, Some(error), _) => said(error),
        (None, None, Some(_)) => t("Both protocols are compared.").to_owned(),
        (None, None, None) => String::new(),
    }
}

/// The fields of the workload.
#[component]
fn Workload(contest: Held<Contest>, on_run: Call<()>) -> impl IntoView {
    let runs = move || contest.read().under_way.is_some();
    let press = move |_| {
        if runs() {
            contest.update(|contest| contest.stop = true);
        } else {
            on_run.run(());
        }
    };
    let pattern = move |event| {
        let chosen = event_target_value(&event);
        if let Some((pattern, _)) = Pattern::ALL.iter().find(|(_, name)| *name == chosen) {
            contest.update(|contest| contest.plan.pattern = *pattern);
        }
    };
    let is = move |pattern: Pattern| flag(move || contest.read().plan.pattern == pattern);
    let seed = move || contest.read().plan.pattern == Pattern::Random;
    view! {
        <div class="compare-plan">
            {number(contest, en("notes"), "compare-notes", (1, 4), |plan| plan.notes as u64, |plan, number| plan.notes = at_most(number, 4))}
            {number(contest, en("writes"), "compare-writes", (4, 40), |plan| plan.writes as u64, |plan, number| plan.writes = at_most(number, 40))}
            <label>
                <span>{t("written at")}</span>
                <select data-testid="compare-pattern" on:change=pattern>
                    {Pattern::ALL.map(|(pattern, name)| view! { <option value=name selected=is(pattern)>{t(words(pattern))}</option> })}
                </select>
            </label>
            {shown(move || contest.read().plan.pattern != Pattern::Turns, move || {
                let label = if seed() { en("seed") } else { en("replica") };
                number(contest, label, "compare-number", (1, 999), |plan| plan.number, |plan, number| plan.number = number)
            })}
            <button type="button" class="compare-run" data-testid="compare-run" on:click=press>
                {word(move || if runs() { t("Stop") } else { t("Run") })}
            </button>
        </div>
    }
}

fn words(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::Turns => en("each replica in turn"),
        Pattern::Same => en("always the same replica"),
        Pattern::Random => en("a random replica"),
    }
}

fn at_most(number: u64, most: usize) -> usize {
    usize::try_from(number).unwrap_or(most).min(most)
}

fn number(
    contest: Held<Contest>,
    label: &'static str,
    testid: &'static str,
    (low, high): (u64, u64),
    of: fn(&Plan) -> u64,
    set: fn(&mut Plan, u64),
) -> AnyView {
    let value = text(move || of(&contest.read().plan).to_string());
    let change = move |event| {
        if let Ok(number) = event_target_value(&event).parse::<u64>() {
            contest.update(|contest| set(&mut contest.plan, number.clamp(low, high)));
        }
    };
    view! {
        <label>
            <span>{t(label)}</span>
            <input type="number" data-testid=testid min=low.to_string() max=high.to_string() prop:value=value on:change=change />
        </label>
    }
    .into_any()
}
