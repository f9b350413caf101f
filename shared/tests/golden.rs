//! Golden traces: what the protocol does, scenario by scenario, event by event.
//!
//! Each file in `testdata/traces` is a test of its own. It begins with its claim (`# …`), and each of its phases with a
//! heading (`## …`). `UPDATE_GOLDENFILES=1 cargo test --workspace --test golden` writes the outputs anew; read the
//! difference.
//!
//! | command | meaning |
//! |---|---|
//! | `cluster SIZE MODE [failover=off]` | starts a cluster and runs it until it is quiet |
//! | `ask REPLICA METHOD note[/ID] [title=…] [ack=…] [reads=…] [op=…] [as=…]` | a client asks; nothing runs yet. `op` names the operation, the same in a retry; `as` is a client with a session |
//! | `settle` | runs until all is quiet and prints nothing: for what is told elsewhere |
//! | `run` | runs until all is quiet |
//! | `run 3s`, `run 500ms` | runs for that time |
//! | `steps N` | lets N things happen |
//! | `until "TEXT"` | runs until a line with that text appears, and not one step further |
//! | `lose FROM TO N` | loses the next N messages on that link |
//! | `cut FROM TO`, `heal` | loses all messages on that link from now on; all links work again |
//! | `crash REPLICA`, `start REPLICA` | memory is lost, the disk is kept; clients that get no reply are named |
//! | `wipe REPLICA` | the same, and the disk is lost, too |
//! | `switch REPLICA MODE` | asks for the other mode |
//! | `notes` | prints the notes of every replica that is up |
//!
//! `run`, `steps` and `until` print what has happened since the last of them. A pause of 50 ms or more is shown as
//! `… 250 ms`. A message that is sent more than twice in one such block, word for word, is shown the first and the
//! last time, with how often it was sent. `shared::sim::trace` has the words of each line.
#![allow(clippy::disallowed_methods, reason = "the traces are files")]

use std::collections::BTreeSet;
use std::path::PathBuf;

#[path = "golden/scenario.rs"]
mod scenario;
#[path = "golden/story.rs"]
mod story;

use scenario::Scenario;

/// Makes a test of each trace, and [`NAMES`].
macro_rules! traces {
    ($($name:ident)*) => {
        /// The traces that are played.
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        $(#[test]
        fn $name() {
            play(stringify!($name));
        })*
    };
}

traces! {
    first_boot
    local_write_claimer_dies_after_the_install
    local_write_claimer_dies_before_the_install
    local_write_concurrent_creations
    local_write_concurrent_handoffs
    local_write_creation
    local_write_handoff
    local_write_holder_restarts
    local_write_lost_handoff
    local_write_missing_note
    local_write_promise_dies_with_its_holder
    local_write_promise_outlives_its_holder
    local_write_retried_creation
    local_write_takeover
    local_write_unspread_update
    majority_hears_before_the_slowest
    one_way_cut_from_the_primary
    one_way_cut_to_the_primary
    primary_hears_before_the_backups
    read_committed
    read_linearizable
    read_linearizable_without_a_primary
    read_local
    read_session
    remote_write_at_a_backup
    remote_write_at_the_primary
    remote_write_backup_dies
    remote_write_deposed_primary_rolls_back
    remote_write_failover_off
    remote_write_isolated_primary
    remote_write_lost_answer
    remote_write_lost_forward
    remote_write_missing_note
    remote_write_primary_dies_after_w2
    remote_write_primary_dies_after_w3_at_all
    remote_write_primary_dies_after_w3_at_one
    remote_write_primary_dies_after_w4
    remote_write_primary_dies_after_w5
    remote_write_primary_dies_before_w2
    remote_write_primary_restarts
    remote_write_retry_elsewhere
    switch_coordinator_dies
    switch_of_mode
    switch_twice_at_once
    switch_under_a_write
    switch_under_load
    switch_with_a_replica_down
    wiped_disk
    wiped_disk_does_not_vote
    wiped_disk_waits_for_all
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/traces")
}

/// Plays a scenario and compares its outputs.
fn play(name: &str) {
    let path = folder().join(name);
    let text = std::fs::read_to_string(&path).expect("a trace can be read");
    assert!(text.starts_with("# "), "a trace begins with its claim");
    let (headings, phases) = (text.matches("\n## ").count(), text.matches("\n---\n").count());
    assert_eq!(headings, phases, "each phase begins with a heading");
    goldenscript::run(&mut Scenario::default(), &path).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn every_file_is_a_test() {
    let files = std::fs::read_dir(folder()).expect("the folder of the traces is there");
    let file_name = |file: std::io::Result<std::fs::DirEntry>| file.expect("the folder can be read").file_name();
    let files: BTreeSet<String> = files.map(|file| file_name(file).to_string_lossy().into_owned()).collect();
    let tests: BTreeSet<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(files, tests, "the list in this file names each trace");
}
