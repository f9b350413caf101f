//! What requests cost the history that all share: a bounded part of it, however long or strange they are.

use backend::feed::Room;
use serde_json::json;
use shared::api::{EventsFrame, MissedFrame};
use shared::config::Mode;
use shared::event::{Event, EventKind};
use shared::json::read;

use super::cluster::{Cluster, config};
use super::http::{Frame, Got};

/// How many notes are listed, each as long as a note may be: 2 MB together.
const NOTES: usize = 200;
/// How often they are listed.
const POLLS: usize = 15;
/// How many bytes of events a write may cost, all that the replicas do for it included, and a read.
const COST_OF_WRITE: usize = 20_000;
const COST_OF_READ: usize = 8_000;

/// Returns all frames of a stream until the one with the last event that there is now.
async fn stream(cluster: &Cluster, query: &str) -> Vec<Frame> {
    let last = cluster.server.feed().last();
    let mut stream = cluster.http.events(&cluster.gateway(&format!("/events?{query}")), None).await;
    let mut frames: Vec<Frame> = Vec::new();
    let number = |frame: &Frame| frame.id.rsplit_once('-').and_then(|(_, number)| number.parse::<u64>().ok());
    while !frames.last().is_some_and(|frame| frame.name != "missed" && number(frame) >= Some(last)) {
        frames.push(stream.next().await.expect("the stream goes on"));
    }
    frames
}

/// Returns how many bytes of events there are behind event `seq`, and the events.
async fn after(cluster: &Cluster, seq: u64) -> (usize, Vec<Event>) {
    let frames = stream(cluster, &format!("from={}", seq + 1)).await;
    let told = frames.iter().filter(|frame| frame.name == "events");
    let read = |frame: &Frame| serde_json::from_str::<EventsFrame>(&frame.data).expect("events").0;
    (told.clone().map(|frame| frame.data.len()).sum(), told.flat_map(read).collect())
}

async fn write(cluster: &Cluster, number: usize) -> Got {
    let body: String = format!("{number} ").chars().cycle().take(10_000).collect();
    let made = cluster
        .call("POST", &cluster.gateway("/note"), &json!({ "title": format!("Note {number}"), "body": body }))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    made
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_and_a_long_note_cost_the_history_little() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let first = write(&cluster, 0).await;
    let (cost, events) = after(&cluster, 0).await;
    assert!(cost < COST_OF_WRITE, "a write costs {cost} bytes in {} events", events.len());
    for number in 1..NOTES {
        write(&cluster, number).await;
    }
    let before = cluster.server.feed().last();
    for _ in 0..POLLS {
        let list = cluster.http.get(&cluster.gateway("/note")).await;
        assert!(list.status == 200 && list.text.len() > NOTES * 10_000, "the answer is whole");
    }
    let (cost, events) = after(&cluster, before).await;
    assert!(cost < POLLS * COST_OF_READ, "{POLLS} lists cost {cost} bytes in {} events", events.len());
    let of_first = stream(&cluster, &format!("trace={}", first.header("x-trace-id"))).await;
    assert_eq!(of_first[0].name, "snapshot", "the first write is remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_of_the_past_gets_the_last_bytes_and_hears_what_is_left_out() {
    let room = Room { past: 20_000, ..Room::default() };
    let cluster = Cluster::start(config(Mode::RemoteWrite, 4, None), room).await;
    for number in 0..10 {
        write(&cluster, number).await;
    }
    let last = cluster.server.feed().last();
    for (query, asked) in [("last=3000", last), ("last=100", 100), ("from=3", last - 2)] {
        let frames = stream(&cluster, query).await;
        let names: Vec<&str> = frames.iter().take(3).map(|frame| frame.name.as_str()).collect();
        assert_eq!(names, ["missed", "snapshot", "events"], "{query}");
        let MissedFrame { count } = serde_json::from_str(&frames[0].data).expect("a count");
        let told: Vec<Event> = frames[2..]
            .iter()
            .flat_map(|frame| serde_json::from_str::<EventsFrame>(&frame.data).expect("events").0)
            .filter(|event| event.seq <= last)
            .collect();
        assert_eq!(count + told.len() as u64, asked, "{query}");
        let bytes: usize = told.iter().map(|event| serde_json::to_string(event).expect("it was read").len()).sum();
        assert!(bytes <= room.past, "{query}: {bytes} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_viewer_can_read_what_was_refused() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let mut asked = 0;
    for door in cluster.doors() {
        for levels in [1, 100, 122, 123, 124, 125, 126, 127, 128, 200] {
            let body = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            let got =
                cluster.http.send("POST", &format!("{door}/note"), &[("content-type", "application/json")], body).await;
            let expected = if levels < 128 { (422, "not_an_object") } else { (400, "not_json") };
            assert_eq!((got.status, got.json()["code"].as_str()), (expected.0, Some(expected.1)), "{levels} levels");
            let of_request = stream(&cluster, &format!("trace={}", got.header("x-trace-id"))).await;
            assert_eq!(of_request[0].name, "snapshot", "{levels} levels at {door}");
            asked += 1;
        }
    }
    let frames = stream(&cluster, "from=1").await;
    let read_here: Vec<Event> = frames[1..]
        .iter()
        .flat_map(|frame| {
            let by_the_page: EventsFrame = read(&frame.data).expect("the page can read it");
            assert_eq!(serde_json::from_str::<EventsFrame>(&frame.data).ok().as_ref(), Some(&by_the_page));
            by_the_page.0
        })
        .collect();
    let requests = read_here.iter().filter(|event| matches!(event.kind, EventKind::ClientRequest { .. })).count();
    assert_eq!(requests, asked);
    let past = stream(&cluster, &format!("from={}", cluster.server.feed().last())).await;
    assert_eq!(past[0].name, "snapshot");
}
