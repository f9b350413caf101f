//! The numbers of both runs side by side, as a table and in sentences that claim no more than they show; pure.

use super::{MODES, Measure};
use crate::fixed::{hundredths, tenths};
use crate::lang::{en, fill, t};
use crate::words::mode_name;

/// A number that is compared: its name, and how it is read.
type Row = (&'static str, fn(&Measure) -> u64, bool);

const ROWS: [Row; 5] = [
    (en("messages between replicas"), |measure| measure.between, false),
    (en("messages, gateway included"), |measure| measure.all, false),
    (en("hops until the reply"), |measure| measure.hops, false),
    (en("time until the reply, ms"), |measure| measure.micros, true),
    (en("handoffs"), |measure| measure.handoffs, false),
];

/// Total, mean, median and largest.
#[allow(clippy::cast_precision_loss, reason = "small numbers")]
fn summary(measures: &[Measure], of: fn(&Measure) -> u64) -> [f64; 4] {
    let mut values: Vec<u64> = measures.iter().map(of).collect();
    values.sort_unstable();
    let total = values.iter().sum::<u64>() as f64;
    let count = values.len().max(1);
    let at = |index: usize| values.get(index).copied().unwrap_or(0) as f64;
    let median = f64::midpoint(at(values.len().saturating_sub(1) / 2), at(values.len() / 2));
    [total, total / count as f64, median, at(values.len().saturating_sub(1))]
}

/// Returns the table's HTML.
pub fn table(sides: &[Vec<Measure>; 2]) -> String {
    let mut html = String::from("<thead><tr><td></td>");
    for mode in MODES {
        html += &["<th colspan=\"4\" scope=\"colgroup\">", t(mode_name(mode)), "</th>"].concat();
    }
    html += "</tr><tr><td></td>";
    for _ in MODES {
        for name in [en("total"), en("mean"), en("median"), en("max")] {
            html += &["<th scope=\"col\">", t(name), "</th>"].concat();
        }
    }
    html += "</tr></thead><tbody>";
    for (name, of, is_time) in ROWS {
        html += &["<tr><th scope=\"row\">", t(name), "</th>"].concat();
        for number in sides.iter().flat_map(|side| summary(side, of)) {
            html += &["<td>", &if is_time { hundredths(number / 1_000.0) } else { short(number) }, "</td>"].concat();
        }
        html += "</tr>";
    }
    html + "</tbody>"
}

/// Writes whole numbers without a fraction.
fn short(number: f64) -> String {
    let text = tenths(number);
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Returns what the numbers show, in sentences.
pub fn sentences(sides: &[Vec<Measure>; 2]) -> Vec<String> {
    let of = |of: fn(&Measure) -> u64| [summary(&sides[0], of), summary(&sides[1], of)];
    let (messages, hops, time, moves) = (of(|m| m.between), of(|m| m.hops), of(|m| m.micros), of(|m| m.handoffs));
    let pair = |english, a: &str, b: &str| fill(english, &[("remote", a), ("local", b)]);
    let millis = |time: f64| hundredths(time / 1_000.0);
    vec![
        pair(
            en(
                "A write took {remote} messages between replicas in remote-write and {local} in local-write, on average.",
            ),
            &short(messages[0][1]),
            &short(messages[1][1]),
        ),
        pair(
            en("Half of the replies came within {remote} ms in remote-write and {local} ms in local-write."),
            &millis(time[0][2]),
            &millis(time[1][2]),
        ),
        pair(
            en("The longest chain of messages until a reply had {remote} hops in remote-write, {local} in \
                 local-write."),
            &short(hops[0][3]),
            &short(hops[1][3]),
        ),
        fill(
            en(
                "Handoffs in local-write: {count}. The first write of each note needs none, because the mode has just begun.",
            ),
            &[("count", &short(moves[1][0]))],
        ),
        t(en(
            "One run of this workload on this machine: another pattern, more notes or slower links change the numbers.",
        ))
        .to_owned(),
    ]
}
