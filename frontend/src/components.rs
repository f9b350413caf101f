//! The parts of the page: each takes values and callbacks, none fetches or parses.

pub mod badge;
pub mod because;
pub mod captions;
pub mod card;
pub mod compare;
pub mod compared;
pub mod composer;
pub mod detail;
pub mod diagram;
pub mod diagram_bar;
pub mod diagram_order;
pub mod figure;
pub mod guarantee;
pub mod icon;
pub mod jumps;
pub mod note_row;
pub mod notices;
pub mod pill;
pub mod settings;
pub mod side;
pub mod speeds;
pub mod stage;
pub mod steps;
pub mod strip;
pub mod time_bar;
pub mod top_bar;
