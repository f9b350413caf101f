//! Configurations of the search, without those that others make superfluous.

use std::collections::BTreeMap;

use super::states::State;

/// What may have happened by now.
#[derive(Clone, Debug)]
pub(super) struct Configuration {
    /// The open operations that took effect, in rising order.
    pub(super) done: Vec<usize>,
    /// The writes of unknown outcome that took effect, in rising order.
    pub(super) used: Vec<usize>,
    pub(super) state: State,
    /// The last operation that took effect, in the trail.
    pub(super) last: Option<usize>,
}

/// Configurations of which none can do all that another can.
#[derive(Default)]
pub(super) struct Frontier(BTreeMap<(Vec<usize>, State), Vec<Way>>);

/// A way to a configuration: its writes of unknown outcome, and its last operation in the trail.
struct Way {
    used: Vec<usize>,
    last: Option<usize>,
}

impl Frontier {
    /// Returns false when a configuration is there that can do as much.
    pub(super) fn insert(&mut self, configuration: &Configuration) -> bool {
        let key = (configuration.done.clone(), configuration.state);
        let others = self.0.entry(key).or_default();
        if others.iter().any(|way| is_part(&way.used, &configuration.used)) {
            return false;
        }
        others.retain(|way| !is_part(&configuration.used, &way.used));
        others.push(Way { used: configuration.used.clone(), last: configuration.last });
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all, those that used the fewest writes of unknown outcome first.
    pub(super) fn into_sorted(self) -> Vec<Configuration> {
        let mut all: Vec<Configuration> = Vec::new();
        for ((done, state), ways) in self.0 {
            all.extend(ways.into_iter().map(|Way { used, last }| Configuration {
                done: done.clone(),
                used,
                state,
                last,
            }));
        }
        all.sort_by_key(|configuration| configuration.used.len());
        all
    }
}

fn is_part(part: &[usize], whole: &[usize]) -> bool {
    part.len() <= whole.len() && part.iter().all(|item| whole.binary_search(item).is_ok())
}

/// The list with one more item, in rising order.
pub(super) fn with(list: &[usize], item: usize) -> Vec<usize> {
    let mut list = list.to_vec();
    if let Err(place) = list.binary_search(&item) {
        list.insert(place, item);
    }
    list
}
