//! Pictures that follow each other, as one animated PNG: each frame holds only what differs from the one before.

use std::io::Cursor;
use std::ops::Range;

use png::{BitDepth, BlendOp, ColorType, Compression, Decoder, Encoder, Transformations, Writer};

/// A frame as it was taken.
struct Frame {
    /// Four bytes for each pixel: red, green, blue, opaque.
    pixels: Vec<u8>,
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
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, number(self.width), number(self.height));
        encoder.set_color(ColorType::Rgba);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::High);
        encoder.set_animated(number(self.frames.len()), 0).expect("there is a frame");
        let mut writer = encoder.write_header().expect("memory takes all bytes");
        let mut before: Option<&Frame> = None;
        for frame in &self.frames {
            self.write(&mut writer, before, frame);
            before = Some(frame);
        }
        writer.finish().expect("all frames are there");
        bytes
    }

    fn write(&self, writer: &mut Writer<&mut Vec<u8>>, before: Option<&Frame>, frame: &Frame) {
        let (rows, columns) = before.map_or((0..self.height, 0..self.width), |before| self.changed(before, frame));
        let mut pixels = Vec::new();
        for row in rows.clone() {
            for column in columns.clone() {
                let at = (row * self.width + column) * 4;
                let pixel = &frame.pixels[at..at + 4];
                // What is as before is left out: nothing is shorter than nothing.
                let same = before.is_some_and(|before| &before.pixels[at..at + 4] == pixel);
                pixels.extend_from_slice(if same { &[0; 4] } else { pixel });
            }
        }
        let place = "it lies inside of the picture";
        writer.set_frame_delay(frame.millis, 1_000).expect("it is animated");
        writer.reset_frame_position().expect("it is animated");
        writer.set_frame_dimension(number(columns.len()), number(rows.len())).expect(place);
        writer.set_frame_position(number(columns.start), number(rows.start)).expect(place);
        writer.set_blend_op(if before.is_some() { BlendOp::Over } else { BlendOp::Source }).expect("it is animated");
        writer.write_image_data(&pixels).expect("memory takes all bytes");
    }

    /// Returns the rows and columns around all that differs.
    fn changed(&self, before: &Frame, frame: &Frame) -> (Range<usize>, Range<usize>) {
        let (mut rows, mut columns) = (self.height..0, self.width..0);
        let pairs = before.pixels.chunks_exact(4).zip(frame.pixels.chunks_exact(4)).enumerate();
        for (index, _) in pairs.filter(|(_, (before, now))| before != now) {
            let (row, column) = (index / self.width, index % self.width);
            rows = rows.start.min(row)..rows.end.max(row + 1);
            columns = columns.start.min(column)..columns.end.max(column + 1);
        }
        (rows, columns)
    }
}

/// Returns the size of a PNG and its pixels, opaque.
fn decoded(png: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut decoder = Decoder::new(Cursor::new(png));
    decoder.set_transformations(Transformations::ALPHA | Transformations::STRIP_16);
    let mut reader = decoder.read_info().expect("the browser sends a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a picture of the page is small")];
    let info = reader.next_frame(&mut pixels).expect("the browser sends a whole PNG");
    assert_eq!(info.color_type, ColorType::Rgba, "a picture of the page has colours");
    pixels.truncate(info.buffer_size());
    (info.width as usize, info.height as usize, pixels)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a picture of the page is small")
}
