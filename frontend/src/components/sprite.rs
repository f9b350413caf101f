//! Pills as pictures, for a crowd of them: each look is drawn once, as the style sheets have it.
//!
//! A pill of the page is put where nobody sees it, and what the browser makes of it is painted: so there is one place that
//! says what a pill looks like.

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, CssStyleDeclaration, Element, HtmlCanvasElement, Path2d};

use crate::prelude::{document, window};

/// A pill's picture.
pub struct Sprite {
    /// The picture, in pixels of the screen.
    pub picture: HtmlCanvasElement,
    /// Its width on the page.
    pub width: f64,
    /// Its height on the page.
    pub height: f64,
}

impl Sprite {
    /// Draws what a frame holds, with so many pixels of the screen to one of the page; `None` in a browser without a canvas.
    pub fn of(frame: &Element, ratio: f64) -> Option<Sprite> {
        let bounds = frame.get_bounding_client_rect();
        let (width, height) = (bounds.width(), bounds.height());
        let picture: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        picture.set_width(pixels(width * ratio));
        picture.set_height(pixels(height * ratio));
        let pen = context(&picture)?;
        // What is drawn cannot fail: every number is finite, every colour one that the browser said.
        let _ = pen.scale(ratio, ratio);
        let _ = pen.translate(-bounds.left(), -bounds.top());
        for part in ["button", "svg", "b", "span"] {
            if let Ok(Some(part)) = frame.query_selector(part) {
                draw(&pen, &part);
            }
        }
        Some(Sprite { picture, width, height })
    }

    /// Whether it covers a point, counted from its upper left corner.
    pub fn has(&self, x: f64, y: f64) -> bool {
        (0.0..self.width).contains(&x) && (0.0..self.height).contains(&y)
    }
}

/// Returns what draws on a picture.
pub fn context(picture: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    picture.get_context("2d").ok()??.dyn_into().ok()
}

/// Returns a length in whole pixels of the screen.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
pub fn pixels(length: f64) -> u32 {
    length.ceil().max(1.0) as u32
}

fn style(of: &Element) -> Option<CssStyleDeclaration> {
    window().get_computed_style(of).ok()?
}

fn value(style: &CssStyleDeclaration, name: &str) -> String {
    style.get_property_value(name).unwrap_or_default()
}

fn length(style: &CssStyleDeclaration, name: &str) -> f64 {
    let length = js_sys::parse_float(&value(style, name));
    if length.is_finite() { length } else { 0.0 }
}

/// Draws a part of a pill: the pill itself, its sign, its step or its text.
fn draw(pen: &CanvasRenderingContext2d, part: &Element) {
    let Some(style) = style(part) else { return };
    if let Ok(Some(path)) = part.query_selector(":scope > path") {
        draw_sign(pen, part, &path, &style);
        return;
    }
    draw_box(pen, part, &style);
    if part.first_element_child().is_none() {
        draw_text(pen, part, &style);
    }
}

/// Draws an element's ground and its edge.
fn draw_box(pen: &CanvasRenderingContext2d, element: &Element, style: &CssStyleDeclaration) {
    let (bounds, edge) = (element.get_bounding_client_rect(), length(style, "border-top-width"));
    let (width, height) = (bounds.width() - edge, bounds.height() - edge);
    let round = length(style, "border-top-left-radius").min(height / 2.0).max(0.0);
    pen.begin_path();
    let _ = pen.round_rect_with_f64(bounds.left() + edge / 2.0, bounds.top() + edge / 2.0, width, height, round);
    pen.set_fill_style_str(&value(style, "background-color"));
    pen.fill();
    if edge > 0.0 {
        pen.set_line_width(edge);
        pen.set_stroke_style_str(&value(style, "border-top-color"));
        pen.stroke();
    }
}

/// Draws a sign, whose outline is on a field of 16 by 16.
fn draw_sign(pen: &CanvasRenderingContext2d, sign: &Element, path: &Element, style: &CssStyleDeclaration) {
    let bounds = sign.get_bounding_client_rect();
    let Some(outline) = path.get_attribute("d").and_then(|path| Path2d::new_with_path_string(&path).ok()) else {
        return;
    };
    pen.save();
    let _ = pen.translate(bounds.left(), bounds.top());
    let _ = pen.scale(bounds.width() / 16.0, bounds.height() / 16.0);
    pen.set_fill_style_str(&value(style, "color"));
    pen.fill_with_path_2d(&outline);
    pen.restore();
}

/// Draws an element's text, its letters' line where the browser has it.
fn draw_text(pen: &CanvasRenderingContext2d, element: &Element, style: &CssStyleDeclaration) {
    let (bounds, text) = (element.get_bounding_client_rect(), element.text_content().unwrap_or_default());
    pen.set_font(&value(style, "font"));
    pen.set_fill_style_str(&value(style, "color"));
    let Ok(size) = pen.measure_text(&text) else { return };
    let (above, below) = (size.font_bounding_box_ascent(), size.font_bounding_box_descent());
    let inset = length(style, "border-left-width") + length(style, "padding-left");
    let line = bounds.top() + (bounds.height() + above - below) / 2.0;
    let _ = pen.fill_text(&text, bounds.left() + inset, line);
}
