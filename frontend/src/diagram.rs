//! The space-time diagram: a lane for each node, time downwards, a row for each event, an arrow for each message.
//!
//! Pure. [`rows`] says which events have a row, [`scene`] places the events of a few rows, [`draw`] writes them as SVG,
//! [`lights`] draws what is pointed at or compared above it, [`order`] says which of two events came first. The component
//! asks for the rows that are in sight, the exports for all: the work does not grow with the log.

pub mod draw;
pub mod lights;
pub mod order;
pub mod rows;
pub mod scene;
pub mod words;

use shared::id::{Node, ReplicaId};

use crate::lang::t;

/// Which clocks stand beside the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clocks {
    /// None.
    #[default]
    None,
    /// Lamport's.
    Lamport,
    /// The vectors.
    Vector,
}

impl Clocks {
    /// All, in the order in which they are offered.
    pub const ALL: [Clocks; 3] = [Clocks::None, Clocks::Lamport, Clocks::Vector];
}

/// How a person wants to see the diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Over the stage.
    pub wide: bool,
    /// With the events that have no picture.
    pub silent: bool,
    /// With these clocks.
    pub clocks: Clocks,
    /// Whether pressing an event picks it instead of going there.
    pub picking: bool,
    /// The events that are compared, by place; the first was picked first.
    pub picked: [Option<u64>; 2],
}

impl Options {
    /// Picks an event: the second beside the first; picked again, it is let go.
    pub fn pick(&mut self, place: u64) {
        self.picked = match self.picked {
            [Some(one), other] if one == place => [other, None],
            [Some(one), Some(other)] if other == place => [Some(one), None],
            [Some(one), _] => [Some(one), Some(place)],
            [None, _] => [Some(place), None],
        };
    }

    /// Whether two events are compared, or about to be.
    pub fn compares(&self) -> bool {
        self.picking || self.picked[0].is_some()
    }

    /// Lets both go.
    pub fn end_comparison(&mut self) {
        (self.picked, self.picking) = ([None, None], false);
    }
}

/// Returns the lanes of a cluster, from left to right.
pub fn lanes(replicas: usize) -> Vec<Node> {
    let replicas = (1..=9).take(replicas).map(|id| Node::Replica(ReplicaId(id)));
    [Node::Clients, Node::Gateway].into_iter().chain(replicas).collect()
}

/// Returns what stands above a lane.
pub fn lane_name(node: Node) -> String {
    match node {
        Node::Clients => t("Clients").to_owned(),
        Node::Gateway => t("Gateway").to_owned(),
        Node::Replica(id) => id.to_string(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
