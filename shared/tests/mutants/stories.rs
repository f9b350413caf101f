//! The stories that end badly without a rule and well with it.
//!
//! Each is the shortest one that is known for its rule (docs/PROTOCOL.md §4).

use shared::config::{Ack, Failover, Mode};
use shared::event::EventKind;
use shared::id::ReplicaId;
use shared::request::Method;
use shared::rules::Rule;
use shared::sim::World;
use shared::time::Micros;

use super::script::{Script, kept, lost};

/// A story with a rule taken away, or with none.
pub type Story = fn(Option<Rule>);

/// R2 claims and R3 gets its install, then R2 is gone and R1 claims. Where R3 took one entry of three and called that
/// the log of R2's epoch, it is the best log, and what was committed is lost.
pub fn install_cut_to_one_entry(broken: Option<Rule>) {
    let mut script = Script::new(3, Mode::RemoteWrite, Failover::Auto, broken);
    script.cut(&[(1, 3)]);
    let first = script.write(1, Method::Post, "first", Ack::Majority);
    let second = script.write(1, Method::Patch, "second", Ack::Majority);
    script.until_done(first);
    script.until_done(second);
    script.crash(1);
    script.write(2, Method::Patch, "third", Ack::Primary);
    script.until("r2 becomes primary of store");
    script.until("r3 accepts store@");
    script.crash(2);
    script.mend(&[(1, 3)]);
    script.start(1);
    script.write(1, Method::Patch, "fourth", Ack::Primary);
    script.until("r1 becomes primary of store in 3");
    kept(&script.end());
}

/// R2 claims the note of R1 and does not hear R1, who alone has the last write and has acknowledged it.
pub fn claim_without_the_owner(broken: Option<Rule>) {
    let mut script = held_by_one(3, broken);
    script.write(2, Method::Patch, "third", Ack::Primary);
    script.until("r3 W2 → r2 promise note/1");
    script.pass(Micros::from_millis(100));
    kept(&script.end());
}

/// R2 claims the note and waits for its owner R1. R3 claims it next: the epoch that it and the others have promised is
/// that of R2, who never was primary; the last write is at R1.
pub fn failed_claimer_hides_the_owner(broken: Option<Rule>) {
    let mut script = held_by_one(5, broken);
    script.write(2, Method::Patch, "third", Ack::Primary);
    script.until("r5 promises note/1");
    script.crash(2);
    script.write(3, Method::Patch, "fourth", Ack::Primary);
    script.until("r5 W2 → r3 promise note/1");
    script.pass(Micros::from_millis(100));
    kept(&script.end());
}

/// R2 gets the note by R1's promise and is cut off before anybody has its epoch. R3 claims the note next, and R1 does
/// not know of anything that R2 has done.
pub fn acknowledged_before_it_is_installed(broken: Option<Rule>) {
    let mut script = Script::new(3, Mode::LocalWrite, Failover::Off, broken);
    let first = script.write(1, Method::Post, "first", Ack::All);
    script.until_done(first);
    script.quiet();
    script.write(2, Method::Patch, "second", Ack::Primary);
    script.until("r1 W2 → r2 promise note/1");
    script.cut(&[(1, 2), (2, 3)]);
    script.until("r2 becomes primary of note/1");
    script.write(3, Method::Patch, "third", Ack::Primary);
    script.until("r3 becomes primary of note/1");
    kept(&script.end());
}

/// R1 holds a note, and has acknowledged a write that it could not tell anybody of. Nobody is taken over.
fn held_by_one(size: u8, broken: Option<Rule>) -> Script {
    let mut script = Script::new(size, Mode::LocalWrite, Failover::Off, broken);
    let first = script.write(1, Method::Post, "first", Ack::All);
    script.until_done(first);
    script.quiet();
    let links: Vec<(u8, u8)> = (2..=size).map(|other| (1, other)).collect();
    script.cut(&links);
    let second = script.write(1, Method::Patch, "second", Ack::Primary);
    script.until_done(second);
    script
}

