//! Pacing: maps the microseconds of real traffic to a schedule that people can watch.
//!
//! Called by the page as events come in. A pure function of the events and their order: it reads no clock and
//! changes no event, it only computes when each is shown. It does not play anything; the page's playback
//! does. The *show clock* counts milliseconds at speed 1 from the page's first event.
//!
//! | what happened | on the show clock |
//! |---|---|
//! | any two events | never in another order than the feed's (which is causal) |
//! | a message that a client's request caused | flies at least [`Pace::flight`] |
//! | any other message (boot, notices) | flies at least [`Pace::quiet_flight`] |
//! | two events at one node | lie [`Pace::gap`] apart, a burst of sends only [`Pace::stagger`] |
//! | a client's request (clients emit no events) | leaves at its event; what it causes follows a flight later |
//! | a request that comes when no other is open | leaves after all that moves has landed |
//! | idle time | becomes [`Pace::pause`] |
//! | what is done by hand at a gate | comes after all that moves has landed |
//! | a message that was held there | flies from the moment at which it was let go |
//! | an event without a picture (a promise, a commit) | takes no time |

use crate::event::{Event, EventKind, Gate, Role};
use crate::id::{MessageId, Node, TraceId};
use crate::map::Map;
use crate::time::Micros;

/// Real idle time from here on is shown as a pause.
const IDLE: Micros = Micros::from_millis(10);
/// A request that got no reply for this long is no longer waited for.
const ABANDONED: Micros = Micros::from_millis(5_000);
/// How many messages may be remembered as under way; beyond, the oldest sends are forgotten.
const FLIGHTS: usize = 4_096;
/// The span of the show, in milliseconds, over which the slow-down is averaged.
const WINDOW: f64 = 20_000.0;

/// How fast to show things, in milliseconds of the show clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// How long a message of a client's request flies at least.
    pub flight: f64,
    /// How long any other message flies at least.
    pub quiet_flight: f64,
    /// Between two events at one node.
    pub gap: f64,
    /// Between two events at different nodes, and between the sends of one burst.
    pub stagger: f64,
    /// What idle time becomes.
    pub pause: f64,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { flight: 900.0, quiet_flight: 260.0, gap: 120.0, stagger: 60.0, pause: 200.0 }
    }
}

/// A message that has left: when, and how long it has to fly.
#[derive(Clone, Copy, Debug)]
struct Leaving {
    at: f64,
    flight: f64,
    held: bool,
}

/// A client's request without a reply: when it came, and when it is shown to arrive.
#[derive(Clone, Copy, Debug)]
struct Open {
    since: Micros,
    arrives: f64,
}

/// The latest pictured event of one node.
#[derive(Clone, Copy, Debug)]
struct Latest {
    at: f64,
    was_send: bool,
}

/// Gives each event of one feed its time on the show clock.
#[derive(Clone, Debug)]
pub struct Pacer {
    pace: Pace,
    clock: f64,
    landed: f64,
    real: Option<Micros>,
    nodes: Map<Node, Latest>,
    flights: Map<MessageId, Leaving>,
    requests: Map<TraceId, Open>,
    real_span: f64,
    shown_span: f64,
}

impl Pacer {
    /// Starts the show clock at zero.
    pub fn new(pace: Pace) -> Pacer {
        Pacer {
            pace,
            clock: 0.0,
            landed: 0.0,
            real: None,
            nodes: Map::new(),
            flights: Map::new(),
            requests: Map::new(),
            real_span: 0.0,
            shown_span: 0.0,
        }
    }

    /// Returns when to show `event`, in milliseconds of the show clock; never less than for the event before.
    pub fn push(&mut self, event: &Event) -> f64 {
        let pause = self.idle_before(event);
        let at = if has_picture(&event.kind) { self.schedule(event, pause) } else { self.clock };
        self.measure(event, at, pause > 0.0);
        self.remember(event, at);
        self.clock = at;
        self.real = Some(event.at);
        at
    }

    /// Returns when the last movement so far ends: the last event, or the landing of the last reply.
    pub fn end(&self) -> f64 {
        self.landed.max(self.clock)
    }

    /// Returns how many times longer the show lasts than the truth did, over the last busy seconds of the show;
    /// `None` before there is anything to measure. Idle time counts on neither side.
    pub fn slowdown(&self) -> Option<f64> {
        (self.real_span > 0.0 && self.shown_span > 0.0).then(|| self.shown_span / self.real_span)
    }

    /// Returns the pause that stands for the idle time before `event`: 0 while the feed is busy.
    fn idle_before(&self, event: &Event) -> f64 {
        let idle = self.real.is_some_and(|real| event.at - real >= IDLE);
        if idle || self.starts_alone(event) { self.pace.pause } else { 0.0 }
    }

    /// Whether this is a client's request and no other is open.
    fn starts_alone(&self, event: &Event) -> bool {
        matches!(event.kind, EventKind::ClientRequest { .. }) && self.requests.is_empty()
    }

    fn schedule(&self, event: &Event, pause: f64) -> f64 {
        // What is done by hand is done when what moved has landed.
        let by_hand = matches!(event.kind, EventKind::Gate(_));
        let after = if by_hand || self.starts_alone(event) { self.end() } else { self.clock };
        let begin = after + pause.max(self.pace.stagger);
        begin.max(self.node_ready(event)).max(self.landing(event)).max(self.arrival(event))
    }

