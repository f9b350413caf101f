//! Many messages under way, as one picture: while time runs and there are too many for each to be an element of the page.
//!
//! A browser that draws without a graphics card spends 30 ms on a frame in which three hundred elements move; one picture of
//! them takes three. What stands out of the crowd (a message that is pointed at, selected, held or lost) stays an element,
//! and so does each again as soon as time stands still: [`super::flights`].

use std::mem;

use crate::prelude::*;
use leptos::ev;
use leptos::html::Div;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlCanvasElement, MouseEvent};

use super::flights::{place, stands_out};
use super::pill::{look, markup};
use super::sprite::{Sprite, context, pixels};
use crate::derived::{Call, Derived, Held, Value};
use crate::geometry::Layout;
use crate::kept::Kept;
use crate::observe::{closest, media};
use crate::playback::pills::{Pill, PillKey};
use crate::screen::Screen;
use crate::values::{effect, text};

/// How many pictures are kept; beyond, those that are needed are drawn anew.
const LOOKS: usize = 500;
/// The parts of the picture: see [`parts`].
const PARTS: &str = "<canvas></canvas><div></div>";

/// What the system says of colours.
const PREFERENCES: [&str; 3] = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)"];

/// The colours, chosen and preferred, and how large all is.
type Dress = (String, [bool; 3], Layout);

/// A message as it was painted: which, the number of its look, and the pixel of its upper left corner.
type Spot = (PillKey, usize, i32, i32);

/// The pictures of the looks that there were, and what is on the picture of all.
#[derive(Default)]
pub struct Album {
    /// What else the pictures depend on.
    dress: Dress,
    /// The looks that there are, and the picture of each; `None` in a browser that draws none.
    by_look: Vec<String>,
    sprites: Vec<Option<Sprite>>,
    /// Pixels of the screen for each of the page.
    ratio: f64,
    size: (u32, u32),
    /// The messages by name, and the number of the look of each.
    names: Vec<String>,
    looks: Vec<usize>,
    spots: Vec<Spot>,
}

/// Paints the messages under way.
#[component]
pub fn Crowd(
    /// What is shown.
    screen: Screen,
    /// The name of the colours that were chosen.
    theme: Signal<String>,
    /// The message whose details are open.
    selected: Value<Option<PillKey>>,
    /// What they are painted with.
    album: Kept<Album>,
    /// Opens a message's details.
    on_select: Call<PillKey>,
) -> impl IntoView {
    let field = NodeRef::<Div>::new();
    let (count, preferred) = (Held::new(0), PREFERENCES.map(media));
    let dress = Derived::new(move |_| (theme.get(), preferred.map(|preferred| preferred.get()), screen.layout.get()));
    effect(move || {
        let (pills, links, time) = (screen.pills.read(), screen.links.read(), screen.time.get());
        let (size, selected, lit) = (screen.size.get(), selected.get(), screen.pointed.get());
        let dress = dress.read();
        let Some((canvas, samples)) = field.get().and_then(|field| parts(&field)) else { return };
        let unit = dress.2.unit;
        let pills = pills.iter().filter(|pill| !stands_out(pill, selected, lit));
        let placed = pills.filter_map(|pill| Some((pill, place(pill, &links, unit, Some(time))?)));
        let placed: Vec<_> = placed.collect();
        album.with(|album| {
            if *dress != album.dress {
                *album = Album { dress: dress.clone(), ..Album::default() };
            }
            album.paint(&canvas, &samples, (size.width, size.height), &placed);
        });
        if count.get_untracked() != placed.len() {
            count.set(placed.len());
        }
    });
    let press = window_event_listener(ev::click, move |event: MouseEvent| {
        let is_in = |css| closest(event.target(), css).is_some();
        let on_stage = is_in(".stage") && !is_in("button");
        if let Some(field) = field.get_untracked().filter(|_| on_stage) {
            let frame = field.get_bounding_client_rect();
            let at = (f64::from(event.client_x()) - frame.left(), f64::from(event.client_y()) - frame.top());
            if let Some(key) = album.with(|album| album.at(at)).flatten() {
                on_select.run(key);
            }
        }
    });
    on_cleanup(move || {
        press.remove();
        // The next crowd has another canvas.
        album.with(|album| album.size = (0, 0));
    });
    view! {
        <div class="crowd" data-testid="crowd" data-count=text(move || count.get().to_string()) aria-hidden="true" node_ref=field inner_html=PARTS></div>
    }
}

