//! Numbers with a fixed count of digits behind the point.
//!
//! The page writes a length for every message in every frame, and whole numbers are printed faster than floats.

/// Writes `value` with one digit behind the point.
pub fn tenths(value: f64) -> String {
    let mut text = String::new();
    push(&mut text, value, 1);
    text
}

/// Writes `value` with two digits behind the point.
pub fn hundredths(value: f64) -> String {
    let mut text = String::new();
    push(&mut text, value, 2);
    text
}

/// Writes a length for CSS.
pub fn px(length: f64) -> String {
    let mut text = tenths(length);
    text.push_str("px");
    text
}

/// Writes a shift for CSS: one piece of memory for each, as there are hundreds in a frame.
pub fn translate(x: f64, y: f64) -> String {
    let mut text = String::with_capacity(64);
    text.push_str("translate(");
    push(&mut text, x, 1);
    text.push_str("px,");
    push(&mut text, y, 1);
    text.push_str("px)");
    text
}

/// Writes `value` behind `text`, with so many digits behind the point.
#[allow(clippy::cast_possible_truncation, reason = "lengths and times of a page are far below 2⁶³")]
fn push(text: &mut String, value: f64, digits: usize) {
    let whole = (value * if digits == 1 { 10.0 } else { 100.0 }).round() as i64;
    if whole < 0 {
        text.push('-');
    }
    let (mut rest, mut written, mut backwards) = (whole.unsigned_abs(), 0, [b'0'; 24]);
    while rest > 0 || written <= digits {
        backwards[written] = b'0' + (rest % 10) as u8;
        rest /= 10;
        written += 1;
    }
    for place in (0..written).rev() {
        text.push(char::from(backwards[place]));
        if place == digits {
            text.push('.');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_rounded() {
        assert_eq!(["-0.3", "0.0", "12.4"].map(str::to_owned), [-0.26, 0.04, 12.35001].map(tenths));
        assert_eq!(["0.06", "2.50"].map(str::to_owned), [0.0551, 2.5].map(hundredths));
        assert_eq!(["0.00", "-12.30", "4096.00"].map(str::to_owned), [0.001, -12.3, 4096.0].map(hundredths));
        assert_eq!(px(3.0), "3.0px");
        assert_eq!(translate(-1.26, 30.0), "translate(-1.3px,30.0px)");
    }
}
