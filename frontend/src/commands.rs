//! What a person can ask of the page: each command with its name and its keys, in one table.
//!
//! Read by the keyboard, by the controls of time and by whatever lists commands; [`crate::app`] does them.

use shared::config::Mode;

use crate::components::side::Tab;
use crate::lang::{en, t};
use crate::playback::mark::Jump;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// All commands: the list of them, to find and run one.
    Palette,
    /// The same with every key at a glance.
    Keys,
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
    /// The field in which events are searched for.
    Search,
    /// To the next event that was found (`true`), or the one before (`false`).
    Found(bool),
    /// The end of the search.
    Clear,
    /// A tab of the right side.
    Open(Tab),
    /// Larger type for a projector, or back.
    Project,
    /// The colours, by their name among the themes.
    Theme(&'static str),
    /// No motion, or as the system says.
    Calm,
    /// The other language.
    Language,
    /// The cluster in this mode.
    Mode(Mode),
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

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The cursor.
    Time,
    /// Places that stand out.
    Jumps,
    /// Searching for events and for commands.
    Search,
    /// Parts of the page.
    Parts,
    /// How the page looks.
    Look,
    /// The cluster itself.
    Cluster,
}

impl Group {
    /// All, in the order in which they are listed, with their names.
    pub const ALL: [(Group, &'static str); 6] = [
        (Group::Time, en("Time")),
        (Group::Jumps, en("Jump to")),
        (Group::Search, en("Find")),
        (Group::Parts, en("Open")),
        (Group::Look, en("Display")),
        (Group::Cluster, en("Cluster")),
    ];
}

/// A command as the table has it.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it does.
    pub command: Command,
    /// What it is about.
    pub group: Group,
    /// Its name, to be translated.
    pub name: &'static str,
    /// The keys that call it, as `KeyboardEvent.key` names them; the first is the one to show.
    pub keys: &'static [&'static str],
}

