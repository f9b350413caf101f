//! The composer: a request by hand, its reply as it came, and the curl line that does the same.

use crate::prelude::*;

use shared::config::Reads;
use shared::request::Method;
use shared::session::Session;
use web_sys::KeyboardEvent;

use super::guarantee::Levels;
use super::icon::{Icon, Sign};
use crate::derived::{Call, Derived, Held, Value};
use crate::draft::{Draft, METHODS};
use crate::fixed::tenths;
use crate::kind::Kind;
use crate::lang::{en, fill, said, t};
use crate::observe::composes;
use crate::source::client::Answer;
use crate::values::{each, flag, shown, text, word, yes_or_no};

/// Shows the fields of a request, and what came of the last one.
#[component]
pub fn Composer(
    /// The request.
    draft: Held<Draft>,
    /// What this page has seen and written.
    session: Value<Session>,
    /// What clients get unless they ask otherwise.
    levels: Value<Levels>,
    /// How many replicas there are.
    replicas: Value<usize>,
    /// Where the server is, such as `http://127.0.0.1:9988`.
    origin: Signal<String>,
    /// Whether a request is under way.
    sending: Signal<bool>,
    /// What came of the last one.
    answer: Value<Option<Result<Answer, String>>>,
    /// Sends the request.
    on_send: Call<()>,
    /// Puts text on the clipboard.
    on_copy: Call<String>,
    /// What was copied just now.
    copied: Value<Option<String>>,
) -> impl IntoView {
    let problem = Derived::new(move |_| draft.read().check().err().map(|sentence| said(&sentence)));
    let curl = text(move || draft.read().curl(&origin.read(), &session.read()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if problem.read_untracked().is_none() {
            on_send.run(());
        }
    };
    view! {
        <form class="composer" data-testid="compose" on:submit=submit on:keydown=move |event| keep_letter(&event) novalidate>
            <Methods draft />
            <div class="fields">
                {shown(move || draft.read().names_note(), move || view! {
                    <TextField
                        name="note"
                        label=en("note")
                        hint=word(move || if draft.read().method == Method::Get { t("all") } else { "" })
                        value=text(move || draft.read().note.clone())
                        on_input=Call::new(move |text| draft.update(|draft| draft.note = text))
                    />
                }.into_any())}
                <Replicas draft replicas />
                {shown(move || draft.read().method == Method::Get, move || view! { <ReadLevels draft levels /> }.into_any())}
            </div>
            {shown(move || draft.read().has_body(), move || view! {
                <TextField
                    name="title"
                    label=en("title")
                    hint=t("left out")
                    value=text(move || draft.read().title.clone())
                    on_input=Call::new(move |text| draft.update(|draft| draft.title = text))
                />
                <label class="field">
                    <span>{t("body")}</span>
                    <textarea
                        rows="2"
                        data-testid="compose-body"
                        placeholder=t("left out")
                        prop:value=text(move || draft.read().body.clone())
                        on:input=move |event| draft.update(|draft| draft.body = event_target_value(&event))
                    ></textarea>
                </label>
            }.into_any())}
            <p class="problem" data-testid="compose-problem" role="status">{text(move || problem.get().unwrap_or_default())}</p>
            <button
                type="submit"
                class="send"
                data-testid="compose-send"
                disabled=flag(move || problem.read().is_some() || sending.get())
            >
                {text(move || if sending.get() { t("sending…").to_owned() } else { send_label(&draft.read()) })}
            </button>
            <div class:earlier=flag(move || problem.read().is_some())>
                {shown(move || problem.read().is_some() && answer.read().is_some(), || {
                    view! { <p class="hint-line" data-testid="reply-earlier">{t("The reply to the previous request:")}</p> }
                        .into_any()
                })}
                {move || answer.get().map(|answer| view! { <Reply answer /> })}
            </div>
            <div class="curl">
                <pre data-testid="compose-curl" tabindex="0">{curl}</pre>
                <button
                    type="button"
                    data-testid="compose-copy"
                    on:click=move |_| on_copy.run(curl.get_untracked())
                >
                    {word(move || if copied.read().as_ref() == Some(&*curl.read()) { t("copied") } else { t("copy as curl") })}
                </button>
            </div>
        </form>
    }
}

/// The Enter that ends a letter does not send what it stands in.
fn keep_letter(event: &KeyboardEvent) {
    if event.key() == "Enter" && composes(event) {
        event.prevent_default();
    }
}

fn send_label(draft: &Draft) -> String {
    fill("Send {method} {path}", &[("method", draft.method.as_str()), ("path", &draft.path())])
}

#[component]
fn Methods(draft: Held<Draft>) -> impl IntoView {
    view! {
        <div class="methods" role="group" aria-label=t("Method")>
            {METHODS.map(|method| view! {
                <button
                    type="button"
                    data-testid=format!("compose-method-{}", method.as_str().to_ascii_lowercase())
                    aria-pressed=word(move || yes_or_no(draft.read().method == method))
                    on:click=move |_| draft.update(|draft| draft.method = method)
                >
                    {method.as_str()}
                </button>
            })}
        </div>
    }
}

#[component]
fn Replicas(draft: Held<Draft>, replicas: Value<usize>) -> impl IntoView {
    let chosen = text(move || draft.read().replica.map_or_else(String::new, |id| id.to_string()));
    let ids = move || (1..=replicas.get()).map(|id| id.to_string()).collect();
    view! {
        <label class="field">
            <span>{t("replica")}</span>
            <select
                data-testid="compose-replica"
                prop:value=chosen
                on:change=move |event| draft.update(|draft| draft.replica = event_target_value(&event).parse().ok())
            >
                <option value="">{t("any")}</option>
                {each(ids, move |id| {
                    let (value, name) = (id.clone(), format!("R{id}"));
                    let selected = flag(move || draft.read().replica.is_some_and(|chosen| chosen.to_string() == id));
                    view! { <option value=value selected=selected>{name}</option> }.into_any()
                })}
            </select>
        </label>
    }
}

/// The read levels, weakest first.
const READS: [Reads; 4] = [Reads::Local, Reads::Committed, Reads::Session, Reads::Linearizable];

/// What a read must have seen.
#[component]
fn ReadLevels(draft: Held<Draft>, levels: Value<Levels>) -> impl IntoView {
    let chosen = word(move || draft.read().reads.map_or("", Reads::as_str));
    let choose = move |name: &str| {
        let reads = READS.into_iter().find(|reads| reads.as_str() == name);
        draft.update(|draft| draft.reads = reads);
    };
    view! {
        <label class="field">
            <span>{t("read level")}</span>
            <select
                data-testid="compose-reads"
                prop:value=chosen
                on:change=move |event| choose(&event_target_value(&event))
            >
                <option value="">{text(move || fill("default ({level})", &[("level", levels.get().1.as_str())]))}</option>
                {READS.map(|reads| view! {
                    <option value=reads.as_str() selected=flag(move || draft.read().reads == Some(reads))>
                        {reads.as_str()}
                    </option>
                })}
            </select>
        </label>
    }
}

#[component]
fn TextField(
    name: &'static str,
    label: &'static str,
    #[prop(into)] hint: Signal<String>,
    value: Signal<String>,
    on_input: Call<String>,
) -> impl IntoView {
    view! {
        <label class="field">
            <span>{t(label)}</span>
            <input
                type="text"
                autocomplete="off"
                data-testid=format!("compose-{name}")
                placeholder=hint
                prop:value=value
                on:input=move |event| on_input.run(event_target_value(&event))
            />
        </label>
    }
}

#[component]
fn Reply(answer: Result<Answer, String>) -> impl IntoView {
    match answer {
        Err(sentence) => {
            view! { <p class="problem" data-testid="reply-error" role="alert">{said(&sentence)}</p> }.into_any()
        }
        Ok(answer) => {
            let (kind, icon, verdict) = verdict(&answer);
            let Answer { request, status, status_text, headers, body, millis, .. } = answer;
            view! {
                <section class="reply" data-testid="reply" data-kind=kind.as_str()>
                    <p class="reply-status">
                        <Sign icon />
                        <b data-testid="reply-status">{format!("{status} {status_text}")}</b>
                        <span class="reply-took">{format!("{request} · {} ms", tenths(millis))}</span>
                    </p>
                    {(!verdict.is_empty()).then(|| view! { <p class="verdict" data-testid="reply-verdict">{verdict}</p> })}
                    <dl class="pairs">
                        {headers
                            .into_iter()
                            .map(|(name, value)| {
                                let test = format!("reply-{}", name.to_ascii_lowercase());
                                view! { <dt>{name}</dt><dd data-testid=test>{value}</dd> }
                            })
                            .collect_view()}
                    </dl>
                    <pre data-testid="reply-body" tabindex="0">{body}</pre>
                    <p class="hint-line">{t("This was the real time. The stage shows the same messages in slow motion.")}</p>
                </section>
            }
            .into_any()
        }
    }
}

/// Returns an answer's accent and sign, and in words what a status alone does not tell.
fn verdict(answer: &Answer) -> (Kind, Icon, String) {
    match (answer.status, answer.code.as_deref()) {
        (503, Some("unknown")) => (
            Kind::Update,
            Icon::Question,
            t("Unknown: it may or may not have been done. Read before you retry.").to_owned(),
        ),
        (503, _) => (Kind::Lost, Icon::Kind(Kind::Lost), t("Refused: nothing was changed. Send it again.").to_owned()),
        (..400, _) if !answer.without().is_empty() => {
            let missed: Vec<String> = answer.without().split(',').map(|id| format!("R{}", id.trim())).collect();
            let said =
                fill("Done and committed; not yet at {names}, which is suspected.", &[("names", &missed.join(", "))]);
            (Kind::Ack, Icon::Kind(Kind::Ack), said)
        }
        (..400, _) => (Kind::Ack, Icon::Kind(Kind::Ack), String::new()),
        _ => (Kind::Lost, Icon::Kind(Kind::Lost), String::new()),
    }
}
