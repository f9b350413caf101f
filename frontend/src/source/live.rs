//! The event stream of the server: an `EventSource` on `/events`, decoded.
//!
//! Called by [`crate::app`], which gets everything in the order in which it came: one listener order for all
//! frames, because a snapshot and the events behind it must not change places. Events that come within one frame of the
//! screen are told together, so that the page is drawn once for them. The browser reconnects by itself and names the
//! last event it saw; where it gives up (the server answered with an error), this opens a new stream.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::{TimeoutHandle, set_timeout_with_handle};
use shared::api::{EventsFrame, GoneFrame, MissedFrame, SnapshotFrame};
use shared::event::Event;
use shared::json::{self, FromJson};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// How long until a stream that the browser gave up is opened again.
const RETRY: Duration = Duration::from_secs(2);
/// How long events wait for others: about a frame of the screen.
const GATHER: Duration = Duration::from_millis(16);
/// More than this many wait no longer: a page that stood still for a while would need memory for all of them at once.
const MOST: usize = 1_024;

/// What the stream says.
#[derive(Clone, Debug)]
pub enum Said {
    /// The stream is open.
    Opened,
    /// The picture from here on.
    Snapshot(Box<SnapshotFrame>),
    /// What happened next.
    Events(Vec<Event>),
    /// The stream cannot begin where it was asked to; the picture of now follows.
    Gone,
    /// So many events were let go before this page could see them.
    Missed(u64),
    /// The server is stopping.
    Bye,
    /// The stream broke; it is being opened again.
    Broke,
    /// A frame that this page cannot read: the server is of another version.
    Unreadable(String),
}

type Listener = Rc<dyn Fn(Said)>;

/// An open stream; dropping it closes it.
pub struct Live(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    url: String,
    stream: Option<Stream>,
    retry: Option<TimeoutHandle>,
    /// Events that came and were not told yet, and what will tell them.
    gathered: Vec<Event>,
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
        for timeout in [state.retry.take(), state.telling.take()].into_iter().flatten() {
            timeout.clear();
        }
    }
}

/// Opens the stream at `url`; `listener` hears everything that it says.
pub fn connect(url: &str, listener: impl Fn(Said) + 'static) -> Live {
    let state = Rc::new(RefCell::new(State { url: url.to_owned(), ..State::default() }));
    open(&state, &(Rc::new(listener) as Listener));
    Live(state)
}

fn open(state: &Rc<RefCell<State>>, listener: &Listener) {
    let source = EventSource::new(&state.borrow().url);
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
    for name in ["open", "snapshot", "events", "missed", "gone", "bye"] {
        let (weak, listener) = (Rc::downgrade(state), Rc::clone(listener));
        on(
            name,
            Box::new(move |message| {
                if let Some(state) = weak.upgrade() {
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
            hear(&state, &listener, Said::Broke);
            let given_up =
                state.borrow().stream.as_ref().is_some_and(|s| s.source.ready_state() == EventSource::CLOSED);
            if given_up {
                retry_later(&state, &listener);
            }
        }),
    );
    state.borrow_mut().stream = Some(Stream { source, _handlers: handlers });
}

/// Tells what the stream says; events when the frame is over, or before anything else is told.
fn hear(state: &Rc<RefCell<State>>, listener: &Listener, said: Said) {
    let Said::Events(events) = said else {
        tell_gathered(state, listener);
        listener(said);
        return;
    };
    state.borrow_mut().gathered.extend(events);
    if state.borrow().gathered.len() > MOST {
        tell_gathered(state, listener);
    } else if state.borrow().telling.is_none() {
        let (weak, listener) = (Rc::downgrade(state), Rc::clone(listener));
        let tell = move || {
            if let Some(state) = weak.upgrade() {
                tell_gathered(&state, &listener);
            }
        };
        state.borrow_mut().telling = set_timeout_with_handle(tell, GATHER).ok();
    }
}

fn tell_gathered(state: &Rc<RefCell<State>>, listener: &Listener) {
    let (events, telling) = {
        let mut state = state.borrow_mut();
        (std::mem::take(&mut state.gathered), state.telling.take())
    };
    if let Some(telling) = telling {
        telling.clear();
    }
    if !events.is_empty() {
        listener(Said::Events(events));
    }
}

fn retry_later(state: &Rc<RefCell<State>>, listener: &Listener) {
    let (weak, listener) = (Rc::downgrade(state), Rc::clone(listener));
    let again = move || {
        if let Some(state) = weak.upgrade().filter(|state| !state.borrow().closed) {
            open(&state, &listener);
        }
    };
    state.borrow_mut().retry = set_timeout_with_handle(again, RETRY).ok();
}

fn read(name: &str, message: &MessageEvent) -> Said {
    let text = message.data().as_string().unwrap_or_default();
    match name {
        "snapshot" => decode(&text, |frame: SnapshotFrame| Said::Snapshot(Box::new(frame))),
        "events" => decode(&text, |EventsFrame(events)| Said::Events(events)),
        "missed" => decode(&text, |MissedFrame { count }| Said::Missed(count)),
        "gone" => decode(&text, |_: GoneFrame| Said::Gone),
        "bye" => Said::Bye,
        _ => Said::Opened,
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
            replicas: vec!["127.0.0.1:10000".to_owned()],
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
        let said = decode(&text, |EventsFrame(events)| Said::Events(events));
        assert!(matches!(&said, Said::Events(read) if *read == world.events), "{said:?}");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let said = decode("{}", |MissedFrame { count }| Said::Missed(count));
        assert!(matches!(said, Said::Unreadable(_)), "{said:?}");
    }
}
