//! The event stream of the server: an `EventSource` on `/events`, decoded.
//!
//! Called by [`crate::app`], which gets everything in the order in which it came: one listener order for all
//! frames, because a snapshot and the events behind it must not change places. Events that come within one frame of the
//! screen are told together, so that the page is drawn once for them. The browser reconnects by itself and names the
//! last event it saw; where it gives up (the server answered with an error) and where the stream is dead (see
//! [`super::pulse`]), this opens a new one, which names it too. A page that is out of sight lets its stream go: a browser
//! keeps six connections to a server, for all its pages together.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::{
    IntervalHandle, TimeoutHandle, WindowListenerHandle, document, set_interval_with_handle, set_timeout_with_handle,
    window_event_listener_untyped,
};
use shared::api::{AliveFrame, GoneFrame, MissedFrame, SnapshotFrame};
use shared::json::{self, FromJson};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use super::batch::Batch;
use super::from_here;
use super::pulse::{LOOK, Pulse};
use crate::observe::now;

/// How long until a stream that the browser gave up is opened again.
const RETRY: Duration = Duration::from_secs(2);
/// How long a page that is out of sight keeps its stream: somebody may only look something up.
const OUT_OF_SIGHT: Duration = Duration::from_secs(5);
/// How long events wait for others: about a frame of the screen.
const GATHER: Duration = Duration::from_millis(16);
/// More than this many wait no longer: a page that stood still for a while would need memory for all of them at once.
const MOST: usize = 1_024;

/// What the stream says.
#[derive(Clone, Debug)]
pub enum Said {
    /// A sign of life; it may name the page that the server has.
    Alive(AliveFrame),
    /// The picture from here on.
    Snapshot(Box<SnapshotFrame>),
    /// What happened next.
    Events(Batch),
    /// The stream cannot begin where it was asked to; the picture of now follows.
    Gone,
    /// So many events were let go before this page could see them.
    Missed(u64),
    /// The server is stopping.
    Bye,
    /// The stream broke; it is being opened again.
    Broke,
    /// Nothing came for so many seconds, no sign of life either; another stream is being opened.
    Silent(u32),
    /// The page is out of sight: the stream was let go. It is opened again when the page is seen.
    Resting,
    /// A frame that this page cannot read, and why: there is no picture to go on from.
    Unreadable(String),
}

type Listener = Rc<dyn Fn(Said)>;
type Shared = Rc<RefCell<State>>;

/// An open stream; dropping it closes it.
pub struct Live(Shared);

struct State {
    url: String,
    /// The id of the last event that was seen; empty before there was one.
    seen: String,
    stream: Option<Stream>,
    pulse: Pulse,
    looking: Option<IntervalHandle>,
    watching: Option<WindowListenerHandle>,
    /// What will let the stream go.
    leaving: Option<TimeoutHandle>,
    /// Whether it was let go.
    resting: bool,
    retry: Option<TimeoutHandle>,
    /// Events that came and were not told yet, and what will tell them.
    gathered: Option<Batch>,
    telling: Option<TimeoutHandle>,
    closed: bool,
}

struct Stream {
    source: EventSource,
    _handlers: Vec<Closure<dyn FnMut(MessageEvent)>>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let mut state = self.0.borrow_mut();
        state.closed = true;
        state.stream = None;
        if let Some(looking) = state.looking.take() {
            looking.clear();
        }
        if let Some(watching) = state.watching.take() {
            watching.remove();
        }
        for timeout in [state.retry.take(), state.telling.take(), state.leaving.take()].into_iter().flatten() {
            timeout.clear();
        }
    }
}

