//! The tokens of real runs, and what is called ping-pong.

use serde_json::json;
use shared::config::Mode;
use shared::id::NoteId;
use shared::replica::Cluster;
use shared::request::{Method, Request};
use shared::sim::{Asking, Faults, World, random_world};

use super::*;
use crate::playback::{Action, Playback};

const NOTE: GroupId = GroupId::Note(NoteId(1));

fn tokens(events: &[Event]) -> (Tokens, ClusterView) {
    let (mut tokens, mut view) = (Tokens::default(), ClusterView::default());
    for (event, place) in events.iter().zip(0..) {
        tokens.apply(event, place, &view);
        view.apply(event);
    }
    (tokens, view)
}

/// Writes note 1 at these replicas, one after the other; the first creates it.
fn written_at(replicas: &[u8]) -> Vec<Event> {
    let mut world = World::new(Cluster::of(4), Mode::LocalWrite, 7, Faults::NONE);
    for (index, at) in replicas.iter().enumerate() {
        let (method, path) = if index == 0 { (Method::Post, "/note") } else { (Method::Patch, "/note/1") };
        let request = Request { method, path: path.to_owned(), body: json!({ "title": format!("t{index}") }) };
        let id = world.ask(Asking::new(ReplicaId(*at), request));
        world.run_until(10_000, |world| world.replies.contains_key(&id));
    }
    world.events
}

fn token(replicas: &[u8]) -> Token {
    tokens(&written_at(replicas)).0.get(NOTE).expect("it was written").clone()
}

#[test]
fn handoffs_and_writes_are_counted_and_the_trail_says_who_and_where() {
    let events = written_at(&[1, 1, 3, 1, 2, 2]);
    let (tokens, _) = tokens(&events);
    let token = tokens.get(NOTE).expect("it was written");
    assert_eq!((token.holder, token.handoffs, token.writes), (ReplicaId(2), 3, 6));
    let trail: Vec<(u8, u8)> = token.trail.iter().map(|handoff| (handoff.from.0, handoff.to.0)).collect();
    assert_eq!(trail, [(1, 3), (3, 1), (1, 2)]);
    for handoff in &token.trail {
        let event = &events[usize::try_from(handoff.place).expect("few events")];
        let primary = matches!(event.kind, EventKind::Became { group: NOTE, role: Role::Primary, .. });
        assert!(primary && event.node == Node::Replica(handoff.to), "{event:?}");
    }
}

#[test]
fn the_counts_are_those_of_the_crowns_moves_wherever_the_cursor_is() {
    let mut moves = 0;
    for seed in 0..40 {
        let events = random_world(seed).1.events;
        let mut playback = Playback::default();
        playback.set_still(true);
        for event in &events {
            playback.push(event.clone());
        }
        let stops = playback.status().stops;
        for stop in [stops, stops / 3, stops / 2, stops * 3 / 4] {
            playback.command(Action::Seek(stop));
            let seen = &events[..usize::try_from(playback.place()).expect("few events")];
            for (group, token) in playback.picture().tokens.iter() {
                assert_eq!(token.handoffs, crown_moves(seen, group), "seed {seed}, stop {stop}, {group}");
                assert!(token.trail.len() as u64 == token.handoffs.min(KEPT as u64));
                moves += token.handoffs;
            }
        }
    }
    assert!(moves > 100, "{moves}");
}

/// Counts anew, by epochs: a crown has moved where the owner of one epoch is not that of the next that began.
#[allow(clippy::wildcard_enum_match_arm, reason = "the others begin no generation and move no crown")]
fn crown_moves(events: &[Event], of: GroupId) -> u64 {
    let generation = events.iter().enumerate().filter_map(|(index, event)| match &event.kind {
        EventKind::Began { generation, .. } => Some((*generation, std::cmp::Reverse(index))),
        _ => None,
    });
    let begin = generation.max().map_or(0, |(_, index)| index.0);
    let epochs = events[begin..].iter().filter_map(|event| match &event.kind {
        EventKind::Became { group, role: Role::Primary, epoch } if *group == of => Some(*epoch),
        _ => None,
    });
    let mut reached: Vec<Epoch> = Vec::new();
    for epoch in epochs {
        if reached.last().is_none_or(|last| *last < epoch) {
            reached.push(epoch);
        }
    }
    reached.windows(2).filter(|pair| pair[0].owner != pair[1].owner).count() as u64
}

#[test]
fn a_snapshot_tells_who_holds_what() {
    let (moved, view) = tokens(&written_at(&[1, 3]));
    let joined = Tokens::of(&view);
    let holder = |tokens: &Tokens| tokens.get(NOTE).map(|token| (token.holder, token.epoch));
    assert_eq!(holder(&joined), holder(&moved));
    assert_eq!(joined.get(NOTE).map(|token| (token.handoffs, token.writes)), Some((0, 0)));
}

#[test]
fn to_and_fro_for_a_write_each_is_ping_pong() {
    assert_eq!(token(&[1, 3, 1, 3]).ping_pong(), None, "three handoffs are few");
    let streak = token(&[1, 3, 1, 3, 1]).ping_pong().cloned().expect("four are many");
    assert_eq!((streak.handoffs, streak.writes), (4, 5));
    assert_eq!(streak.between.iter().map(|id| id.0).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(token(&[1, 3, 1, 3, 1, 1, 1]).ping_pong(), None, "who writes three times in a row has use of it");
    assert!(token(&[1, 1, 1, 1, 3, 1, 3, 1]).ping_pong().is_some(), "what was before the streak does not matter");
    assert_eq!(token(&[1, 1, 1, 3, 3, 3, 1, 1, 1, 3, 3, 3, 1]).ping_pong(), None, "three writes each are worth it");
    assert!(token(&[1, 2, 3, 1, 2, 3]).ping_pong().is_some(), "three players");
    assert_eq!(token(&[1, 2, 3, 4, 1, 2, 3]).ping_pong(), None, "with four it goes around, and not to and fro");
}