/// Returns what is painted on, and where samples of new looks are laid out.
fn parts(field: &Element) -> Option<(HtmlCanvasElement, Element)> {
    Some((field.first_element_child()?.dyn_into().ok()?, field.last_element_child()?))
}

impl Album {
    /// Paints each of the messages where it is, in half pixels, unless nothing has moved.
    fn paint(
        &mut self,
        canvas: &HtmlCanvasElement,
        samples: &Element,
        (width, height): (f64, f64),
        pills: &[(&Pill, (i32, i32))],
    ) {
        let ratio = window().device_pixel_ratio();
        let size = (pixels(width * ratio), pixels(height * ratio));
        if (ratio - self.ratio).abs() > f64::EPSILON {
            *self = Album { ratio, dress: mem::take(&mut self.dress), ..Album::default() };
        }
        if size != self.size {
            canvas.set_width(size.0);
            canvas.set_height(size.1);
            self.size = size;
            self.spots.clear();
        }
        if !self.names.iter().eq(pills.iter().map(|(pill, _)| &pill.name)) {
            self.names = pills.iter().map(|(pill, _)| pill.name.clone()).collect();
            self.learn(samples, pills);
        }
        let spot = |(look, (pill, (x, y))): (&usize, &(&Pill, (i32, i32)))| {
            let sprite = self.sprite(*look)?;
            let pixel = |middle: i32, size: f64| whole((f64::from(middle) - size) / 2.0 * ratio);
            Some((pill.key, *look, pixel(*x, sprite.width), pixel(*y, sprite.height)))
        };
        let spots: Vec<Spot> = self.looks.iter().zip(pills).filter_map(spot).collect();
        if spots != self.spots {
            self.spots = spots;
            self.draw(canvas);
        }
    }

    /// Says of each message which picture is its own; those of new looks are drawn, all at once, as the page is laid out for it.
    fn learn(&mut self, samples: &Element, pills: &[(&Pill, (i32, i32))]) {
        if self.by_look.len() > LOOKS {
            self.by_look.clear();
            self.sprites.clear();
        }
        let known = self.by_look.len();
        let mut html = String::new();
        self.looks.clear();
        for (pill, _) in pills {
            let look = look(pill);
            let place = self.by_look.iter().position(|known| *known == look).unwrap_or_else(|| {
                html.push_str(&markup(pill));
                self.by_look.push(look);
                self.by_look.len() - 1
            });
            self.looks.push(place);
        }
        if self.by_look.len() > known {
            samples.set_inner_html(&html);
            let frames = std::iter::successors(samples.first_element_child(), Element::next_element_sibling);
            let ratio = self.ratio;
            self.sprites.extend(frames.map(|frame| Sprite::of(&frame, ratio)));
            samples.set_inner_html("");
        }
    }

    fn draw(&self, canvas: &HtmlCanvasElement) {
        let Some(pen) = context(canvas) else { return };
        pen.clear_rect(0.0, 0.0, f64::from(self.size.0), f64::from(self.size.1));
        for (_, look, x, y) in &self.spots {
            if let Some(sprite) = self.sprite(*look) {
                // Fails for a picture without a pixel, and each has one.
                let _ = pen.draw_image_with_html_canvas_element(&sprite.picture, f64::from(*x), f64::from(*y));
            }
        }
    }

    fn sprite(&self, look: usize) -> Option<&Sprite> {
        self.sprites.get(look)?.as_ref()
    }

    /// Returns the message that is seen at a point of the stage.
    fn at(&self, (x, y): (f64, f64)) -> Option<PillKey> {
        let hit = |(_, look, left, top): &&Spot| {
            let (x, y) = (x - f64::from(*left) / self.ratio, y - f64::from(*top) / self.ratio);
            self.sprite(*look).is_some_and(|sprite| sprite.has(x, y))
        };
        self.spots.iter().rfind(hit).map(|(key, ..)| *key)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "pixels")]
fn whole(length: f64) -> i32 {
    length.round() as i32
}
