//! Passing a request on: which replica gets it, what the feed is told, what the client hears.
//!
//! Called by the gateway's handlers. A replica that cannot be reached, refuses or falls silent is passed over, unless
//! the client named it. A write that was taken by a silent replica may be done: it goes to the next one under the same
//! name, so it is done once, and when nobody says what became of it, the client hears "unknown".

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::http::response::Parts;
use axum::http::{HeaderMap, Request as HttpRequest, Response, header};
use bytes::Bytes;
use http_body_util::Full;
use serde_json::Value;
use shared::api::{self, Problem};
use shared::event::{EventKind, Step, Why};
use shared::id::{Node, OpId, ReplicaId, TraceId};
use shared::message::{Head, Parcel};
use shared::request::{Method, Reply, Request};
use shared::time::Micros;

use super::Gateway;
use crate::answer;
use crate::home::Links;
use crate::http_client::NoAnswer;
use crate::intake::{self, Intake, Wishes};
use crate::replica_http::encode;
use crate::run::operation_of;

/// How long a replica may take: a little longer than its own patience, so that its own word is heard.
pub(super) const LIMIT: Duration = Duration::from_secs(12);
/// How long it may take while there are others to ask: longer than a takeover.
const LIMIT_OF_MANY: Duration = Duration::from_secs(5);
/// How long its port may take to say whether it has a slow disk.
const LIMIT_OF_PORT: Duration = Duration::from_secs(1);
/// How long a replica that could not be reached is asked last, and one that fell silent.
const REST: Micros = Micros::from_millis(2_000);
const LONG_REST: Micros = Micros::from_millis(10_000);

/// A valid request on its way.
#[derive(Clone, Debug)]
struct Errand {
    request: Request,
    /// The request as the feed tells it.
    told: Request,
    trace: TraceId,
    op: OpId,
    wishes: Wishes,
    /// The replicas to try, in order.
    candidates: Vec<ReplicaId>,
}

/// Why a replica did not serve an errand.
enum Failure {
    /// It surely did not get it.
    Unreachable,
    /// It says that it surely did not do it.
    Refused(Box<Answered>),
    /// It may have got it.
    Silent,
}

/// What a replica said.
struct Answered {
    reply: Reply,
    by: ReplicaId,
    /// The reply's place in the textbook's figure.
    step: Option<Step>,
}

impl Gateway {
    /// Serves one request for notes and tells the feed of it.
    pub(super) async fn note(&self, intake: Intake, headers: &HeaderMap, links: &Links) -> Response<Body> {
        let trace = self.run.trace();
        let told = intake.request.excerpt();
        self.tell(&trace, Some(first_step(&told)), EventKind::ClientRequest { request: told.clone() });
        let served = match self.errand(intake, &told, headers, &trace) {
            Ok(errand) => self.pass(&errand).await,
            Err(problem) => Err(problem),
        };
        let (reply, by, step) = match served {
            Ok(Answered { reply, by, step }) => (reply, Some(by), step),
            Err(problem) => (answer::reply_of(&told, &problem), None, None),
        };
        self.tell(&trace, step, EventKind::ClientReply { reply: reply.excerpt() });
        answer::reply(&reply, &trace, by, links)
    }

    fn tell(&self, trace: &TraceId, step: Option<Step>, kind: EventKind) {
        self.record(|recorder, now| ((), recorder.local(now, Some(trace.clone()), step, kind)));
    }

    fn errand(&self, intake: Intake, told: &Request, headers: &HeaderMap, trace: &TraceId) -> Result<Errand, Problem> {
        intake.command?;
        let chosen = intake::replica(headers, self.replicas.len())?;
        let named = intake::operation(headers, &intake.request)?;
        let wishes = intake::wishes(headers)?;
        let first = || named.as_ref().map_or_else(|| self.next(), place_of);
        let candidates = chosen.map_or_else(|| self.round(first()), |id| vec![id]);
        let op = named.unwrap_or_else(|| operation_of(trace));
        Ok(Errand { request: intake.request, told: told.clone(), trace: trace.clone(), op, wishes, candidates })
    }

