//! Where this system differs from the figure, in sentences; pure.

use shared::config::{Ack, Mode};

use super::{Cast, Figure};
use crate::lang::{en, fill, t};

/// Returns what the figure does not show, or shows otherwise; `ack` is the policy that is configured.
pub fn notes(figure: &Figure, ack: Ack) -> Vec<String> {
    let Figure { mode, cast, .. } = figure;
    let mut notes: Vec<String> = own(*mode, cast).into_iter().collect();
    if !cast.reads {
        notes.push(t(policy(*mode, ack)).to_owned());
        if *mode == Mode::LocalWrite {
            notes.push(
                t("W2 goes to every replica, not only the old primary: a majority must promise before the role moves.")
                    .to_owned(),
            );
        }
    }
    if figure.passed_on {
        let passed = "A gateway stands between client and replica: the first and the last step are two messages each.";
        notes.push(t(passed).to_owned());
    }
    notes
}

/// Says that nothing has to be forwarded or moved.
fn own(mode: Mode, cast: &Cast) -> Option<String> {
    let asked = cast.asked?;
    let sentence = match (mode, cast.primary) {
        (Mode::RemoteWrite, Some(primary)) if primary == asked => {
            en("{replica} is the primary itself: nothing is forwarded, there is no W2.")
        }
        (Mode::LocalWrite, None) => en("No item moves: {replica} is its primary already, or it has no primary yet."),
        (Mode::RemoteWrite | Mode::LocalWrite, Some(_)) | (Mode::RemoteWrite, None) => return None,
    };
    Some(fill(sentence, &[("replica", &asked.to_string())]))
}

/// When the client hears, beside the textbook's order.
fn policy(mode: Mode, ack: Ack) -> &'static str {
    match (mode, ack) {
        (Mode::RemoteWrite, Ack::All) => {
            en("W5 waits for every W4, as in the textbook (ack: all, unless the request asks otherwise).")
        }
        (Mode::RemoteWrite, Ack::Majority) => {
            en("W5 waits for a majority only (ack: majority, unless the request asks otherwise); a W4 may come later.")
        }
        (Mode::RemoteWrite, Ack::Primary) => {
            en("W5 does not wait for the backups (ack: primary, unless the request asks otherwise); W4 may come later.")
        }
        (Mode::LocalWrite, Ack::All) => en(
            "In the textbook W3 comes before the backups are updated. Here it waits for every W5 (ack: all, unless the \
             request asks otherwise).",
        ),
        (Mode::LocalWrite, Ack::Majority) => {
            en("In the textbook W3 comes before the backups are updated. Here it waits for a majority of W5 (ack: \
             majority, unless the request asks otherwise).")
        }
        (Mode::LocalWrite, Ack::Primary) => en(
            "W3 does not wait for the backups, as in the textbook (ack: primary, unless the request asks otherwise).",
        ),
    }
}
