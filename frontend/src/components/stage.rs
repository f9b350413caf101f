//! The stage: clients, gateway, replicas, the links between them and the messages under way.

use crate::prelude::*;
use leptos::html::Section;

use shared::id::{Node, ReplicaId};
use shared::view::Scene;

use super::card::CardView;
use super::flights::Flights;
use crate::cards::Card;
use crate::derived::{Call, Derived, Value};
use crate::fixed::px;
use crate::geometry::{self, Rect};
use crate::kind::Kind;
use crate::lang::t;
use crate::markup::tag;
use crate::observe::observe_size;
use crate::playback::pills::PillKey;
use crate::screen::{Screen, Size};
use crate::values::{each, flag, shown, text, word};

/// Shows the cluster at the cursor.
#[component]
pub fn Stage(
    /// What is shown.
    screen: Screen,
    /// What does not change while the server runs.
    scene: Value<Option<Scene>>,
    /// The message whose details are open.
    selected: Value<Option<PillKey>>,
    /// Whether messages jump instead of fly.
    still: Signal<bool>,
    /// Whether the messages are painted as one picture.
    is_crowd: Signal<bool>,
    /// That picture, while there is one.
    crowd: AnyView,
    /// Opens a message's details.
    on_select: Call<PillKey>,
    /// Says how large the stage is.
    on_size: Call<Size>,
    /// What stands at the foot of the stage.
    children: Children,
) -> impl IntoView {
    let stage = NodeRef::<Section>::new();
    observe_size(stage, move |width, height, unit| on_size.run(Size { width, height, unit }));
    let layout = screen.layout;
    let count = Derived::new(move |_| scene.read().as_ref().map_or(0, |scene| scene.replicas.len()));
    let tall = text(move || {
        let Size { width, unit, .. } = Size { width: layout.read().width, unit: layout.read().unit, height: 0.0 };
        if geometry::is_narrow(width, unit) { px(geometry::narrow_height(unit, count.get())) } else { String::new() }
    });
    let tight =
        flag(move || layout.read().cards.first().is_some_and(|card| geometry::is_tight(*card, layout.read().unit)));
    let is_known = move || count.get() > 0;
    let addresses = move || scene.read().as_ref().map_or_else(Vec::new, |scene| scene.replicas.clone());
    let at_node = move |node| word(move || accent(screen, node));
    let rect = move |node| Value::derive(move || layout.read().rect(node).unwrap_or_default());
    view! {
        <section class="stage" data-testid="stage" aria-label=t("Stage") node_ref=stage class:tight=tight class:moving=flag(move || screen.moving.get()) style:height=tall>
            <LinkLines screen />
            {shown(is_known, move || {
                let service = scene.read().as_ref().map_or(String::new(), |scene| format!(":{}", scene.service));
                view! {
                    <Place name="clients" title=t("Clients") note=t("browsers, curl").to_owned() place=rect(Node::Clients) accent=at_node(Node::Clients) />
                    <Place name="gateway" title=t("Gateway") note=service place=rect(Node::Gateway) accent=at_node(Node::Gateway) />
                }
                .into_any()
            })}
            {each(addresses, move |address| view! { <Replica screen address scene /> }.into_any())}
            {crowd}
            <Flights screen still selected is_crowd on_select />
            {children()}
        </section>
    }
}

/// One replica's card.
#[component]
fn Replica(
    /// What is shown.
    screen: Screen,
    /// Its address: no two have the same.
    address: String,
    /// What does not change while the server runs.
    scene: Value<Option<Scene>>,
) -> impl IntoView {
    let scene = scene.read_untracked();
    let before = scene.iter().flat_map(|scene| &scene.replicas).take_while(|other| **other != address).count();
    let id = ReplicaId(u8::try_from(before + 1).unwrap_or(u8::MAX));
    let card = Derived::new(move |old: Option<&Card>| {
        let cards = screen.cards.read();
        cards.cards.iter().find(|card| card.id == id).or(old).cloned().unwrap_or_else(|| Card::unknown(id))
    });
    let changed = Value::derive(move || {
        screen.changed.read().iter().filter(|(at, _)| *at == id).map(|(_, note)| *note).collect()
    });
    let pointed = Value::derive(move || screen.pointed.get().note);
    let more = Value::derive(move || screen.cards.read().more);
    let node = Node::Replica(id);
    let place = Value::derive(move || screen.layout.read().rect(node).unwrap_or_default());
    let accent = word(move || accent(screen, node));
    view! { <CardView id address=short(&address) card more changed pointed place accent /> }
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
    place: Value<Rect>,
    /// The accent of what is happening here now.
    accent: Signal<String>,
) -> impl IntoView {
    view! {
        <section
            class="place"
            data-testid=name
            data-kind=accent
            class:active=flag(move || !accent.get().is_empty())
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
    let links = text(move || screen.links.read().drawn().map(|(_, way)| way.path()).collect());
    let trails = Derived::new(move |_| trails(screen));
    let handoffs = Derived::new(move |_| handoffs(screen));
    view! {
        <svg class="links" aria-hidden="true">
            <marker id="handoff" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" markerHeight="5" orient="auto">
                <path d="M0 0L8 4L0 8z"></path>
            </marker>
            <path class="link" d=links></path>
            <g inner_html=text(move || handoffs.get() + &trails.get())></g>
        </svg>
    }
}

/// Returns the ways that are drawn: each once, however many messages of one kind are on it.
fn trails(screen: Screen) -> String {
    let (pills, links) = (screen.pills.read(), screen.links.read());
    let mut ways = Vec::new();
    for way in pills.iter().filter(|pill| pill.kind != Kind::Quiet).map(|pill| (pill.from, pill.to, pill.kind)) {
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    let trail = |(from, to, kind): (Node, Node, Kind)| {
        let path = links.way(from, to).unwrap_or_default().path();
        tag("path", &[("class", "trail"), ("data-kind", kind.as_str()), ("d", &path)], "")
    };
    ways.into_iter().map(trail).collect()
}

/// Returns the ways of the last handoffs of the note that is pointed at, the latest the clearest.
fn handoffs(screen: Screen) -> String {
    let (token, links) = (screen.token.read(), screen.links.read());
    let count = token.handoffs.len();
    let way = |(number, (from, to)): (usize, &(ReplicaId, ReplicaId))| {
        let path = links.way(Node::Replica(*from), Node::Replica(*to)).unwrap_or_default().path();
        let class = if number == count { "handoff last" } else { "handoff" };
        tag("path", &[("class", class), ("d", &path), ("marker-end", "url(#handoff)")], "")
    };
    (1..).zip(&token.handoffs).map(way).collect()
}

/// Leaves this machine's own name out of an address.
fn short(address: &str) -> String {
    let port = |host| address.strip_prefix(host).filter(|rest| rest.starts_with(':'));
    ["127.0.0.1", "localhost", "[::1]"].into_iter().find_map(port).unwrap_or(address).to_owned()
}

fn accent(screen: Screen, node: Node) -> &'static str {
    screen.moment.read().as_ref().filter(|moment| moment.node == node).map_or("", |moment| moment.kind.as_str())
}
