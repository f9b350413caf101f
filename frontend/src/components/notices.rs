//! What stands on the stage when there is little to see: each says what is so and what to do next.

use std::time::Duration;

use crate::prelude::*;

use shared::id::NoteId;

use crate::connection::{Gap, Link};
use crate::derived::{Call, Held, Value};
use crate::kept::Kept;
use crate::kind::Kind;
use crate::lang::{fill, said, t};
use crate::observe::now;
use crate::screen::{Moment, Screen};
use crate::speech::{Heard, Speaker};
use crate::values::{effect, shown, text, word};

/// The foot of the stage: what just happened, or how to begin.
#[component]
pub fn Caption(
    /// What is shown.
    screen: Screen,
    /// The curl line that creates a note.
    curl: Signal<String>,
    /// Creates a note.
    on_create: Call<()>,
    /// Whether there is a cluster to create it.
    can_create: Signal<bool>,
) -> impl IntoView {
    let no_notes = move || screen.cards.read().notes == 0 && screen.pills.read().is_empty();
    // Nothing of a client's request is under way or was said last.
    let at_rest = move || {
        let said = screen.moment.read().as_ref().is_some_and(|moment| moment.kind != Kind::Quiet);
        !said && screen.pills.read().is_empty() && screen.status.get().behind() == 0
    };
    let nobody = move || !screen.cards.read().unheld.is_empty() && at_rest();
    view! {
        <div class="caption" data-testid="caption">
            {shown(no_notes, move || {
                let create = move || {
                    view! {
                        <button type="button" class="plain" data-testid="create-first" on:click=move |_| on_create.run(())>
                            {t("Create the first one")}
                        </button>
                        <code title=t("The same with curl")>{curl}</code>
                    }
                    .into_any()
                };
                view! {
                    <p class="none">{t("There are no notes yet.")}</p>
                    {shown(move || can_create.get(), create)}
                }
                .into_any()
            })}
            {shown(nobody, move || {
                view! { <p class="quiet" data-testid="unheld">{text(move || unheld(&screen.cards.read().unheld))}</p> }
                    .into_any()
            })}
            {shown(move || !no_notes() && !nobody(), move || view! { <Happening screen /> }.into_any())}
            {shown(move || !screen.token.read().warning.is_empty(), move || {
                view! { <span class="ping-pong" data-testid="caption-ping-pong">{text(move || screen.token.read().warning.clone())}</span> }
                    .into_any()
            })}
        </div>
    }
}

fn unheld(notes: &[NoteId]) -> String {
    match notes {
        [note] => fill(
            "Note {note} has no primary yet: the replica that writes it first becomes its primary.",
            &[("note", &note.to_string())],
        ),
        _ => t("These notes have no primary yet: the replica that writes one first becomes its primary.").to_owned(),
    }
}

/// The event at the cursor, in one sentence.
#[component]
fn Happening(
    /// What is shown.
    screen: Screen,
) -> impl IntoView {
    view! {
        <p data-kind=screen.accent()>
            <span class="step">{screen.step()}</span>
            " "
            {screen.what()}
        </p>
    }
}

/// What fills the stage before a server was heard.
#[component]
pub fn Absence(
    /// The state of the stream.
    link: Value<Link>,
    /// Tries again now.
    on_retry: Call<()>,
) -> impl IntoView {
    let words = move || match link.get() {
        Link::Absent => t("No server answers here. Start it, and this page connects by itself:"),
        Link::Silent(_) => {
            t("The server does not answer: it or the network is stuck, or this browser has too many of its pages open.")
        }
        Link::Connecting | Link::Live | Link::Lost | Link::Ended | Link::Resting | Link::Saved | Link::Kept(_) => {
            t("Connecting to the cluster…")
        }
        Link::Unreadable => t("This page cannot read the server's data: their versions differ. Reload the page."),
    };
    view! {
        <div class="stage-empty" data-testid="absence">
            <p>{word(words)}</p>
            {shown(move || link.get() == Link::Absent, || view! { <pre>"cargo xtask serve"</pre> }.into_any())}
            {shown(move || matches!(link.get(), Link::Absent | Link::Silent(_)), move || {
                view! {
                    <button type="button" class="plain" on:click=move |_| on_retry.run(())>{t("Try again now")}</button>
                }
                .into_any()
            })}
        </div>
    }
}