/// R3 hears nothing of the primary, R2 does.
pub fn one_misses_the_primary(broken: Option<Rule>) {
    let mut script = Script::new(3, Mode::RemoteWrite, Failover::Auto, broken);
    let first = script.write(1, Method::Post, "first", Ack::All);
    script.until_done(first);
    script.quiet();
    script.cut(&[(1, 3)]);
    script.write(3, Method::Patch, "second", Ack::All);
    script.until("r3 suspects R1");
    script.pass(Micros::from_millis(5_000));
    let world = script.end();
    assert!(!took_over(&world), "two of three replicas hear the primary, and it was taken over");
    kept(&world);
}

/// R5 promises R1's claim, and the promise is under way for long. R5's disk is lost. Where R5 learns from R2 and R3
/// alone, who know nothing of that claim, a write of R2's older epoch is committed with it; then the old promise
/// arrives.
pub fn old_promise_of_a_wiped_disk(broken: Option<Rule>) {
    let mut script = Script::new(5, Mode::LocalWrite, Failover::Off, broken);
    let first = script.write(1, Method::Post, "first", Ack::All);
    script.until_done(first);
    script.quiet();
    script.cut(&[(2, 4), (2, 5), (3, 4), (3, 5), (1, 3)]);
    script.write(2, Method::Patch, "second", Ack::Majority);
    script.late(Micros::from_millis(3_000), "r1 W2 → r2 promise note/1");
    script.cut(&[(1, 2)]);
    script.write(1, Method::Patch, "third", Ack::Majority);
    script.until("r4 W2 → r1 promise note/1");
    script.late(Micros::from_millis(6_000), "r5 W2 → r1 promise note/1");
    script.cut(&[(1, 5), (4, 5)]);
    script.mend(&[(2, 5), (3, 5)]);
    script.wipe(5);
    script.until("r2 becomes primary of note/1");
    script.pass(Micros::from_millis(7_000));
    kept(&script.end());
}

/// R1 coordinates a switch to local-write and is cut off before anybody has accepted the new generation. R2 and R3
/// finish the switch without it, in the mode that they know.
pub fn generation_that_nobody_accepted(broken: Option<Rule>) {
    let mut script = Script::new(3, Mode::RemoteWrite, Failover::Auto, broken);
    let first = script.write(1, Method::Post, "first", Ack::All);
    script.until_done(first);
    script.quiet();
    script.world.switch(ReplicaId(1), Mode::LocalWrite);
    script.until("r2 → r1 sealed");
    script.until("r3 → r1 sealed");
    script.cut(&[(1, 2), (1, 3)]);
    script.until("begins generation 1 in remote-write");
    kept(&script.end());
}

/// With no rule taken away: what only the primary had acknowledged is lost when it is taken over, and it says so.
pub fn takeover_of_what_only_the_primary_had() {
    let mut script = Script::new(3, Mode::RemoteWrite, Failover::Auto, None);
    let first = script.write(1, Method::Post, "first", Ack::All);
    script.until_done(first);
    script.quiet();
    script.cut(&[(1, 2), (1, 3)]);
    let second = script.write(1, Method::Patch, "second", Ack::Primary);
    script.until_done(second);
    let third = script.write(2, Method::Patch, "third", Ack::All);
    script.until_done(third);
    let world = script.end();
    assert!(took_over(&world), "R2 went on without R1");
    assert_eq!(lost(&world), ["second"]);
    let told = world.events.iter().any(|event| {
        matches!(&event.kind, EventKind::RolledBack { entries, .. } if entries.iter().any(|entry| entry.op.0 == "second"))
    });
    assert!(told, "R1 says that it has rolled the write back");
}

fn took_over(world: &World) -> bool {
    world.events.iter().any(|event| matches!(event.kind, EventKind::TookOver { .. }))
}
