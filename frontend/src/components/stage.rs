//! The stage: clients, gateway, replicas, the links between them and the messages under way.

use leptos::html::Section;
use leptos::prelude::*;
use shared::id::{Node, ReplicaId};
use shared::view::Scene;

use super::card::CardView;
use super::pill::{PillView, size as pill_size};
use crate::fixed::px;
use crate::geometry::Rect;
use crate::geometry::links::pill_place;
use crate::kind::Kind;
use crate::observe::observe_size;
use crate::playback::pills::{Pill, PillKey};
use crate::screen::{Screen, Size};
use crate::values::{flag, text};

/// Shows the cluster at the cursor.
#[component]
pub fn Stage(
    /// What is shown.
    screen: Screen,
    /// What does not change while the server runs.
    scene: Signal<Option<Scene>>,
    /// The message whose details are open.
    selected: Signal<Option<PillKey>>,
    /// Whether messages jump instead of fly.
    still: bool,
    /// Opens a message's details.
    on_select: Callback<PillKey>,
    /// Says how large the stage is.
    on_size: Callback<Size>,
    /// What stands at the foot of the stage.
    children: Children,
) -> impl IntoView {
    let stage = NodeRef::<Section>::new();
    observe_size(stage, move |width, height, unit| on_size.run(Size { width, height, unit }));
    let layout = screen.layout;
    let count = Memo::new(move |_| scene.read().as_ref().map_or(0, |scene| scene.replicas.len()));
    let tall = text(move || {
        let Size { width, unit, .. } = Size { width: layout.read().width, unit: layout.read().unit, height: 0.0 };
        if crate::geometry::is_narrow(width, unit) {
            px(crate::geometry::narrow_height(unit, count.get()))
        } else {
            String::new()
        }
    });
    let is_known = move || count.get() > 0;
    let at_node = move |node| Signal::derive(move || accent(screen, node));
    let rect = move |node| Signal::derive(move || layout.read().rect(node).unwrap_or_default());
    view! {
        <section class="stage" data-testid="stage" aria-label="Stage" node_ref=stage style:height=tall>
            <LinkLines screen />
            <Show when=is_known>
                <Place name="clients" title="Clients" note="browsers, curl".to_owned() place=rect(Node::Clients) accent=Signal::derive(|| None) />
                <Place
                    name="gateway"
                    title="Gateway"
                    note=scene.read().as_ref().map_or(String::new(), |scene| format!(":{}", scene.service))
                    place=rect(Node::Gateway)
                    accent=at_node(Node::Gateway)
                />
            </Show>
            <For each=move || replicas(scene.read().as_ref()) key=Clone::clone let:replica>
                {
                    let (id, address) = replica;
                    let card = Memo::new(move |old: Option<&crate::cards::Card>| {
                        let cards = screen.cards.read();
                        cards.cards.iter().find(|card| card.id == id).or(old).cloned().unwrap_or_else(|| crate::cards::Card::unknown(id))
                    });
                    let changed = Signal::derive(move || {
                        screen.changed.read().iter().filter(|(at, _)| *at == id).map(|(_, note)| *note).collect()
                    });
                    let more = Signal::derive(move || screen.cards.read().more);
                    view! { <CardView id address card more changed place=rect(Node::Replica(id)) accent=at_node(Node::Replica(id)) /> }
                }
            </For>
            <For each=move || screen.pills.get() key=|pill| (pill.key, pill.is_dead()) let:pill>
                {
                    let key = pill.key;
                    let place = Signal::derive(move || pill_point(screen, key, still));
                    view! { <PillView pill place selected=flag(move || selected.get() == Some(key)) on_select /> }
                }
            </For>
            {children()}
        </section>
    }
}

/// A box that is no replica.
#[component]
fn Place(
    /// Its test name.
    name: &'static str,
    /// Its name.
    title: &'static str,
    /// What stands below it.
    note: String,
    /// Where it stands.
    place: Signal<Rect>,
    /// The accent of what is happening here now.
    accent: Signal<Option<&'static str>>,
) -> impl IntoView {
    view! {
        <section
            class="place"
            data-testid=name
            data-kind=accent
            class:active=flag(move || accent.get().is_some())
            style:left=text(move || px(place.read().x))
            style:top=text(move || px(place.read().y))
            style:width=text(move || px(place.read().w))
            style:height=text(move || px(place.read().h))
        >
            <h2>{title}</h2>
            <p>{note}</p>
        </section>
    }
}

/// The links, and the ways of the messages under way.
#[component]
fn LinkLines(
    /// What is shown.
    screen: Screen,
) -> impl IntoView {
    let links = move || screen.links.read().drawn().collect::<Vec<_>>();
    let trails = move || {
        let pills = screen.pills.read();
        let loud = pills.iter().filter(|pill| pill.kind != Kind::Quiet).cloned();
        loud.collect::<Vec<Pill>>()
    };
    view! {
        <svg class="links" aria-hidden="true">
            <For each=links key=|(pair, way)| (*pair, way.points()) let:link>
                <polyline class="link" points=link.1.points() />
            </For>
            <For each=trails key=|pill| (pill.key, pill.is_dead()) let:pill>
                <polyline
                    class="trail"
                    data-kind=pill.kind.as_str()
                    points=text(move || screen.links.read().way(pill.from, pill.to).unwrap_or_default().points())
                />
            </For>
        </svg>
    }
}

fn replicas(scene: Option<&Scene>) -> Vec<(ReplicaId, String)> {
    let addresses = scene.map_or(&[][..], |scene| &scene.replicas);
    (1..=9).map(ReplicaId).zip(addresses.iter().map(|address| short(address))).collect()
}

/// Leaves this machine's own name out of an address.
fn short(address: &str) -> String {
    let own = ["127.0.0.1", "localhost", "0.0.0.0"].iter().find_map(|host| address.strip_prefix(host));
    own.unwrap_or(address).to_owned()
}

fn accent(screen: Screen, node: Node) -> Option<&'static str> {
    screen.moment.read().as_ref().filter(|moment| moment.node == node).map(|moment| moment.kind.as_str())
}

fn pill_point(screen: Screen, key: PillKey, still: bool) -> Option<crate::geometry::Point> {
    let pills = screen.pills.read();
    let pill = pills.iter().find(|pill| pill.key == key)?;
    let way = screen.links.read().way(pill.from, pill.to)?;
    let progress = if still { 0.5 } else { pill.progress(screen.time.get()) };
    Some(pill_place(way, progress, pill.lane, pill_size(pill, screen.layout.read().unit)))
}
