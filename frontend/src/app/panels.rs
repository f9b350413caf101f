//! The tabs of the right side and the dialogs, each with what it needs of the model and the screen.

use crate::prelude::*;

use shared::id::NoteId;

use super::actions::Model;
use super::later::{self, Part};
use crate::commands::Command;
use crate::components::because::Because;
use crate::components::by_hand::ByHand;
use crate::components::compare::Compare;
use crate::components::composer::Composer;
use crate::components::crowd::{Album, Crowd};
use crate::components::detail::DetailView;
use crate::components::diagram::{Diagram, Parts};
use crate::components::figure::FigureView;
use crate::components::files::Files;
use crate::components::gate::GateView;
use crate::components::guarantee::{Guarantee, Levels};
use crate::components::palette::Palette;
use crate::components::saved::{NotLive, SavedLine};
use crate::components::settings::Settings;
use crate::components::side::Tab;
use crate::components::state_tab::StateTab;
use crate::components::steps::Steps;
use crate::derived::{Call, Derived, Held, Value};
use crate::detail::detail;
use crate::draft::quoted;
use crate::figure::figure;
use crate::gate::line;
use crate::kept::Kept;
use crate::lang::t;
use crate::playback::pills::PillKey;
use crate::reason::{Reason, reason};
use crate::screen::Screen;
use crate::source;
use crate::source::saved::is_served;
use crate::state::state;
use crate::values::{effect, flag, shown, text, word};

/// What the tabs are made of.
#[derive(Clone, Copy)]
pub struct Panels {
    /// What is set by hand.
    pub model: Model,
    /// What is shown.
    pub screen: Screen,
    /// What clients get unless they ask otherwise.
    pub levels: Value<Levels>,
    /// The note whose text is shown beside its copies.
    pub note: Held<Option<NoteId>>,
    /// What crowds of messages are painted with.
    pub album: Kept<Album>,
}

impl Panels {
    /// Draws what a tab shows.
    pub fn draw(self, tab: Tab) -> AnyView {
        match tab {
            Tab::Steps => self.steps(),
            Tab::State => self.state(),
            Tab::Figure => self.figure(),
            Tab::Diagram => self.diagram(),
            Tab::Compose => self.compose(),
            Tab::Message => self.message(),
            Tab::Gate => self.gate(),
        }
    }

    /// Draws the steps, which the first picture shows.
    pub fn steps(self) -> AnyView {
        let Panels { model, screen, .. } = self;
        // It is fetched when time stands still for the first time: nobody reads reasons that fly by.
        let told = Derived::new(move |told: Option<&bool>| {
            told == Some(&true) || !screen.status.get().playing || later::is_here()
        });
        let why = view! {
            {shown(move || told.get(), move || later::part(self, Part::Why))}
            {shown(move || !told.get(), || view! { <p class="why-rule">{t("Pause to see why (space).")}</p> }.into_any())}
        };
        view! {
            <Steps
                screen
                searching=flag(move || model.asked.read().is_some())
                on_action=Call::new(move |action| model.act(action))
                on_search=Call::new(move |()| model.run(Command::Search))
                why=why.into_any()
            />
        }
        .into_any()
    }

    /// Draws why the event at the cursor happened.
    pub fn why(self) -> AnyView {
        let Panels { model, .. } = self;
        view! { <Because reason=self.reason() on_action=Call::new(move |action| model.act(action)) /> }.into_any()
    }

    /// Draws the same in one sentence.
    pub fn why_line(self) -> AnyView {
        let reason = self.reason();
        word(move || reason.read().as_ref().map_or("", |reason| reason.why)).into_any()
    }

    /// Paints many messages as one picture.
    pub fn crowd(self) -> AnyView {
        let Panels { model, screen, album, .. } = self;
        view! {
            <Crowd
                screen
                theme=word(move || model.look.theme())
                selected=model.selected.into()
                album
                on_select=Call::new(move |key| model.select(key))
            />
        }
        .into_any()
    }

    fn reason(self) -> Value<Option<Reason>> {
        let Panels { model, screen, .. } = self;
        let reason = Derived::new(move |_| {
            screen.moment.track();
            model.playback.with_untracked(reason)
        });
        reason.into()
    }

    fn state(self) -> AnyView {
        let Panels { model, screen, note, .. } = self;
        let count = model.scene.read().as_ref().map_or(0, |scene| scene.replicas.len());
        let state = Derived::new(move |_| {
            screen.at.track();
            model.playback.with_untracked(|playback| state(playback, count, note.get()))
        });
        view! {
            <StateTab
                count
                state
                opened=note.into()
                pointed=screen.pointed
                on_open=Call::new(move |opened| note.set(opened))
                on_action=Call::new(move |action| model.act(action))
            />
        }
        .into_any()
    }

    /// Draws the dialog that compares the two protocols.
    pub fn compare(self) -> AnyView {
        let Panels { model, .. } = self;
        view! {
            <Compare
                contest=model.contest
                playback=model.playback.into()
                notice=model.notice
                on_run=Call::new(move |()| model.compete())
                on_action=Call::new(move |action| model.act(action))
                by_hand=Callback::new(move |()| self.latest_by_hand())
            />
        }
        .into_any()
    }

    fn figure(self) -> AnyView {
        let Panels { model, screen, levels, .. } = self;
        let figure = Derived::new(move |_| {
            screen.status.track();
            model.playback.with_untracked(figure)
        });
        view! { <FigureView figure levels on_action=Call::new(move |action| model.act(action)) /> }.into_any()
    }

