//! What a person can ask of the page: each command with its name and its keys, in one table.
//!
//! Read by the keyboard, by the controls of time and by whatever lists commands; [`crate::app`] does them.

use crate::lang::en;
use crate::playback::mark::Jump;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Let time run, or stop it.
    Toggle,
    /// This many events on; back when it is negative.
    Step(i8),
    /// To the first event that is kept.
    First,
    /// To the end of what has happened.
    Live,
    /// To the next event of a kind (`true`), or the one before (`false`).
    Jump(Jump, bool),
    /// To the next exact speed that is faster (`true`) or slower (`false`).
    Pace(bool),
    /// To the speed at which every message can be followed.
    Watchable,
    /// Larger type for a projector, or back.
    Project,
    /// The space-time diagram, beside the stage or over it.
    Diagram,
    /// Both protocols side by side.
    Compare,
    /// Files: open, save, link, export.
    Files,
    /// A link to this moment.
    Link,
    /// Close the gate, or open it.
    Gate,
    /// Let the first message go that waits there.
    Deliver,
}

/// A command as the table has it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it does.
    pub command: Command,
    /// Its name, to be translated.
    pub name: &'static str,
    /// The keys that call it, as `KeyboardEvent.key` names them; the first is the one to show.
    pub keys: &'static [&'static str],
}

const fn entry(command: Command, name: &'static str, keys: &'static [&'static str]) -> Entry {
    Entry { command, name, keys }
}

/// All commands, in the order in which they are listed.
pub const COMMANDS: &[Entry] = &[
    entry(Command::Toggle, en("Play or pause"), &[" "]),
    entry(Command::Step(1), en("Step forward"), &["ArrowRight"]),
    entry(Command::Step(-1), en("Step back"), &["ArrowLeft"]),
    entry(Command::Step(10), en("Ten events forward"), &["PageDown"]),
    entry(Command::Step(-10), en("Ten events back"), &["PageUp"]),
    entry(Command::First, en("Go to the first event"), &["Home"]),
    entry(Command::Live, en("Jump to live"), &["l", "L", "End"]),
    entry(Command::Jump(Jump::Request, true), en("Next request"), &["r"]),
    entry(Command::Jump(Jump::Request, false), en("Previous request"), &["R"]),
    entry(Command::Jump(Jump::Handoff, true), en("Next handoff"), &["h"]),
    entry(Command::Jump(Jump::Handoff, false), en("Previous handoff"), &["H"]),
    entry(Command::Jump(Jump::Fault, true), en("Next fault"), &["f"]),
    entry(Command::Jump(Jump::Fault, false), en("Previous fault"), &["F"]),
    entry(Command::Jump(Jump::Error, true), en("Next error"), &["e"]),
    entry(Command::Jump(Jump::Error, false), en("Previous error"), &["E"]),
    entry(Command::Pace(false), en("Slower"), &["[", "-"]),
    entry(Command::Pace(true), en("Faster"), &["]", "+", "="]),
    entry(Command::Watchable, en("Watchable speed"), &["w", "W"]),
    entry(Command::Files, en("Open and save: files and links"), &["o", "O"]),
    entry(Command::Link, en("Copy a link to this moment"), &["k", "K"]),
    entry(Command::Gate, en("Close or open the gate"), &["g"]),
    entry(Command::Deliver, en("Deliver the next message that waits at the gate"), &["G"]),
    entry(Command::Project, en("Projector mode on or off"), &["p", "P"]),
    entry(Command::Diagram, en("Open or widen the space-time diagram"), &["d", "D"]),
    entry(Command::Compare, en("Compare the two protocols"), &["c", "C"]),
];

/// Returns what a key calls. `code` names the key on the board: a letter of another script calls what stands on its key.
pub fn of_key(key: &str, code: &str, shift: bool) -> Option<Command> {
    let letter = code.strip_prefix("Key").filter(|_| !key.is_ascii());
    let key = match letter {
        Some(letter) if shift => letter.to_owned(),
        Some(letter) => letter.to_ascii_lowercase(),
        None => key.to_owned(),
    };
    COMMANDS.iter().find(|entry| entry.keys.contains(&key.as_str())).map(|entry| entry.command)
}

/// Returns the name of a command and the key that calls it, for a control's title.
pub fn entry_of(command: Command) -> Option<&'static Entry> {
    COMMANDS.iter().find(|entry| entry.command == command)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_key_calls_two_commands() {
        let keys: Vec<_> = COMMANDS.iter().flat_map(|entry| entry.keys).collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    }

    #[test]
    fn keys_of_another_script_call_what_stands_on_them() {
        let handoff = |forward| Some(Command::Jump(Jump::Handoff, forward));
        assert_eq!(of_key("h", "KeyH", false), handoff(true));
        assert_eq!(of_key("ㅗ", "KeyH", false), handoff(true));
        assert_eq!(of_key("ㅗ", "KeyH", true), handoff(false));
        assert_eq!(of_key("é", "Digit2", false), None);
    }
}
