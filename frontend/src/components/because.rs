//! Why the event at the cursor happened: the rule, and the chain of causes back to the client's request; each link goes
//! to its event.

use crate::prelude::*;

use crate::causes::{Story, Told};
use crate::derived::{Call, Value};
use crate::lang::{fill, t};
use crate::playback::Action;
use crate::reason::Reason;

/// Shows the rule and the chain.
#[component]
pub fn Because(
    /// Why it happened.
    reason: Value<Option<Reason>>,
    /// Does what was asked.
    on_action: Call<Action>,
) -> impl IntoView {
    move || {
        let Reason { why, story, taken_back } = reason.get()?;
        let taken_back = (!taken_back.is_empty()).then(|| view! { <TakenBack writes=taken_back /> });
        Some(view! { {taken_back} <p class="why-rule">{why}</p> <Chain story on_action /> })
    }
}

/// The writes that were taken back, all of them by name.
#[component]
fn TakenBack(writes: Vec<String>) -> impl IntoView {
    let items = writes.into_iter().map(|write| view! { <li><bdi dir="auto">{write}</bdi></li> }).collect_view();
    view! { <ul class="taken-back" data-testid="taken-back">{items}</ul> }
}

/// Shows the chain, the nearest cause first, and where the rule is written down.
#[component]
fn Chain(
    /// The chain.
    story: Story,
    /// Does what was asked.
    on_action: Call<Action>,
) -> impl IntoView {
    let Story { near, between, end, reference } = story;
    let links = move |links: Vec<Told>| links.into_iter().map(|told| link(told, on_action)).collect_view();
    let rest = (!between.is_empty()).then(|| {
        let count = between.len().to_string();
        view! {
            <details class="because-rest">
                <summary>{fill("… {count} more", &[("count", &count)])}</summary>
                <ol>{links(between)}</ol>
            </details>
        }
        .into_any()
    });
    let chain = (!near.is_empty()).then(|| {
        view! {
            <h4>{t("because")}</h4>
            <ol data-testid="because">{links(near)} <li class="because-fold">{rest}</li> {links(end.into_iter().collect())}</ol>
        }
        .into_any()
    });
    view! { <div class="because">{chain} <p class="because-rule">{reference}</p></div> }
}

fn link(told: Told, on_action: Call<Action>) -> AnyView {
    let Told { text, stop, kind } = told;
    let text = view! { <bdi dir="auto">{text}</bdi> }.into_any();
    let inner = match stop {
        None => text,
        Some(stop) => {
            let seek = move |_| on_action.run(Action::Seek(stop));
            view! { <button type="button" title=t("Go to this step") on:click=seek>{text}</button> }.into_any()
        }
    };
    view! { <li data-kind=kind.as_str()>{inner}</li> }.into_any()
}
