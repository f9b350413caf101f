//! Pictures that follow each other, as one animated PNG: each frame holds only what differs from the one before, in the
//! 255 colours that matter most to all of them.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::Range;

use png::{BitDepth, BlendOp, ColorType, Compression, Decoder, Encoder, Filter, Transformations, Writer};

/// Red, green, blue.
type Colour = [u8; 3];

/// How many colours a PNG with a palette has, beside the one that lets the frame before be seen.
const COLOURS: usize = 255;
/// Colours that are closer than this, as the square of their distance, are taken for one.
const ALIKE: u32 = 100;

/// A frame as it was taken.
struct Frame {
    pixels: Vec<Colour>,
    /// How long it is shown, in milliseconds.
    millis: u16,
}

/// The frames so far, all of one size.
pub struct Film {
    width: usize,
    height: usize,
    frames: Vec<Frame>,
}

impl Film {
    /// Has no frame yet.
    pub fn new() -> Film {
        Film { width: 0, height: 0, frames: Vec::new() }
    }

    /// Adds a picture, a PNG, that is shown for so long; one that is like the last only makes that one last longer.
    pub fn take(&mut self, png: &[u8], millis: u16) {
        let (width, height, pixels) = decoded(png);
        assert!(self.frames.is_empty() || (self.width, self.height) == (width, height), "all frames have one size");
        (self.width, self.height) = (width, height);
        match self.frames.last_mut().filter(|last| last.pixels == pixels) {
            Some(last) => last.millis += millis,
            None => self.frames.push(Frame { pixels, millis }),
        }
    }

    /// Shows the last frame for longer.
    pub fn rest(&mut self, millis: u16) {
        self.frames.last_mut().expect("there is a frame").millis += millis;
    }

    /// Returns the animated PNG; it begins again when it is over.
    pub fn png(&self) -> Vec<u8> {
        let mut palette = Palette::of(self.frames.iter().flat_map(|frame| &frame.pixels));
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, number(self.width), number(self.height));
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_palette(palette.bytes());
        // The first colour lets the frame before be seen.
        encoder.set_trns(vec![0]);
        encoder.set_compression(Compression::High);
        encoder.set_filter(Filter::NoFilter);
        encoder.set_animated(number(self.frames.len()), 0).expect("there is a frame");
        let mut writer = encoder.write_header().expect("memory takes all bytes");
        let mut before: Option<&Frame> = None;
        for frame in &self.frames {
            self.write(&mut writer, &mut palette, before, frame);
            before = Some(frame);
        }
        writer.finish().expect("all frames are there");
        bytes
    }

    fn write(&self, to: &mut Writer<&mut Vec<u8>>, palette: &mut Palette, before: Option<&Frame>, frame: &Frame) {
        let (rows, columns) = before.map_or((0..self.height, 0..self.width), |before| self.changed(before, frame));
        let mut pixels = Vec::new();
        for row in rows.clone() {
            for at in columns.clone().map(|column| row * self.width + column) {
                let is_same = before.is_some_and(|before| before.pixels[at] == frame.pixels[at]);
                pixels.push(if is_same { 0 } else { palette.nearest(frame.pixels[at]) });
            }
        }
        let place = "it lies inside of the picture";
        to.set_frame_delay(frame.millis, 1_000).expect("it is animated");
        to.reset_frame_position().expect("it is animated");
        to.set_frame_dimension(number(columns.len()), number(rows.len())).expect(place);
        to.set_frame_position(number(columns.start), number(rows.start)).expect(place);
        to.set_blend_op(if before.is_some() { BlendOp::Over } else { BlendOp::Source }).expect("it is animated");
        to.write_image_data(&pixels).expect("memory takes all bytes");
    }

    /// Returns the rows and columns around all that differs.
    fn changed(&self, before: &Frame, frame: &Frame) -> (Range<usize>, Range<usize>) {
        let (mut rows, mut columns) = (self.height..0, self.width..0);
        let pairs = before.pixels.iter().zip(&frame.pixels).enumerate();
        for (index, _) in pairs.filter(|(_, (before, now))| before != now) {
            let (row, column) = (index / self.width, index % self.width);
            rows = rows.start.min(row)..rows.end.max(row + 1);
            columns = columns.start.min(column)..columns.end.max(column + 1);
        }
        (rows, columns)
    }
}

/// The colours of a film, with the number of each from 1.
struct Palette {
    colours: Vec<Colour>,
    known: BTreeMap<Colour, u8>,
}

impl Palette {
    /// Takes the colours that are there most often, of those that are alike only one.
    fn of<'a>(pixels: impl Iterator<Item = &'a Colour>) -> Palette {
        let mut counts: BTreeMap<Colour, u64> = BTreeMap::new();
        for pixel in pixels {
            *counts.entry(*pixel).or_default() += 1;
        }
        let mut order: Vec<(u64, Colour)> = counts.into_iter().map(|(colour, count)| (count, colour)).collect();
        order.sort_unstable_by(|one, other| other.cmp(one));
        let mut colours: Vec<Colour> = Vec::new();
        for (_, colour) in order {
            if colours.len() < COLOURS && colours.iter().all(|chosen| distance(*chosen, colour) > ALIKE) {
                colours.push(colour);
            }
        }
        Palette { colours, known: BTreeMap::new() }
    }

    fn bytes(&self) -> Vec<u8> {
        std::iter::once(&[0; 3]).chain(&self.colours).flatten().copied().collect()
    }

    fn nearest(&mut self, colour: Colour) -> u8 {
        *self.known.entry(colour).or_insert_with(|| {
            let numbered = (1..=u8::MAX).zip(&self.colours);
            let nearest = numbered.min_by_key(|(_, known)| distance(**known, colour));
            nearest.expect("a film has colours").0
        })
    }
}

/// Returns the square of the distance between two colours.
fn distance(one: Colour, other: Colour) -> u32 {
    one.iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
}

/// Returns the size of a PNG and its pixels.
fn decoded(png: &[u8]) -> (usize, usize, Vec<Colour>) {
    let mut decoder = Decoder::new(Cursor::new(png));
    decoder.set_transformations(Transformations::ALPHA | Transformations::STRIP_16);
    let mut reader = decoder.read_info().expect("the browser sends a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a picture of the page is small")];
    let info = reader.next_frame(&mut bytes).expect("the browser sends a whole PNG");
    assert_eq!(info.color_type, ColorType::Rgba, "a picture of the page has colours");
    let pixels = bytes[..info.buffer_size()].chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    (info.width as usize, info.height as usize, pixels)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a picture of the page is small")
}