    fn diagram(self) -> AnyView {
        let Panels { model, screen, .. } = self;
        let replicas = move || model.scene.read().as_ref().map_or(0, |scene| scene.replicas.len());
        let parts = Parts {
            screen,
            playback: model.playback.into(),
            replicas: Value::derive(replicas),
            options: model.diagram,
            focus: model.focus,
            on_action: Call::new(move |action| model.act(action)),
            on_export: Call::new(move |(scope, format)| model.export(scope, format)),
        };
        view! { <Diagram parts /> }.into_any()
    }

    fn compose(self) -> AnyView {
        let Panels { model, levels, .. } = self;
        if model.saved.read().is_some() {
            return view! { <NotLive can_return=is_served() on_return=Call::new(move |()| model.return_live()) /> }
                .into_any();
        }
        let replicas = move || model.scene.read().as_ref().map_or(0, |scene| scene.replicas.len());
        view! {
            <Composer
                draft=model.draft
                session=model.session.into()
                levels
                replicas=Value::derive(replicas)
                origin=text(source::server)
                sending=model.sending.into()
                answer=model.answer.into()
                on_send=Call::new(move |()| model.send())
                on_copy=Call::new(move |text| model.copy(text))
                copied=model.copied.into()
            />
        }
        .into_any()
    }

    /// Draws the line over a saved run.
    pub fn saved(self) -> AnyView {
        let Panels { model, .. } = self;
        view! {
            <SavedLine saved=model.saved.into() can_return=is_served() on_return=Call::new(move |()| model.return_live()) />
        }
        .into_any()
    }

    /// Draws the Files dialog.
    pub fn files(self) -> AnyView {
        let Panels { model, .. } = self;
        // A command may have asked for something before the dialog was here.
        effect(move || {
            if let Some(job) = model.job.get() {
                model.job.set(None);
                model.make(job);
            }
        });
        view! {
            <Files
                open=model.files
                ready=flag(move || model.scene.read().is_some())
                made=model.made.into()
                notice=model.notice
                on_file=Call::new(move |file| model.open(file))
                on_job=Call::new(move |job| model.make(job))
            />
        }
        .into_any()
    }

    /// Draws what the guarantee means.
    pub fn guarantee(self) -> AnyView {
        let Panels { model, screen, levels, .. } = self;
        let mode = Value::derive(move || model.scene.read().is_some().then(|| screen.mode.get()));
        view! { <Guarantee mode levels open=model.guarantee notice=model.notice /> }.into_any()
    }

    /// Draws the settings.
    pub fn settings(self) -> AnyView {
        let Panels { model, .. } = self;
        view! { <Settings look=model.look open=model.settings notice=model.notice /> }.into_any()
    }

    /// Draws the list of all commands and keys.
    pub fn palette(self) -> AnyView {
        let Panels { model, .. } = self;
        let on_run = Call::new(move |command| model.run(command));
        view! { <Palette open=model.palette for_keys=model.keys.into() on_run /> }.into_any()
    }

    /// Draws the curl lines of what was asked.
    pub fn by_hand(self) -> AnyView {
        let Panels { model, .. } = self;
        view! {
            <ByHand
                lines=model.by_hand.into()
                copied=model.copied.into()
                on_copy=Call::new(move |line| model.copy(line))
                on_close=Call::new(move |()| model.by_hand.update(Vec::clear))
            />
        }
        .into_any()
    }

    fn gate(self) -> AnyView {
        let Panels { model, screen, .. } = self;
        let line = Derived::new(move |_| {
            screen.status.track();
            model.playback.with_untracked(line)
        });
        let selected = Value::derive(move || match model.selected.get() {
            Some(PillKey::Message(id)) => Some(id),
            Some(PillKey::Client(_)) | None => None,
        });
        let message = shown(move || model.selected.read().is_some(), move || self.message());
        view! {
            <GateView
                line
                status=screen.status
                selected
                token=model.token
                on_deed=Call::new(move |(message, deed)| model.handle(message, deed))
                on_select=Call::new(move |id| model.selected.set(Some(PillKey::Message(id))))
                on_command=Call::new(move |command| model.run(command))
            />
            {message}
        }
        .into_any()
    }

    /// Draws the latest of them, for a dialog that covers the others.
    fn latest_by_hand(self) -> AnyView {
        let Panels { model, .. } = self;
        let on_copy = Call::new(move |line| model.copy(line));
        view! { <ByHand lines=model.by_hand.into() copied=model.copied.into() on_copy /> }.into_any()
    }

    fn message(self) -> AnyView {
        let Panels { model, screen, .. } = self;
        let opened = Derived::new(move |_| {
            let key = model.selected.get()?;
            screen.status.track();
            model.playback.with_untracked(|playback| detail(playback, key))
        });
        view! { <DetailView detail=opened.into() on_close=Call::new(move |()| model.deselect()) /> }.into_any()
    }
}

/// Returns the curl line that creates a first note; written out, so that the composer need not be here for it.
pub fn first_curl(server: &str) -> String {
    const BODY: &str = r#"{"title":"Hello world","body":"first note"}"#;
    let address = quoted(&[server, "/note"].concat());
    format!("curl -i -X POST {address} -H 'Content-Type: application/json' -d '{BODY}'")
}

#[cfg(test)]
mod tests {
    use shared::session::Session;

    use super::*;
    use crate::draft::Draft;

    #[test]
    fn the_first_note_is_what_the_composer_begins_with() {
        for server in ["http://127.0.0.1:9988", "https://notes.example/my%20baton"] {
            assert_eq!(first_curl(server), Draft::default().curl(server, &Session::default()));
        }
    }
}
