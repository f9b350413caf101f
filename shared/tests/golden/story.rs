//! What happened, as text: one line for each event, with the pauses, and without what is sent again and again.

use std::collections::BTreeMap;

use shared::event::{Event, EventKind};
use shared::sim::trace;
use shared::time::Micros;

/// The shortest pause that is shown.
const PAUSE: Micros = Micros::from_millis(50);

/// Returns the events of a run from number `from` on, one line each: pauses are shown, and what is sent again and again
/// only twice. `goes_on` says that nobody has done anything to the cluster before it: then the first pause counts, too.
pub fn story(run: &[Event], from: usize, goes_on: bool) -> String {
    let events = &run[from..];
    let first = run[..from].last().filter(|_| goes_on).or(events.first());
    let lines: Vec<(&Event, String)> =
        events.iter().filter_map(|event| trace::line(event, run).map(|line| (event, line))).collect();
    let sent = |event: &Event| matches!(event.kind, EventKind::Sent { .. });
    let mut total: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, line) in lines.iter().filter(|(event, _)| sent(event)) {
        *total.entry(line).or_default() += 1;
    }
    let (mut out, mut before) = (String::new(), first.map(|event| event.at));
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for (event, line) in &lines {
        let total = total.get(line.as_str()).copied().filter(|total| *total > 2 && sent(event));
        let count = count.entry(line).or_default();
        *count += 1;
        if total.is_some_and(|total| *count > 1 && *count < total) {
            continue;
        }
        let pause = event.at - before.replace(event.at).unwrap_or(event.at);
        if pause >= PAUSE {
            out.extend(["… ", &((pause.0 + 500) / 1_000).to_string(), " ms\n"]);
        }
        out += line;
        if let Some(total) = total.filter(|total| *count == *total) {
            out.extend([" (sent ", &total.to_string(), " times)"]);
        }
        out.push('\n');
    }
    if out.is_empty() { "nothing\n".to_owned() } else { out }
}
