//! The application: the few values that are set by hand, and what connects them.
//!
//! Events come in from [`crate::source`], time passes by [`frames`], people act through the callbacks. Everything
//! else on the page is derived in [`crate::screen`].

mod actions;
mod frames;
mod keys;

use leptos::prelude::*;
use shared::session::Session;

use crate::components::composer::Composer;
use crate::components::detail::DetailView;
use crate::components::notices::{Absence, Caption, Notice, Offline, Speech};
use crate::components::side::Side;
use crate::components::stage::Stage;
use crate::components::time_bar::TimeBar;
use crate::components::top_bar::TopBar;
use crate::detail::detail;
use crate::draft::Draft;
use crate::playback::pills::PillKey;
use crate::screen::{Screen, Size};
use crate::theme;
use crate::values::{flag, shown, text};
use actions::Model;

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let model = Model::new();
    let size = RwSignal::new(Size::default());
    let screen = Screen::new(model.playback, model.scene.into(), size.into());
    actions::listen(model);
    frames::run(screen.moving, move |elapsed| model.playback.update(|playback| playback.tick(elapsed)));
    keys::listen(model);

    let scene = model.scene;
    let link = Signal::derive(move || model.connection.read().link);
    let mode = Signal::derive(move || scene.read().is_some().then(|| screen.mode.get()));
    let in_force = Signal::derive(move || {
        let known = scene.read().is_some();
        known.then(|| model.stated_mode.get().unwrap_or_else(|| screen.live_mode.get()))
    });
    let levels = Signal::derive(move || {
        scene.read().as_ref().map(|scene| (scene.ack, scene.reads, scene.failover)).unwrap_or_default()
    });
    let origin = StoredValue::new(actions::origin());
    let origin = text(move || origin.get_value());
    let first = text(move || Draft::default().curl(&origin.read(), &Session::default()));
    let on_action = Callback::new(move |action| model.act(action));
    let on_select = Callback::new(move |key: PillKey| model.select(key));
    let on_tab = Callback::new(move |tab| model.tab.set(tab));
    let on_send = Callback::new(move |()| model.send());
    let on_close = Callback::new(move |()| model.deselect());
    let opened = Signal::derive(move || {
        let key = model.selected.get()?;
        screen.status.track();
        model.playback.with_untracked(|playback| detail(playback, key))
    });
    let opened = Memo::new(move |_| opened.get());
    let replicas = Signal::derive(move || scene.read().as_ref().map_or(0, |scene| scene.replicas.len()));
    let steps = move || view! { <crate::components::steps::Steps screen on_action /> };
    let compose = move || {
        view! {
            <Composer
                draft=model.draft
                session=model.session.into()
                levels
                replicas
                origin
                sending=model.sending.into()
                answer=model.answer.into()
                on_send
                on_copy=Callback::new(move |text: String| model.copy(&text))
                copied=model.copied.into()
            />
        }
    };
    view! {
        <TopBar
            mode
            in_force
            pending=model.pending_mode.into()
            levels
            connection=model.connection.into()
            dark=model.dark.into()
            on_mode=Callback::new(move |mode| model.switch(mode))
            on_theme=Callback::new(move |dark| {
                theme::choose(dark);
                model.dark.set(dark);
            })
        />
        <main class="main">
            <Offline link known=flag(move || scene.read().is_some()) />
            <Stage
                screen
                scene=scene.into()
                selected=model.selected.into()
                still=theme::is_still()
                on_select
                on_size=Callback::new(move |seen| size.set(seen))
            >
                {shown(move || scene.read().is_some(), move || {
                    view! { <Caption screen curl=first on_create=Callback::new(move |()| model.create_first()) /> }.into_any()
                })}
                {shown(move || scene.read().is_none(), move || {
                    view! { <Absence link on_retry=Callback::new(|()| actions::reload()) /> }.into_any()
                })}
            </Stage>
            <TimeBar screen playback=model.playback.into() on_action />
            <Side
                tab=Signal::derive(move || model.tab.get())
                has_message=flag(move || model.selected.read().is_some())
                on_tab
                steps=steps.into()
                compose=compose.into()
                message=(move || view! { <DetailView detail=opened.into() on_close /> }).into()
            />
        </main>
        <Speech screen />
        <Notice notice=model.notice.into() on_close=Callback::new(move |()| model.notice.set(None)) />
    }
}
