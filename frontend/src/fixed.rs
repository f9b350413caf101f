//! Numbers with a fixed count of digits behind the point.
//!
//! The page writes a length for every message in every frame; whole numbers are fast, and the code that prints
//! any float exactly need not be downloaded.

/// Writes `value` with one digit behind the point.
pub fn tenths(value: f64) -> String {
    fixed(value, 10)
}

/// Writes `value` with two digits behind the point.
pub fn hundredths(value: f64) -> String {
    fixed(value, 100)
}

/// Writes a length for CSS.
pub fn px(length: f64) -> String {
    format!("{}px", tenths(length))
}

/// `scale` is 10 or 100.
#[allow(clippy::cast_possible_truncation, reason = "lengths and times of a page are far below 2⁶³")]
fn fixed(value: f64, scale: u32) -> String {
    let whole = (value * f64::from(scale)).round() as i64;
    let (sign, whole, scale) = (if whole < 0 { "-" } else { "" }, whole.unsigned_abs(), u64::from(scale));
    let (before, behind) = (whole / scale, whole % scale);
    if scale == 10 { format!("{sign}{before}.{behind}") } else { format!("{sign}{before}.{behind:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_rounded() {
        assert_eq!(["-0.3", "0.0", "12.4"].map(str::to_owned), [-0.26, 0.04, 12.35001].map(tenths));
        assert_eq!(["0.06", "2.50"].map(str::to_owned), [0.0551, 2.5].map(hundredths));
        assert_eq!(px(3.0), "3.0px");
    }
}