    /// When the request that this event belongs to is shown to arrive.
    fn arrival(&self, event: &Event) -> f64 {
        let open = event.trace.as_ref().and_then(|trace| self.requests.get(trace));
        open.map_or(0.0, |open| open.arrives)
    }

    fn node_ready(&self, event: &Event) -> f64 {
        let sends = matches!(event.kind, EventKind::Sent { .. });
        self.nodes
            .get(&event.node)
            .map_or(0.0, |latest| latest.at + if sends && latest.was_send { self.pace.stagger } else { self.pace.gap })
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "only these two end a flight")]
    fn landing(&self, event: &Event) -> f64 {
        let landing = |message: &MessageId, part: f64| {
            let leaving = self.flights.get(message).filter(|leaving| !leaving.held);
            leaving.map_or(0.0, |leaving| leaving.at + leaving.flight * part)
        };
        match &event.kind {
            EventKind::Received { message } => landing(message, 1.0),
            EventKind::Lost { message, .. } => landing(message, LOST_AT),
            _ => 0.0,
        }
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "the others begin and end nothing")]
    fn remember(&mut self, event: &Event, at: f64) {
        if has_picture(&event.kind) {
            let was_send = matches!(event.kind, EventKind::Sent { .. });
            self.nodes.insert(event.node, Latest { at, was_send });
        }
        match &event.kind {
            EventKind::Sent { message, .. } => {
                let flight = if event.trace.is_some() { self.pace.flight } else { self.pace.quiet_flight };
                self.flights.insert(*message, Leaving { at, flight, held: false });
                if self.flights.len() > FLIGHTS {
                    self.flights.pop_first();
                }
            }
            EventKind::Received { message } | EventKind::Lost { message, .. } => {
                self.flights.remove(message);
            }
            EventKind::Gate(gate) => self.remember_gate(*gate, event.node, at),
            EventKind::ClientRequest { .. } => self.open(event, at),
            EventKind::ClientReply { .. } => {
                self.landed = at + self.pace.flight;
                event.trace.as_ref().map(|trace| self.requests.remove(trace));
            }
            _ => {}
        }
    }

    /// What is let go leaves now.
    fn remember_gate(&mut self, gate: Gate, node: Node, at: f64) {
        let leaves = |id: &MessageId| match gate {
            Gate::Closed | Gate::Held(_) => false,
            Gate::Opened => id.from == node,
            Gate::Delivered(message) | Gate::Doubled(message) => *id == message,
        };
        if let Gate::Held(message) = gate
            && let Some(leaving) = self.flights.get_mut(&message)
        {
            leaving.held = true;
        }
        for (_, leaving) in self.flights.iter_mut().filter(|(id, leaving)| leaving.held && leaves(id)) {
            (leaving.at, leaving.held) = (at, false);
        }
    }

    fn open(&mut self, event: &Event, at: f64) {
        self.requests.retain(|_, open| event.at - open.since < ABANDONED);
        if let Some(trace) = &event.trace {
            self.requests.insert(trace.clone(), Open { since: event.at, arrives: at + self.pace.flight });
        }
    }

    fn measure(&mut self, event: &Event, at: f64, idle: bool) {
        let Some(real) = self.real.filter(|_| !idle && event.trace.is_some()) else { return };
        self.shown_span += at - self.clock;
        self.real_span += millis(event.at - real);
        if self.shown_span > WINDOW {
            self.shown_span /= 2.0;
            self.real_span /= 2.0;
        }
    }
}

/// How far along its link a lost message dies.
pub const LOST_AT: f64 = 0.6;

#[allow(clippy::cast_precision_loss, reason = "a span of 2⁵² µs is 142 years")]
fn millis(span: Micros) -> f64 {
    span.0 as f64 / 1_000.0
}

/// Whether the screen looks different after such an event, so that a single step stops at it.
pub fn has_picture(kind: &EventKind) -> bool {
    match kind {
        EventKind::Started { .. }
        | EventKind::Joined { .. }
        | EventKind::ClientRequest { .. }
        | EventKind::ClientReply { .. }
        | EventKind::Sent { .. }
        | EventKind::Received { .. }
        | EventKind::Lost { .. }
        | EventKind::Stepped { .. }
        | EventKind::RolledBack { .. }
        | EventKind::TookOver { .. }
        | EventKind::Suspected { .. }
        | EventKind::Trusted { .. }
        | EventKind::Recovering
        | EventKind::Recovered { .. }
        | EventKind::Froze { .. }
        | EventKind::Began { .. }
        | EventKind::Gate(Gate::Closed | Gate::Opened | Gate::Delivered(_) | Gate::Doubled(_)) => true,
        EventKind::Became { role, .. } => *role != Role::Claiming,
        EventKind::Accepted { changes, .. } => !changes.is_empty(),
        EventKind::Ignored { .. }
        | EventKind::Promised { .. }
        | EventKind::Committed { .. }
        | EventKind::Gate(Gate::Held(_)) => false,
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
