//! The Files dialog: open a run, save one, make a link or a page of it.

use crate::prelude::*;
use leptos::html::Input;
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement};

use super::modal::Modal;
use crate::derived::{Call, Held, Value};
use crate::export::Format;
use crate::lang::{en, said, t};
use crate::values::{flag, shown, text};

/// What the dialog does beside opening a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Save everything.
    SaveAll,
    /// Save the request at the cursor.
    SaveRequest,
    /// Make a link to this moment.
    Link,
    /// Save a page that stands alone.
    Page,
    /// Write the request at the cursor for another program.
    Export(Format),
}

/// What came of the last job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// What was done, or why not: a sentence to be kept.
    pub words: String,
    /// The link that was made.
    pub link: Option<String>,
}

/// Each job: its name for tests, what it is called, what it is for.
const JOBS: [(Job, &str, &str, &str); 4] = [
    (
        Job::Link,
        "link",
        en("Copy a link to this moment (K)"),
        en("The link contains the events of the request at the cursor. It opens at this moment, also when the server \
             is gone."),
    ),
    (
        Job::Page,
        "page",
        en("Save as a page"),
        en("One .html file with everything on this page. A double click opens it: no server, no network."),
    ),
    (
        Job::SaveRequest,
        "save-request",
        en("Save this request"),
        en("The events of the request at the cursor, as JSON Lines: one event per line."),
    ),
    (Job::SaveAll, "save-all", en("Save everything"), en("All events of this page, as JSON Lines.")),
];

/// Shows the dialog while it is open.
#[component]
pub fn Files(
    /// Whether it is open.
    open: Held<bool>,
    /// Whether there is anything to save.
    ready: Signal<bool>,
    /// What came of the last job.
    made: Value<Made>,
    /// A sentence about something that was not done.
    notice: Held<Option<String>>,
    /// Opens a file.
    on_file: Call<File>,
    /// Does a job.
    on_job: Call<Job>,
) -> impl IntoView {
    let title = text(|| t("Files and links").to_owned());
    view! {
        <Modal name="files" title open=open.into() on_close=Call::new(move |()| open.set(false)) notice>
            <OpenRow on_file />
            {JOBS.map(|(job, name, title, what)| view! {
                <button
                    type="button"
                    class="file-row"
                    data-testid=format!("files-{name}")
                    disabled=flag(move || !ready.get())
                    on:click=move |_| on_job.run(job)
                >
                    <strong>{t(title)}</strong>
                    <span>{t(what)}</span>
                </button>
            })}
            <div class="file-row files-export">
                <strong>{t("For other programs")}</strong>
                <span>{t("The request at the cursor as a picture, for ShiViz (space-time diagrams with clocks), or for Mermaid (diagrams in Markdown).")}</span>
                <div class="files-formats">
                    {Format::ALL.map(|format| view! {
                        <button
                            type="button"
                            class="plain"
                            data-testid=format!("files-export-{}", format.words().1)
                            disabled=flag(move || !ready.get())
                            on:click=move |_| on_job.run(Job::Export(format))
                        >
                            {format.words().0}
                        </button>
                    })}
                </div>
            </div>
            <p class="files-made" role="status" data-testid="files-made">{text(move || said(&made.read().words))}</p>
            {shown(move || made.read().link.is_some(), move || view! { <LinkField made /> }.into_any())}
        </Modal>
    }
}

/// The field that opens a file: reached by the keyboard as any other.
#[component]
fn OpenRow(on_file: Call<File>) -> impl IntoView {
    let chosen = move |event: leptos::ev::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            on_file.run(file);
        }
        // So that the same file can be chosen again.
        input.set_value("");
    };
    view! {
        <label class="file-row">
            <input type="file" class="unseen" accept=".jsonl,.ndjson,.json,.txt" data-testid="files-open" on:change=chosen />
            <strong>{t("Open a run (O)")}</strong>
            <span>{t("A .jsonl file saved here; or drop it anywhere on this page. Damaged files open as far as they are readable.")}</span>
        </label>
    }
}

#[component]
fn LinkField(made: Value<Made>) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let select = move |_| {
        if let Some(field) = field.get_untracked() {
            field.select();
        }
    };
    view! {
        <input
            node_ref=field
            readonly
            class="files-link"
            data-testid="files-made-link"
            aria-label=t("The link")
            prop:value=text(move || made.read().link.clone().unwrap_or_default())
            on:focus=select
        />
    }
}

/// Says what letting a file go does, while one is dragged over the page.
#[component]
pub fn DropHint(
    /// Whether one is.
    dropping: Signal<bool>,
) -> impl IntoView {
    shown(
        move || dropping.get(),
        || view! { <p class="drop-hint" data-testid="drop-hint">{t("Drop the run here to open it")}</p> }.into_any(),
    )
}