    /// Takes the next turn.
    fn next(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns all replicas, beginning with number `first` from 0, counted in circles; those that were just
    /// unreachable come last.
    fn round(&self, first: usize) -> Vec<ReplicaId> {
        let (count, now) = (self.replicas.len(), self.run.clock.now().0);
        let first = first % count;
        let mut order: Vec<usize> = (0..count).map(|step| (first + step) % count).collect();
        order.sort_by_key(|index| self.resting[*index].load(Ordering::Relaxed) > now);
        order.into_iter().filter_map(|index| u8::try_from(index + 1).ok()).map(ReplicaId).collect()
    }

    fn rest(&self, id: ReplicaId, rest: Micros) {
        let until = self.run.clock.now() + rest;
        self.resting[usize::from(id.0) - 1].store(until.0, Ordering::Relaxed);
    }

    async fn pass(&self, errand: &Errand) -> Result<Answered, Problem> {
        let (mut fell_silent, mut refused) = (None, None);
        for id in &errand.candidates {
            match self.attempt(errand, *id).await {
                Ok(answered) => return Ok(answered),
                Err(Failure::Unreachable) => {}
                Err(Failure::Refused(answered)) => refused = Some(*answered),
                Err(Failure::Silent) => fell_silent = Some(*id),
            }
        }
        match (fell_silent, refused) {
            (Some(id), _) => return Err(silent(errand.request.method, id)),
            (None, Some(answered)) => return Ok(answered),
            (None, None) => {}
        }
        let named = |ids: &[ReplicaId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Err(Problem::refused(&format!("{} cannot be reached.", named(&errand.candidates))))
    }

    async fn attempt(&self, errand: &Errand, id: ReplicaId) -> Result<Answered, Failure> {
        let Errand { request, told, trace, .. } = errand;
        let step = first_step(request);
        let (to, parcel) = (Node::Replica(id), Parcel::Request(told.clone()));
        let head = self.record(|recorder, now| recorder.send(now, Some(trace.clone()), Some(step), to, parcel));
        let call = self.ask_patiently(self.http(errand, id, &head), LIMIT);
        let called = if errand.candidates.len() > 1 { self.or_give_up(id, call).await } else { call.await };
        let (failure, rest, why) = match called {
            Ok((parts, body)) => match self.receive(request, &parts, &body) {
                Some((reply, step)) => return served(Answered { reply, by: id, step }),
                // It answered without asking its replica.
                None => (Failure::Unreachable, REST, Why::Unreachable),
            },
            Err(NoAnswer::NotSent) => (Failure::Unreachable, REST, Why::Unreachable),
            Err(NoAnswer::Unknown) => (Failure::Silent, LONG_REST, Why::NoAnswer),
        };
        self.rest(id, rest);
        self.tell(trace, None, EventKind::Lost { message: head.message, why });
        Err(failure)
    }

    /// Waits for the answer of a replica beside which there are others to ask: not for as long, unless it is there and has a
    /// slow disk. The others are waiting for theirs then, too, and the work that is begun is done soonest.
    async fn or_give_up(
        &self,
        id: ReplicaId,
        call: impl Future<Output = Result<(Parts, Bytes), NoAnswer>>,
    ) -> Result<(Parts, Bytes), NoAnswer> {
        let mut call = std::pin::pin!(call);
        loop {
            match tokio::time::timeout(LIMIT_OF_MANY, &mut call).await {
                Ok(answer) => return answer,
                Err(_) if self.is_gated() || self.has_slow_disk(id).await => {}
                Err(_) => return Err(NoAnswer::Unknown),
            }
        }
    }

    /// Asks a replica's port whether the replica has a slow disk.
    async fn has_slow_disk(&self, id: ReplicaId) -> bool {
        let address = &self.replicas[usize::from(id.0) - 1];
        let request = HttpRequest::get(format!("http://{address}/peer"))
            .header(api::header::SECRET, self.run.secret.reveal())
            .body(Full::default())
            .expect("an address and a visible secret make a valid request");
        let answered = self.client.call(request, LIMIT_OF_PORT).await;
        answered.is_ok_and(|(parts, _)| parts.headers.contains_key(api::header::SLOW_DISK))
    }

    /// Whether somebody works a gate.
    fn is_gated(&self) -> bool {
        self.feed.snapshot().view.gated().next().is_some()
    }

    /// Sends a request and waits for the answer within `limit`; while the gate is closed, whoever works it may take all
    /// the time that there is, and then the replica has its time again.
    async fn ask_patiently(
        &self,
        request: HttpRequest<Full<Bytes>>,
        limit: Duration,
    ) -> Result<(Parts, Bytes), NoAnswer> {
        let mut call = std::pin::pin!(self.client.call(request, Duration::MAX));
        loop {
            match tokio::time::timeout(limit, &mut call).await {
                Ok(answer) => return answer,
                Err(_) if self.is_gated() => {}
                Err(_) => return Err(NoAnswer::Unknown),
            }
        }
    }

    fn http(&self, errand: &Errand, id: ReplicaId, head: &Head) -> HttpRequest<Full<Bytes>> {
        let address = &self.replicas[usize::from(id.0) - 1];
        let Errand { request, op, wishes, .. } = errand;
        let mut builder = HttpRequest::builder()
            .method(request.method.as_str())
            .uri(format!("http://{address}{}", request.path))
            .header(header::CONTENT_TYPE, "application/json")
            .header(api::header::SECRET, self.run.secret.reveal())
            .header(api::header::OPERATION, op.0.as_str())
            .header(api::header::HEAD, encode(head).expect("ids and numbers make a valid header"));
        for (name, value) in wishes.headers() {
            builder = builder.header(name, value);
        }
        let body = match request.method {
            Method::Get | Method::Delete => Bytes::new(),
            Method::Post | Method::Put | Method::Patch => request.body.to_string().into(),
        };
        builder.body(Full::new(body)).expect("a checked request is a valid one")
    }

    /// Takes a replica's answer, with its step; `None` when it carries no head, so that the replica itself never spoke.
    fn receive(&self, request: &Request, parts: &Parts, body: &Bytes) -> Option<(Reply, Option<Step>)> {
        let head: Head = serde_json::from_slice(parts.headers.get(api::header::HEAD)?.as_bytes()).ok()?;
        let body: Value = serde_json::from_slice(body).ok()?;
        self.record(|recorder, now| ((), recorder.receive(now, &head)));
        let session = intake::session(&parts.headers).ok().flatten().unwrap_or_default();
        let without = intake::without(&parts.headers);
        let reply = Reply { session, without, ..Reply::to(request, parts.status.as_u16(), body) };
        Some((reply, head.step))
    }

    /// Passes the wish for another mode to the first replica that answers.
    pub(super) async fn switch(&self, body: &Value) -> Result<(u16, Value), Problem> {
        for id in self.round(self.next()) {
            let address = &self.replicas[usize::from(id.0) - 1];
            let request = HttpRequest::put(format!("http://{address}/cluster/mode"))
                .header(header::CONTENT_TYPE, "application/json")
                .body(Full::new(body.to_string().into()))
                .expect("an address makes a valid request");
            match self.ask_patiently(request, LIMIT).await {
                Ok((parts, body)) => {
                    let body = serde_json::from_slice(&body).map_err(|_| silent(Method::Put, id))?;
                    return Ok((parts.status.as_u16(), body));
                }
                Err(NoAnswer::NotSent) => {}
                Err(NoAnswer::Unknown) => return Err(silent(Method::Put, id)),
            }
        }
        Err(Problem::refused("no replica can be reached."))
    }
}

/// Sorts an answer that refuses out: another replica may do what this one cannot.
fn served(answered: Answered) -> Result<Answered, Failure> {
    let refused = answered.reply.status == 503 && answered.reply.body["code"] == "refused";
    if refused { Err(Failure::Refused(Box::new(answered))) } else { Ok(answered) }
}

/// Returns the step with which a request begins.
fn first_step(request: &Request) -> Step {
    if request.method == Method::Get { Step::R1 } else { Step::W1 }
}

/// Returns where an operation that the client named begins, so that a retry meets the first attempt.
fn place_of(op: &OpId) -> usize {
    op.0.bytes().fold(0, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}

fn silent(method: Method, id: ReplicaId) -> Problem {
    let reason = format!("{id} did not answer in time.");
    if method == Method::Get { Problem::refused(&reason) } else { Problem::unknown(&reason) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shared::config::{Ack, Failover, Levels, Reads};
    use shared::event::Gate;
    use shared::recorder::Recorder;
    use shared::view::Scene;
    use tokio::net::TcpListener;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::feed::{Feed, Of, Room};
    use crate::gateway::Outlet;
    use crate::home::Home;
    use crate::http_client::HttpClient;
    use crate::presenter::Presenter;
    use crate::run::Run;
    use crate::secret::Secret;

    /// Shorter than anything takes.
    const SHORT: Duration = Duration::from_millis(1);

    fn gateway() -> Gateway {
        let secret = Secret::random().expect("the system has random numbers");
        let run = Run::begin(Levels::default(), Home::new("127.0.0.1:1".parse().expect("an address"), None), secret)
            .expect("and more of them");
        let (ack, reads, failover) = (Ack::All, Reads::Local, Failover::Auto);
        let scene =
            Scene { service: 0, replicas: Vec::new(), ack, reads, failover, version: String::new(), started: 0 };
        let feed = Arc::new(Feed::new("run".to_owned(), scene, Room::default(), Of::Replica(ReplicaId(1))));
        let shown = (feed, Outlet::Straight);
        Gateway::new(
            Arc::new(run),
            shown,
            HttpClient::default(),
            Vec::new(),
            Presenter::Anyone,
            CancellationToken::new(),
        )
    }

    /// A replica that takes requests and says nothing is waited for as long as the gate is closed, and no longer.
    #[tokio::test]
    async fn whoever_works_the_gate_may_take_all_the_time_that_there_is() {
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("there are free ports");
        let address = silent.local_addr().expect("it is bound");
        let gateway = gateway();
        let mut recorder = Recorder::new(Node::Replica(ReplicaId(1)), 1);
        let mut turn = |gate| gateway.feed.publish(vec![recorder.local(Micros(0), None, None, EventKind::Gate(gate))]);
        let request = || HttpRequest::get(format!("http://{address}/note")).body(Full::default()).expect("it is valid");
        turn(Gate::Closed);
        let mut asked = Box::pin(gateway.ask_patiently(request(), SHORT));
        assert!(tokio::time::timeout(SHORT * 100, &mut asked).await.is_err(), "the gate is closed");
        turn(Gate::Opened);
        assert_eq!(asked.await.map(drop), Err(NoAnswer::Unknown));
    }
}
