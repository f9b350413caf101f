//! What waits at the gate now, as the page lists it; pure.

use shared::id::{MessageId, Node};

use crate::kind::{Kind, label};
use crate::playback::{Playback, Status};

/// How many messages are listed.
const LISTED: usize = 40;

/// A message that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its id.
    pub id: MessageId,
    /// Its accent.
    pub kind: Kind,
    /// What it is, such as `W2 forward`.
    pub what: String,
    /// Its sender and its receiver.
    pub ends: (Node, Node),
}

/// What waits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// The first ones, in the order in which they were sent.
    pub first: Vec<Waiting>,
    /// How many more there are.
    pub more: usize,
}

/// Returns what waits at the end of the log, whatever moment the screen shows.
pub fn line(playback: &Playback) -> Line {
    let held = playback.log().latest().held();
    let first = held.iter().take(LISTED).map(|(id, flight)| {
        let crown = playback.log().passage(*id).is_some_and(|passage| passage.crown);
        let label = label(&flight.parcel, flight.step, crown);
        let step = label.step.map_or_else(String::new, |step| [step, " "].concat());
        let (kind, what) = (Kind::of_parcel(&flight.parcel, flight.step), [step, label.text].concat());
        Waiting { id: *id, kind, what, ends: (flight.from, flight.to) }
    });
    Line { first: first.collect(), more: held.len().saturating_sub(LISTED) }
}

/// Whether the screen shows the cluster as it is now, or soon will.
pub fn follows(status: &Status) -> bool {
    if status.playing { !status.is_far_behind() } else { status.behind() == 0 }
}

#[cfg(test)]
mod tests {
    use shared::event::{EventKind, Gate};
    use shared::gist::{Gist, Say};
    use shared::id::ReplicaId;
    use shared::message::Parcel;
    use shared::recorder::Recorder;
    use shared::time::Micros;

    use super::*;
    use crate::playback::mark::Mark;
    use crate::playback::{Action, Footing};

    const R1: Node = Node::Replica(ReplicaId(1));
    const R2: Node = Node::Replica(ReplicaId(2));

    /// A playback that is told of R1's gate and of `count` messages there.
    fn told(count: u64) -> (Playback, Recorder) {
        let (mut playback, mut recorder) = (Playback::default(), Recorder::new(R1, 2));
        let mut tell = |at, kind| playback.push(recorder.local(Micros(at), None, None, kind));
        tell(1, EventKind::Gate(Gate::Closed));
        for n in 1..=count {
            let (message, parcel) =
                (MessageId { from: R1, n }, Parcel::Peer(Box::new(Gist { say: Say::Probe, ..Gist::default() })));
            tell(1 + n, EventKind::Sent { message, to: R2, parcel });
            tell(1 + n, EventKind::Gate(Gate::Held(message)));
        }
        (playback, recorder)
    }

    #[test]
    fn what_waits_is_listed_in_order_and_the_rest_counted() {
        let (playback, _) = told(43);
        let Line { first, more } = line(&playback);
        assert_eq!((first.len(), more), (40, 3));
        assert_eq!((first[0].id.n, first[39].id.n, first[0].ends), (1, 40, (R1, R2)));
        assert_eq!(first[0].what, "ping");
    }

    #[test]
    fn the_badge_tells_of_the_moment_and_the_list_of_now() {
        let (mut playback, mut recorder) = told(2);
        playback.command(Action::Live);
        assert_eq!(playback.status().footing(), Footing::Gated);
        playback.command(Action::Seek(0));
        assert_eq!((playback.status().footing(), playback.status().gated.now), (Footing::Paused, true));
        assert!(!follows(&playback.status()), "it stands still at an earlier moment");
        playback.command(Action::Play);
        assert!(follows(&playback.status()), "it will be there soon");
        playback.push(recorder.local(Micros(9), None, None, EventKind::Gate(Gate::Opened)));
        playback.command(Action::Seek(2));
        assert_eq!((playback.status().footing(), playback.status().gated.now), (Footing::Gated, false));
        assert_eq!(line(&playback), Line::default());
        let marks: Vec<Mark> = playback.log().marks().map(|(_, mark)| mark).collect();
        assert_eq!(marks, [Mark::Gate, Mark::Gate]);
    }

    #[test]
    fn a_message_waits_at_its_sender_and_flies_when_it_is_let_go() {
        let (mut playback, mut recorder) = told(2);
        let pill = |playback: &Playback, later: f64| {
            let pills = crate::playback::pills::pills(playback);
            pills.iter().map(|pill| (pill.held, pill.progress(playback.time() + later))).collect::<Vec<_>>()
        };
        playback.command(Action::Live);
        assert_eq!(pill(&playback, 500.0), [(Some(1), 0.0)], "the second waits behind the first");
        let message = MessageId { from: R1, n: 1 };
        playback.push(recorder.local(Micros(50_000), None, None, EventKind::Gate(Gate::Delivered(message))));
        playback.command(Action::Live);
        assert_eq!(pill(&playback, 0.0), [(None, 0.0), (Some(0), 0.0)]);
        let arrives = Recorder::new(R2, 2).local(Micros(50_900), None, None, EventKind::Received { message });
        playback.push(shared::event::Event { seq: 9, ..arrives });
        let flown = |later| pill(&playback, later)[0].1;
        assert!(0.0 < flown(130.0) && flown(130.0) < 1.0 && flown(900.0) > 0.99, "{}", flown(130.0));
    }
}