/// Opens the stream at a path of the API; `listener` hears everything that it says.
pub fn connect(url: &str, listener: impl Fn(Said) + 'static) -> Live {
    let state = Rc::new(RefCell::new(State::new(url)));
    let listener: Listener = Rc::new(listener);
    open(&state, &listener);
    let looking = set_interval_with_handle(calling(&state, &listener, look), LOOK).ok();
    let seen = calling(&state, &listener, be_seen);
    seen();
    let watching = Some(window_event_listener_untyped("visibilitychange", move |_| seen()));
    let mut held = state.borrow_mut();
    (held.looking, held.watching) = (looking, watching);
    drop(held);
    Live(state)
}

/// Returns what calls `act`, as long as the stream is wanted.
fn calling(state: &Shared, listener: &Listener, act: fn(&Shared, &Listener)) -> impl Fn() + 'static {
    let (weak, listener) = (Rc::downgrade(state), Rc::clone(listener));
    move || {
        if let Some(state) = weak.upgrade().filter(|state| !state.borrow().closed) {
            act(&state, &listener);
        }
    }
}

impl State {
    fn new(url: &str) -> State {
        State {
            url: url.to_owned(),
            seen: String::new(),
            stream: None,
            pulse: Pulse::new(now()),
            looking: None,
            watching: None,
            leaving: None,
            resting: false,
            retry: None,
            gathered: None,
            telling: None,
            closed: false,
        }
    }

    fn heard(&mut self, message: &MessageEvent) {
        self.pulse.beat(now());
        let id = message.last_event_id();
        if !id.is_empty() {
            self.seen = id;
        }
    }

    /// Returns where the next stream begins: behind what was seen, if anything was.
    fn next_url(&self) -> String {
        let (path, _) = self.url.split_once('?').unwrap_or((&self.url, ""));
        if self.seen.is_empty() { self.url.clone() } else { [path, "?seen=", &self.seen].concat() }
    }
}

/// Opens a stream in place of the one that was there.
fn open(state: &Shared, listener: &Listener) {
    let source = EventSource::new(from_here(&state.borrow().next_url()));
    let Ok(source) = source else {
        retry_later(state, listener);
        return;
    };
    let mut handlers = Vec::new();
    let mut on = |name: &str, handle: Box<dyn Fn(MessageEvent)>| {
        let handler = Closure::<dyn FnMut(MessageEvent)>::new(handle);
        // Fails only for a listener that is no function.
        let _ = source.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
        handlers.push(handler);
    };
    for name in ["alive", "snapshot", "events", "missed", "gone", "bye"] {
        let (weak, listener) = (Rc::downgrade(state), Rc::clone(listener));
        on(
            name,
            Box::new(move |message| {
                if let Some(state) = weak.upgrade() {
                    state.borrow_mut().heard(&message);
                    hear(&state, &listener, read(name, &message));
                }
            }),
        );
    }
    let (again, listener) = (Rc::downgrade(state), Rc::clone(listener));
    on(
        "error",
        Box::new(move |_| {
            let Some(state) = again.upgrade() else { return };
            state.borrow_mut().pulse.begin(now());
            hear(&state, &listener, Said::Broke);
            let given_up =
                state.borrow().stream.as_ref().is_some_and(|s| s.source.ready_state() == EventSource::CLOSED);
            if given_up {
                retry_later(&state, &listener);
            }
        }),
    );
    let mut state = state.borrow_mut();
    state.pulse.begin(now());
    state.stream = Some(Stream { source, _handlers: handlers });
}

/// Opens another stream when the one that is there is dead.
fn look(state: &Shared, listener: &Listener) {
    if state.borrow().resting {
        return;
    }
    let silence = state.borrow_mut().pulse.look(now());
    if let Some(seconds) = silence {
        hear(state, listener, Said::Silent(seconds));
        open(state, listener);
    }
}

/// The page came into sight or went out of it.
fn be_seen(state: &Shared, listener: &Listener) {
    if let Some(leaving) = state.borrow_mut().leaving.take() {
        leaving.clear();
    }
    if document().hidden() {
        state.borrow_mut().leaving = set_timeout_with_handle(calling(state, listener, rest), OUT_OF_SIGHT).ok();
    } else if std::mem::take(&mut state.borrow_mut().resting) {
        state.borrow_mut().pulse = Pulse::new(now());
        open(state, listener);
    }
}