/// A sentence over everything else, until it is put away: something that was asked for was not done.
#[component]
pub fn Notice(
    /// The sentence, as it was kept.
    notice: Value<Option<String>>,
    /// Puts it away.
    on_close: Call<()>,
) -> impl IntoView {
    view! {
        {shown(move || notice.read().is_some(), move || {
            view! {
                <div class="notice" role="alert" data-testid="notice">
                    <p>{text(move || notice.read().as_deref().map(said).unwrap_or_default())}</p>
                    <button type="button" class="plain" on:click=move |_| on_close.run(())>{t("close")}</button>
                </div>
            }
            .into_any()
        })}
    }
}

/// Said over a stage that does not show what happens now, and what can be done about it.
#[component]
pub fn Offline(
    /// The state of the stream.
    link: Value<Link>,
    /// Whether there is anything to see.
    known: Signal<bool>,
    /// Whether the server has another build of this page.
    older: Signal<bool>,
    /// Leaves a run that was kept for what happens now.
    on_leave: Call<()>,
    /// Loads the page anew.
    on_reload: Call<()>,
) -> impl IntoView {
    let words = move || match link.get() {
        _ if !known.get() => "",
        Link::Lost => {
            t("Connection lost. You see the last events received and can step through them while the page reconnects.")
        }
        Link::Ended => {
            t("The server was stopped. You see the last events received; start it again and the page reconnects.")
        }
        Link::Unreadable => {
            t("This page can no longer read the server's data. You see the last readable events; reload the page.")
        }
        Link::Silent(_) => t(
            "No data and no heartbeat from the server: it or the network is stuck, or this browser has too many of its \
             pages open. You see the last events received; the page keeps retrying.",
        ),
        Link::Kept(Gap::Restart) => {
            t("The server was restarted. This is the earlier run; it stays while the page is paused.")
        }
        Link::Kept(Gap::Loss) => t(
            "The server no longer keeps the events that follow here: too many have happened since. What is shown stays \
             while the page is paused.",
        ),
        Link::Connecting | Link::Live | Link::Absent | Link::Resting | Link::Saved => "",
    };
    let leave = move || {
        view! {
            <button type="button" class="plain" data-testid="leave-kept" on:click=move |_| on_leave.run(())>
                {word(move || if link.get() == Link::Kept(Gap::Loss) { t("Show the current events") } else { t("Show the new run") })}
            </button>
        }
        .into_any()
    };
    let said = move || view! { <p>{word(words)}</p> }.into_any();
    let reload = move || {
        view! {
            <p data-testid="older">
                {t("This page is older than the server: Baton was rebuilt since it was opened, and parts may not work.")}
            </p>
            {reload_button(on_reload)}
        }
        .into_any()
    };
    let strip = move || {
        view! {
            <div class="offline" data-testid="offline">
                {shown(move || !words().is_empty(), said)}
                {shown(move || matches!(link.get(), Link::Kept(_)), leave)}
                {shown(move || older.get(), reload)}
            </div>
        }
        .into_any()
    };
    shown(move || older.get() || !words().is_empty(), strip)
}

/// A button that loads the page anew, where another try would be in vain.
pub fn reload_button(on_reload: Call<()>) -> AnyView {
    view! {
        <button type="button" class="plain" data-testid="reload" on:click=move |_| on_reload.run(())>{t("Reload the page")}</button>
    }
    .into_any()
}

/// Speaks to those who do not see the stage: what is said, and how much of it, is decided in [`crate::speech`].
#[component]
pub fn Speech(
    /// What is shown.
    screen: Screen,
) -> impl IntoView {
    let said = Held::new(String::new());
    let speaker = Kept::new(Speaker::default());
    effect(move || {
        let Some(moment) = screen.moment.get() else { return };
        let status = screen.status.get_untracked();
        let Moment { place, what, .. } = moment;
        let heard = Heard { place, number: status.stop, what, runs: status.playing };
        let waited = speaker.with(|speaker| {
            let waited = speaker.wait(now()).is_some();
            speaker.hear(heard);
            waited
        });
        if waited == Some(false) {
            speak(speaker, said);
        }
    });
    view! { <p class="unseen" aria-live="polite" data-testid="speech">{text(move || said.get())}</p> }
}

/// Says what waits, as soon as it may be said.
fn speak(speaker: Kept<Speaker>, said: Held<String>) {
    // A timer may ring when the page is gone already.
    let Some(Some(wait)) = speaker.with(|speaker| speaker.wait(now())) else { return };
    if wait > 0.0 {
        set_timeout(move || speak(speaker, said), Duration::from_secs_f64(wait / 1_000.0));
    } else if let Some(Some(next)) = speaker.with(|speaker| speaker.speak(now())) {
        // Only what differs is read aloud: the same sentence of another event ends in a space.
        said.update(|said| *said = if *said == next { next + "\u{a0}" } else { next });
    }
}
