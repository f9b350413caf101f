//! JSON is read back as it was written, and errors are reported.

use serde::Serialize;

use super::*;
use crate::api::{AliveFrame, GoneFrame, MissedFrame};
use crate::config::{Ack, Failover, Mode, Reads};
use crate::event::{Action, Event, EventKind, Gate, Phase, Role, Step, Why};
use crate::gist::Say;
use crate::id::{MessageId, Node, ReplicaId, TraceId};
use crate::message::{Ask, Parcel};
use crate::request::Method;
use crate::sim::random_world;
use crate::time::Micros;
use crate::view::{ClusterView, Flight, ReplicaView};

#[track_caller]
fn check<T: Serialize + FromJson + PartialEq + fmt::Debug>(value: &T) {
    let text = serde_json::to_string(value).expect("it can be written");
    assert_eq!(read::<T>(&text).as_ref(), Ok(value), "{text}");
}

#[test]
fn everything_that_the_feed_says_is_read_as_it_was_written() {
    for seed in 1..40 {
        let world = random_world(seed).1;
        check(&world.view);
        check(&world.events);
    }
    let message = MessageId { from: Node::Replica(ReplicaId(2)), n: 17 };
    for gate in [Gate::Closed, Gate::Opened, Gate::Held(message), Gate::Delivered(message), Gate::Doubled(message)] {
        check(&EventKind::Gate(gate));
    }
    let to = Node::Replica(ReplicaId(1));
    let flight = Flight {
        from: message.from,
        to,
        at: Micros(1),
        trace: None,
        step: None,
        parcel: Parcel::Peer(Box::default()),
        held: true,
    };
    let view = ReplicaView { gated: true, ..ReplicaView::default() };
    check(&EventKind::Joined { view: view.clone(), held: [(message, flight)].into(), missed: Some(3) });
    check(&EventKind::Joined { view, held: Map::new(), missed: None });
    check(&MissedFrame { count: 3 });
    check(&AliveFrame::default());
    check(&AliveFrame { page: Some("page-0123456789abcdef".to_owned()) });
    check(&GoneFrame::From(7));
    check(&GoneFrame::Trace(TraceId("t".to_owned())));
}

/// The words of a type, as its reader knows them.
pub trait Words: Sized + 'static {
    /// Each with what it stands for.
    const WORDS: &'static [(&'static str, Self)];
}

#[test]
fn every_word_is_read_as_it_is_written() {
    fn check<T: Words + Serialize>() {
        for (word, value) in T::WORDS {
            assert_eq!(serde_json::to_value(value).ok(), Some(Value::from(*word)));
        }
    }
    check::<Step>();
    check::<Action>();
    check::<Phase>();
    check::<Role>();
    check::<Why>();
    check::<Mode>();
    check::<Ack>();
    check::<Reads>();
    check::<Failover>();
    check::<Ask>();
    check::<Say>();
    check::<Method>();
}

#[test]
fn any_json_is_read_as_it_is() {
    let text = r#"{"a":[1,-2,0.5,true,null,"\u00e9"],"b":{},"c":18446744073709551615}"#;
    assert_eq!(read::<Value>(text).ok(), serde_json::from_str(text).ok());
}

#[test]
fn what_is_wrong_is_told() {
    let found = |text: &str| read::<Event>(text).expect_err("it is no event");
    assert_eq!((found("{}").found.as_str(), found("{}").is_cut), ("`seq` is missing", false));
    assert_eq!(found("[1]").found, "found a list, expected an object");
    assert!(found(r#"{"seq":1,"#).is_cut);
    assert_eq!(found(r#"{"seq":-1}"#).found, "`seq`: found a number, expected a whole number");
    let unknown = r#"{"seq":1,"at":1,"node":"r1","stamp":{"lamport":1,"vector":[]},"kind":"x"}"#;
    assert_eq!(found(unknown).found, "`kind`: unknown: `x`");
    let lost = r#"{"seq":1,"at":1,"node":"r1","stamp":{"lamport":1,"vector":[]},"kind":{"lost":{"message":"r1-1"}}}"#;
    assert_eq!(found(lost).found, "`kind`: `why` is missing");
    assert_eq!(read::<EventKind>(r#""recovering""#), Ok(EventKind::Recovering));
    assert!(read::<ClusterView>("3").is_err());
}

#[test]
fn the_values_of_a_list_are_told_apart_whatever_they_are() {
    let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    let written = [r#"{"a":"],\"[,"}"#, "7", deep.as_str(), "\"é,\"", "null", "[]"];
    for between in [",", " ,\n"] {
        let list = format!(" [{} ]\n", written.join(between));
        assert_eq!(items(&list), Ok(written.to_vec()), "{list}");
    }
    assert_eq!(items(" [ ] "), Ok(Vec::new()));
    for broken in ["", "{}", "[", "[1", "[1,", "[1,]", "[1}", "[1]2", "[1 2]", "[,1]", "[\"a]"] {
        assert!(items(broken).is_err(), "{broken}");
    }
}
