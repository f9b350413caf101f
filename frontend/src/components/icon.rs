//! Inline SVG signs: one for each kind of message, the crown, and the controls. They carry no meaning alone;
//! words stand beside them or in the control's label.

use crate::prelude::*;

use crate::derived::Value;
use crate::kind::Kind;
use crate::markup::tag;
use crate::values::word;

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// The sign of a kind of message.
    Kind(Kind),
    /// The crown of a primary.
    Crown,
    /// Let time run.
    Play,
    /// Stop time.
    Pause,
    /// One event on.
    Forward,
    /// One event back.
    Back,
    /// A gate: what waits there.
    Gate,
    /// To the end of what has happened.
    Live,
    /// To the next of a kind.
    Next,
    /// To the one before.
    Previous,
    /// Light or dark.
    Theme,
    /// Files and links.
    Files,
    /// Close.
    Close,
    /// Neither yes nor no.
    Question,
}

impl Icon {
    /// Returns the outline, on a field of 16 by 16.
    pub fn path(self) -> &'static str {
        match self {
            Icon::Kind(Kind::Write) => "M3 2.5v11L13.5 8z",
            Icon::Kind(Kind::Read) => {
                "M8 3C4.5 3 2 6 1 8c1 2 3.5 5 7 5s6-3 7-5c-1-2-3.5-5-7-5zm0 8a3 3 0 110-6 3 3 0 010 6z"
            }
            Icon::Kind(Kind::Update) => "M8 1.5l5 5H10V11H6V6.5H3zM2.5 12.5h11v2h-11z",
            Icon::Kind(Kind::Ack) => "M6.2 13L1.5 8.3l1.9-1.9 2.8 2.8L12.6 2.8l1.9 1.9z",
            Icon::Kind(Kind::Move) => "M1 4.5h9V1.5l5 4-5 4v-3H1zM15 13.5H6v1.7l-3.4-2.7L6 9.8v1.7h9z",
            Icon::Kind(Kind::Reply) => "M6.5 2.5v3H10a4.5 4.5 0 014.5 4.5v3.5h-2V10A2.5 2.5 0 0010 7.5H6.5v3L1 6.5z",
            Icon::Kind(Kind::Lost) | Icon::Close => {
                "M3.4 2L8 6.6 12.6 2 14 3.4 9.4 8l4.6 4.6-1.4 1.4L8 9.4 3.4 14 2 12.6 6.6 8 2 3.4z"
            }
            Icon::Kind(Kind::Quiet) => "M8 5a3 3 0 110 6 3 3 0 010-6z",
            Icon::Question => {
                "M8 1.2c-2.6 0-4.4 1.6-4.5 4h2.3c.1-1.2.9-1.9 2.1-1.9 1.2 0 2 .7 2 1.7 0 .9-.5 1.4-1.4 2-1.2.8-1.7 1.5-1.7 \
                 2.9v.6h2.3v-.4c0-.8.3-1.2 1.4-1.9 1.2-.8 1.8-1.7 1.8-3.2 0-2.3-1.8-3.8-4.3-3.8zM6.7 12h2.4v2.5H6.7z"
            }
            Icon::Crown => "M1.5 4.2l3.3 3L8 2l3.2 5.2 3.3-3L13.2 12H2.8zM2.8 13h10.4v1.6H2.8z",
            Icon::Gate => "M1.5 2h2.4v4.8h8.2V2h2.4v12h-2.4V9.2H3.9V14H1.5z",
            Icon::Play => "M3.5 1.8v12.4L14 8z",
            Icon::Pause => "M3 2h3.6v12H3zM9.4 2H13v12H9.4z",
            Icon::Forward => "M3 2v12l8-6zM11.5 2H14v12h-2.5z",
            Icon::Back => "M13 2v12L5 8zM2 2h2.5v12H2z",
            Icon::Next => "M5.5 2.2L12 8l-6.5 5.8-1.3-1.5L9 8 4.2 3.7z",
            Icon::Previous => "M10.5 2.2L4 8l6.5 5.8 1.3-1.5L7 8l4.8-4.3z",
            Icon::Live => "M1.5 2.5v11L8 8zM8 2.5v11L14.5 8z",
            Icon::Files => "M1.5 2.5h5l1.7 2h6.3v9h-13zM3 6v6h10V6z",
            Icon::Theme => "M8 1a7 7 0 100 14A7 7 0 008 1zm0 2v10A5 5 0 018 3z",
        }
    }
}

impl Icon {
    /// Returns it as markup; [`Sign`] is the same as a view.
    pub fn markup(self) -> String {
        let attributes = [("class", "icon"), ("viewBox", "0 0 16 16"), ("aria-hidden", "true"), ("focusable", "false")];
        tag("svg", &attributes, &tag("path", &[("d", self.path())], ""))
    }
}

/// Draws a sign; it is hidden from readers of the page's text.
#[component]
pub fn Sign(
    /// Which.
    #[prop(into)]
    icon: Value<Icon>,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d=word(move || icon.get().path())></path>
        </svg>
    }
}
