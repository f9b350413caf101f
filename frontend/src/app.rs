//! The application: the few values that are set by hand, and what connects them.
//!
//! Events come in from [`crate::source`], time passes by [`frames`], people act through the callbacks. Everything
//! else on the page is derived in [`crate::screen`].

mod actions;
mod contest;
mod crowd;
mod drop;
mod files;
mod frames;
mod gate;
mod keys;
mod later;
mod opening;
mod panels;
mod pointing;
mod requests;
mod restart;
mod run;
mod saved;
mod search;
mod styles;

use crate::prelude::*;

use crate::commands::Command;
use crate::components::captions::Captions;
use crate::components::crowd::Album;
use crate::components::files::DropHint;
use crate::components::notices::{Absence, Caption, Notice, Offline, Speech};
use crate::components::side::{Side, Tab};
use crate::components::stage::Stage;
use crate::components::time_bar::TimeBar;
use crate::components::top_bar::TopBar;
use crate::connection::Link;
use crate::derived::{Call, Derived, Held, Value};
use crate::kept::Kept;
use crate::lang::{self, t};
use crate::playback::pills::PillKey;
use crate::screen::{Screen, Size};
use crate::source;
use crate::values::{flag, shown, text, word};
use actions::Model;
use later::Part;
use panels::Panels;

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let model = Model::new();
    let size = Held::new(Size::default());
    let screen = Screen::new(model.playback, model.scene.into(), size.into(), model.focus.into());
    actions::listen(model);
    frames::run(screen.moving, move |elapsed| model.playback.update(|playback| playback.tick(elapsed)));
    frames::settle(screen);
    keys::listen(model);
    pointing::listen(model);
    drop::listen(model);
    // In another language every word is another: the parts are drawn anew, what they show stays.
    move || {
        lang::lang();
        view! { <Page model screen size /> }
    }
}

/// Everything that is seen, in one language.
#[component]
fn Page(model: Model, screen: Screen, size: Held<Size>) -> impl IntoView {
    let scene = model.scene;
    let link = Value::derive(move || model.connection.read().link);
    let mode = Value::derive(move || scene.read().is_some().then(|| screen.mode.get()));
    let in_force = Value::derive(move || {
        let known = scene.read().is_some();
        known.then(|| model.stated_mode.get().unwrap_or_else(|| screen.live_mode.get()))
    });
    let levels = Value::derive(move || {
        scene.read().as_ref().map(|scene| (scene.ack, scene.reads, scene.failover)).unwrap_or_default()
    });
    let first = text(|| panels::first_curl(&source::server()));
    let on_action = Call::new(move |action| model.act(action));
    let on_select = Call::new(move |key: PillKey| model.select(key));
    let panels = Panels { model, screen, levels, note: Held::new(None), album: Kept::new(Album::default()) };
    let is_crowd = crowd::is_crowd(model.look, screen);
    // Once it was opened a dialog stays, closed, so that closing it puts the focus back where it was.
    let dialog = move |open: Held<bool>, part| {
        let opened = Derived::new(move |old: Option<&bool>| open.get() || old.is_some_and(|old| *old));
        shown(move || opened.get(), move || later::part(panels, part))
    };
    // A dialog shows it itself: what is behind one cannot be reached.
    let uncovered = Value::derive(move || {
        let dialog = [model.files, model.guarantee, model.settings, model.palette].iter().any(Held::get);
        model.notice.get().filter(|_| !dialog && !model.contest.read().open)
    });
    view! {
        <TopBar
            mode
            in_force
            pending=model.pending_mode.into()
            levels
            connection=model.connection.into()
            gated=flag(move || screen.status.get().gated.now)
            on_mode=Call::new(move |mode| model.switch(mode))
            on_gate=Call::new(move |()| model.run(Command::Gate))
            on_compare=Call::new(move |()| model.run(Command::Compare))
            on_files=Call::new(move |()| model.open_files(None))
            on_guarantee=Call::new(move |()| model.guarantee.set(true))
            on_settings=Call::new(move |()| model.settings.set(true))
            on_keys=Call::new(move |()| model.run(Command::Keys))
        />
        <main
            class="main"
            data-tab=word(move || model.tab.get().name())
            class:searched=flag(move || model.asked.read().is_some())
            class:wide=flag(move || model.tab.get() == Tab::Diagram && model.diagram.read().wide)
        >
            {shown(move || model.saved.read().is_some(), move || later::part(panels, Part::Saved))}
            <Offline
                link
                known=flag(move || scene.read().is_some())
                older=flag(move || model.connection.read().older)
                on_leave=Call::new(move |()| model.leave_kept())
                on_reload=Call::new(|()| actions::reload())
            />
            <Stage
                screen
                scene=scene.into()
                selected=model.selected.into()
                still=flag(move || model.look.is_still())
                is_crowd=flag(move || is_crowd.get())
                crowd=shown(move || is_crowd.get(), move || later::part(panels, Part::Crowd))
                on_select
                on_size=Call::new(move |seen| size.set(seen))
            >
                {shown(move || scene.read().is_some(), move || {
                    let can_create = flag(move || model.saved.read().is_none());
                    view! { <Caption screen curl=first on_create=Call::new(move |()| model.create_first()) can_create /> }.into_any()
                })}
                {shown(move || scene.read().is_none(), move || {
                    view! { <Absence link on_retry=Call::new(|()| actions::reload()) /> }.into_any()
                })}
            </Stage>
            <Captions screen why=shown(move || model.look.is_projector(), move || later::part(panels, Part::WhyLine)) />
            <TimeBar
                screen
                playback=model.playback.into()
                heard=flag(move || scene.read().is_none() || matches!(link.get(), Link::Live | Link::Saved))
                hint=model.hint.into()
                on_action
                on_command=Call::new(move |command| model.run(command))
                on_focus=Call::new(move |focus| model.focus.set(focus))
            />
            <Side
                tab=model.tab.into()
                has_message=flag(move || model.selected.read().is_some())
                gated=flag(move || screen.status.get().gated.now && model.saved.read().is_none())
                on_tab=Call::new(move |tab| model.tab.set(tab))
                above=shown(move || model.asked.read().is_some(), move || later::part(panels, Part::Search))
                panel=Callback::new(move |tab| if tab == Tab::Steps { panels.steps() } else { later::part(panels, Part::Tab(tab)) })
            />
        </main>
        {shown(move || model.saved.read().is_none(), move || view! { <Foot panels /> }.into_any())}
        {shown(move || model.contest.read().open, move || later::part(panels, Part::Compare))}
        <Speech screen />
        <DropHint dropping=model.dropping.into() />
        {dialog(model.files, Part::Files)}
        {dialog(model.guarantee, Part::Guarantee)}
        {dialog(model.settings, Part::Settings)}
        {dialog(model.palette, Part::Palette)}
        <Notice notice=uncovered on_close=Call::new(move |()| model.notice.set(None)) />
    }
}

/// The foot of the page: the curl line of what was asked of the server last.
#[component]
fn Foot(panels: Panels) -> impl IntoView {
    let has_line = move || !panels.model.by_hand.read().is_empty();
    view! {
        <section class="by-hand foot" class:used=flag(has_line) data-testid="by-hand" aria-label=t("As curl commands")>
            {shown(has_line, move || later::part(panels, Part::ByHand))}
            {shown(move || !has_line(), || {
                view! { <p class="by-hand-none">{t("Your actions appear here as curl commands.")}</p> }
                    .into_any()
            })}
        </section>
    }
}