/// Lets the stream go until the page is seen.
fn rest(state: &Shared, listener: &Listener) {
    // A machine that wakes may ring this before it tells that the page is in sight again.
    if !document().hidden() {
        return;
    }
    let retry = {
        let mut state = state.borrow_mut();
        (state.stream, state.resting) = (None, true);
        state.retry.take()
    };
    if let Some(retry) = retry {
        retry.clear();
    }
    hear(state, listener, Said::Resting);
}

/// Tells what the stream says; events when the frame is over, or before anything else is told.
fn hear(state: &Shared, listener: &Listener, said: Said) {
    let Said::Events(batch) = said else {
        tell_gathered(state, listener);
        listener(said);
        return;
    };
    let count = {
        let mut state = state.borrow_mut();
        let gathered = state.gathered.get_or_insert_default();
        gathered.append(batch);
        gathered.events.len()
    };
    if count > MOST {
        tell_gathered(state, listener);
    } else if state.borrow().telling.is_none() {
        state.borrow_mut().telling = set_timeout_with_handle(calling(state, listener, tell_gathered), GATHER).ok();
    }
}

fn tell_gathered(state: &Shared, listener: &Listener) {
    let (batch, telling) = {
        let mut state = state.borrow_mut();
        (state.gathered.take(), state.telling.take())
    };
    if let Some(telling) = telling {
        telling.clear();
    }
    if let Some(batch) = batch {
        listener(Said::Events(batch));
    }
}

fn retry_later(state: &Shared, listener: &Listener) {
    state.borrow_mut().retry = set_timeout_with_handle(calling(state, listener, open), RETRY).ok();
}

fn read(name: &str, message: &MessageEvent) -> Said {
    let text = message.data().as_string().unwrap_or_default();
    match name {
        "snapshot" => decode(&text, |frame: SnapshotFrame| Said::Snapshot(Box::new(frame))),
        "events" => Said::Events(Batch::read(&text, &message.last_event_id())),
        "missed" => decode(&text, |MissedFrame { count }| Said::Missed(count)),
        "gone" => decode(&text, |_: GoneFrame| Said::Gone),
        "alive" => decode(&text, Said::Alive),
        _ => Said::Bye,
    }
}

fn decode<T: FromJson>(text: &str, said: impl Fn(T) -> Said) -> Said {
    match json::read(text) {
        Ok(frame) => said(frame),
        Err(error) => Said::Unreadable(error.found),
    }
}

#[cfg(test)]
mod tests {
    use shared::config::{Ack, Failover, Reads};
    use shared::sim::random_world;
    use shared::view::Scene;

    use super::*;

    #[test]
    fn real_frames_survive_the_wire() {
        let world = random_world(1).1;
        let scene = Scene {
            service: 9988,
            replicas: vec!["127.0.0.1:10001".to_owned()],
            ack: Ack::All,
            reads: Reads::Local,
            failover: Failover::Auto,
            version: "0".to_owned(),
            started: 1,
        };
        let snapshot = SnapshotFrame { seq: 9, latest: 12, scene, view: world.view };
        let text = serde_json::to_string(&snapshot).expect("a snapshot can be written");
        let said = decode(&text, |frame: SnapshotFrame| Said::Snapshot(Box::new(frame)));
        assert!(matches!(&said, Said::Snapshot(read) if **read == snapshot), "{said:?}");
        let text = serde_json::to_string(&world.events).expect("events can be written");
        assert_eq!(Batch::read(&text, "run-7"), Batch { events: world.events, through: 7, unread: None });
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let said = decode("{}", |MissedFrame { count }| Said::Missed(count));
        assert!(matches!(said, Said::Unreadable(_)), "{said:?}");
    }
}