const fn entry(group: Group, command: Command, name: &'static str, keys: &'static [&'static str]) -> Entry {
    Entry { command, group, name, keys }
}

use Group::{Cluster, Jumps, Look, Parts, Search, Time};

/// All commands, in the order in which they are listed.
pub const COMMANDS: &[Entry] = &[
    entry(Time, Command::Toggle, en("Play or pause"), &[" "]),
    entry(Time, Command::Step(1), en("Step forward"), &["ArrowRight"]),
    entry(Time, Command::Step(-1), en("Step back"), &["ArrowLeft"]),
    entry(Time, Command::Step(10), en("Ten events forward"), &["PageDown"]),
    entry(Time, Command::Step(-10), en("Ten events back"), &["PageUp"]),
    entry(Time, Command::First, en("Go to the first event"), &["Home"]),
    entry(Time, Command::Live, en("Jump to live"), &["l", "L", "End"]),
    entry(Time, Command::Pace(false), en("Slower"), &["[", "-"]),
    entry(Time, Command::Pace(true), en("Faster"), &["]", "+", "="]),
    entry(Time, Command::Watchable, en("Watchable speed"), &["w", "W"]),
    entry(Jumps, Command::Jump(Jump::Request, true), en("Next request"), &["r"]),
    entry(Jumps, Command::Jump(Jump::Request, false), en("Previous request"), &["R"]),
    entry(Jumps, Command::Jump(Jump::Handoff, true), en("Next handoff"), &["h"]),
    entry(Jumps, Command::Jump(Jump::Handoff, false), en("Previous handoff"), &["H"]),
    entry(Jumps, Command::Jump(Jump::Fault, true), en("Next fault"), &["f"]),
    entry(Jumps, Command::Jump(Jump::Fault, false), en("Previous fault"), &["F"]),
    entry(Jumps, Command::Jump(Jump::Error, true), en("Next error"), &["e"]),
    entry(Jumps, Command::Jump(Jump::Error, false), en("Previous error"), &["E"]),
    entry(Search, Command::Search, en("Search events"), &["/"]),
    entry(Search, Command::Found(true), en("Next match"), &["n"]),
    entry(Search, Command::Found(false), en("Previous match"), &["N"]),
    entry(Search, Command::Clear, en("End the search"), &["Escape"]),
    entry(Search, Command::Palette, en("All commands"), &["Ctrl+k"]),
    entry(Search, Command::Keys, en("All keys"), &["?"]),
    entry(Parts, Command::Open(Tab::Steps), en("Steps: what happens and why"), &["1"]),
    entry(Parts, Command::Open(Tab::Diagram), en("Space-time diagram"), &["2"]),
    entry(Parts, Command::Open(Tab::State), en("State of every replica"), &["3"]),
    entry(Parts, Command::Open(Tab::Figure), en("The textbook's figure"), &["4"]),
    entry(Parts, Command::Open(Tab::Compose), en("Compose a request"), &["5"]),
    entry(Parts, Command::Diagram, en("Open or widen the space-time diagram"), &["d", "D"]),
    entry(Parts, Command::Files, en("Open and save: files and links"), &["o", "O"]),
    entry(Parts, Command::Link, en("Copy a link to this moment"), &["k", "K"]),
    entry(Look, Command::Project, en("Projector mode on or off"), &["p", "P"]),
    entry(Look, Command::Theme("system"), en("Colours: as the system"), &[]),
    entry(Look, Command::Theme("light"), en("Colours: light"), &[]),
    entry(Look, Command::Theme("dark"), en("Colours: dark"), &[]),
    entry(Look, Command::Theme("contrast"), en("Colours: high contrast"), &[]),
    entry(Look, Command::Calm, en("Reduce motion on or off"), &[]),
    entry(Look, Command::Language, en("한국어 (Korean)"), &[]),
    entry(Cluster, Command::Mode(Mode::RemoteWrite), en("Switch the cluster to remote-write"), &[]),
    entry(Cluster, Command::Mode(Mode::LocalWrite), en("Switch the cluster to local-write"), &[]),
    entry(Cluster, Command::Gate, en("Close or open the gate"), &["g"]),
    entry(Cluster, Command::Deliver, en("Deliver the next message that waits at the gate"), &["G"]),
    entry(Cluster, Command::Compare, en("Compare the two protocols"), &["c", "C"]),
];

/// Returns what a key calls. `code` names the key on the board: a letter of another script calls what stands on its key.
/// `control` says that Ctrl or Cmd is held.
pub fn of_key(key: &str, code: &str, shift: bool, control: bool) -> Option<Command> {
    let letter = code.strip_prefix("Key").filter(|_| !key.is_ascii());
    let key = match letter {
        Some(letter) if shift => letter.to_owned(),
        Some(letter) => letter.to_ascii_lowercase(),
        None => key.to_owned(),
    };
    let key = if control { ["Ctrl+", &key.to_ascii_lowercase()].concat() } else { key };
    COMMANDS.iter().find(|entry| entry.keys.contains(&key.as_str())).map(|entry| entry.command)
}

/// Returns the name of a key, as it is shown; `apple` says that the board has ⌘ in place of Ctrl.
pub fn key_name(key: &str, apple: bool) -> String {
    let name = match key {
        " " => t("space"),
        "ArrowRight" => "→",
        "ArrowLeft" => "←",
        "ArrowUp" => "↑",
        "ArrowDown" => "↓",
        "PageDown" => "Page ↓",
        "PageUp" => "Page ↑",
        "Escape" => "Esc",
        "Ctrl+k" if apple => "⌘K",
        "Ctrl+k" => "Ctrl+K",
        key => key,
    };
    match name.as_bytes() {
        [letter] if letter.is_ascii_uppercase() => ["Shift+", name].concat(),
        [letter] if letter.is_ascii_lowercase() => name.to_ascii_uppercase(),
        _ => name.to_owned(),
    }
}

impl Entry {
    /// Returns the names of its keys; a letter that calls it in both sizes is named once.
    pub fn key_names(&self, apple: bool) -> Vec<String> {
        let is_second = |key: &&&str| {
            let small = key.to_ascii_lowercase();
            small != **key && self.keys.contains(&small.as_str())
        };
        self.keys.iter().filter(|key| !is_second(key)).map(|key| key_name(key, apple)).collect()
    }

    /// Whether its name or group has all words of `text`, in capitals or not, in English or in the language of the page;
    /// also by what else it may be looked for.
    pub fn is_called(&self, text: &str) -> bool {
        let group = Group::ALL.iter().find(|(group, _)| *group == self.group).map_or("", |(_, name)| name);
        let names = [self.name, t(self.name), group, t(group), also(self.command)].join("\n").to_lowercase();
        text.to_lowercase().split_whitespace().all(|word| names.contains(word))
    }
}

/// Returns words that are not in a command's name, by which it is looked for all the same.
#[allow(clippy::wildcard_enum_match_arm, reason = "the others are found by their names")]
fn also(command: Command) -> &'static str {
    match command {
        Command::Language => "language english 언어 영어",
        Command::Diagram | Command::Open(Tab::Diagram) => {
            "export svg mermaid shiviz picture clocks lamport vector 내보내기 그림 시계"
        }
        Command::Files => "export download jsonl html 내보내기 저장",
        Command::Gate | Command::Deliver => "hold drop double duplicate lose 버리기 중복",
        Command::Open(Tab::Compose) => "write read curl",
        _ => "",
    }
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
        assert_eq!(of_key("h", "KeyH", false, false), handoff(true));
        assert_eq!(of_key("ㅗ", "KeyH", false, false), handoff(true));
        assert_eq!(of_key("ㅗ", "KeyH", true, false), handoff(false));
        assert_eq!(of_key("é", "Digit2", false, false), None);
    }

    #[test]
    fn control_makes_another_key_of_a_letter() {
        assert_eq!(of_key("k", "KeyK", false, false), Some(Command::Link));
        for key in ["k", "K", "ㅏ"] {
            assert_eq!(of_key(key, "KeyK", false, true), Some(Command::Palette));
        }
        assert_eq!(of_key("h", "KeyH", false, true), None, "the browser's own");
    }

    #[test]
    fn keys_are_named_as_they_are_pressed() {
        let names = |command| entry_of(command).map(|entry| entry.key_names(false)).unwrap_or_default();
        assert_eq!(names(Command::Live), ["L", "End"]);
        assert_eq!(names(Command::Jump(Jump::Fault, false)), ["Shift+F"]);
        assert_eq!(names(Command::Step(1)), ["→"]);
        assert_eq!(names(Command::Palette), ["Ctrl+K"]);
        assert_eq!(key_name("Ctrl+k", true), "⌘K");
    }

    #[test]
    fn a_command_is_found_by_words_of_its_name_in_any_order() {
        let called = |text: &'static str| COMMANDS.iter().filter(move |entry| entry.is_called(text));
        let commands = |text| called(text).map(|entry| entry.command).collect::<Vec<_>>();
        assert_eq!(commands("HANDOFF prev"), [Command::Jump(Jump::Handoff, false)]);
        assert_eq!(commands("dark"), [Command::Theme("dark")]);
        assert_eq!(commands("language"), [Command::Language]);
        for sought in ["export svg", "mermaid", "ShiViz", "lamport"] {
            assert!(commands(sought).contains(&Command::Open(Tab::Diagram)), "{sought}");
        }
        assert_eq!(called(" ").count(), COMMANDS.len());
        assert_eq!(called("no such thing").count(), 0);
    }

    #[test]
    fn every_theme_and_every_tab_has_a_command() {
        assert!(crate::theme::THEMES.iter().all(|(theme, _)| entry_of(Command::Theme(theme)).is_some()));
        assert!(Tab::ALWAYS.into_iter().all(|tab| entry_of(Command::Open(tab)).is_some()));
    }
}
