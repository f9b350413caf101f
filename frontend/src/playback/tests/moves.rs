//! However the cursor came to a place, the screen there is the same; jumps stop at what stands out; exact speeds are exact.

use shared::clock::Stamp;
use shared::rng::Rng;

use super::super::mark::{Jump, Mark};
use super::super::pills::pills;
use super::super::speed::{SPEEDS, Speed};
use super::*;

/// Moves the cursor somehow.
fn wander(playback: &mut Playback, rng: &mut Rng) {
    let stops = playback.status().stops;
    match rng.bits() % 9 {
        0 => playback.command(Action::StepForward),
        1 => playback.command(Action::StepBack),
        2 => playback.command(Action::Seek(rng.bits() % (stops + 1))),
        3 => playback.command(Action::Live),
        4 => playback.command(Action::Toggle),
        5 => playback.command(Action::Speed(SPEEDS[usize::try_from(rng.bits()).unwrap_or(0) % SPEEDS.len()])),
        6 => playback.command(Action::Seek(playback.beside(-10))),
        7 => {
            let jump = Jump::ALL[usize::try_from(rng.bits()).unwrap_or(0) % Jump::ALL.len()];
            if let Some(stop) = playback.jump(jump, rng.bits().is_multiple_of(2)) {
                playback.command(Action::Seek(stop));
            }
        }
        _ => (0..40).for_each(|_| playback.tick(33.0)),
    }
}

#[test]
fn a_place_does_not_depend_on_the_way_there() {
    for seed in 0..6 {
        let events = random_events(seed);
        let mut playback = filled(events.clone());
        let mut rng = Rng::new(seed);
        for step in 0..150 {
            wander(&mut playback, &mut rng);
            let (place, time) = (playback.place(), playback.time());
            assert_eq!(playback.picture.view, folded(&events, place), "seed {seed}, step {step}");
            assert_eq!(playback.log.place_at(time), place, "seed {seed}, step {step}");
            if step % 10 == 0 {
                let mut fresh = filled(events.clone());
                fresh.playing = false;
                fresh.move_to(time);
                assert_eq!(fresh.picture, playback.picture, "seed {seed}, step {step}");
                assert_eq!(pills(&fresh), pills(&playback), "seed {seed}, step {step}");
            }
        }
    }
}

#[test]
fn an_exact_speed_lasts_as_long_as_it_says() {
    let mut playback = filled(handoff());
    let handoff = playback.jump(Jump::Handoff, true).expect("there is one");
    playback.command(Action::Seek(handoff));
    let from = playback.current().expect("it was found").1.event.at;
    playback.command(Action::Speed(Speed::Real(1_000)));
    playback.command(Action::Play);
    let before = playback.status().stop;
    let mut passed = 0.0;
    while playback.status().stop == before {
        playback.tick(1.0);
        passed += 1.0;
    }
    let to = playback.current().expect("it came next").1.event.at;
    #[allow(clippy::cast_precision_loss, reason = "a few microseconds")]
    let real = (to - from).0 as f64;
    assert!(real > 0.0 && (passed - real).abs() < 3.0, "{real} µs last {passed} ms at 1/1000");
}

#[test]
fn every_speed_comes_to_the_end_and_a_faster_one_sooner() {
    let lasts = |speed| {
        let mut playback = filled(handoff());
        playback.command(Action::Speed(speed));
        let mut ticks = 0_u64;
        while playback.is_moving() {
            playback.tick(16.0);
            ticks += 1;
        }
        ticks
    };
    let exact: Vec<u64> = SPEEDS.into_iter().filter(|speed| *speed != Speed::Watchable).map(lasts).collect();
    assert!(exact.is_sorted_by(|slow, fast| slow >= fast) && exact.first() > exact.last(), "{exact:?}");
}

#[test]
fn jumps_stop_at_each_of_their_kind_in_both_directions() {
    let mut playback = filled(handoff());
    playback.set_still(true);
    for (jump, count) in [(Jump::Request, 2), (Jump::Handoff, 1), (Jump::Fault, 0), (Jump::Error, 0)] {
        playback.command(Action::Seek(0));
        let mut there = Vec::new();
        while let Some(stop) = playback.jump(jump, true) {
            playback.command(Action::Seek(stop));
            there.push(stop);
        }
        assert_eq!(there.len(), count, "{jump:?}");
        let mut back: Vec<u64> = there.pop().into_iter().collect();
        while let Some(stop) = playback.jump(jump, false) {
            playback.command(Action::Seek(stop));
            back.push(stop);
        }
        back.reverse();
        assert!(back.len() == count && back.starts_with(&there), "{jump:?}: {there:?} {back:?}");
    }
}

#[test]
fn what_stands_out_in_runs_with_faults_is_marked() {
    let marks =
        (0..30).flat_map(|seed| filled(random_events(seed)).log.marks().map(|(_, mark)| mark).collect::<Vec<_>>());
    let seen: std::collections::BTreeSet<Mark> = marks.collect();
    // Nobody closes a gate there; `crate::gate` tests that mark.
    let unseen: Vec<_> = Mark::ALL.into_iter().filter(|mark| *mark != Mark::Gate && !seen.contains(mark)).collect();
    assert!(unseen.is_empty(), "{unseen:?} in no run");
}

#[test]
fn what_comes_while_the_last_reply_lands_is_shown_at_once() {
    let mut playback = filled(handoff());
    playback.command(Action::Live);
    let at = playback.log().entry(playback.place() - 1).expect("there are events").event.at;
    let suspected = EventKind::Suspected { replica: ReplicaId(1), by: Vec::new() };
    let node = Node::Replica(ReplicaId(2));
    playback.push(Event {
        seq: 1_000_000,
        at,
        node,
        stamp: Stamp::default(),
        trace: None,
        step: None,
        kind: suspected,
    });
    assert_eq!((playback.status().behind(), playback.is_moving()), (0, false));
}
