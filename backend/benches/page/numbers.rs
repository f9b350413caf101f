//! Numbers with their budgets: one line each, and what is said of many of them at once.

/// Prints a number and whether it is within its budget; returns that.
pub fn judge(what: &str, number: f64, unit: &str, budget: Option<f64>) -> bool {
    let fits = budget.is_none_or(|budget| number <= budget);
    let verdict = match budget {
        None => String::new(),
        Some(budget) if fits => format!("  (at most {budget:.1} {unit}: kept)"),
        Some(budget) => format!("  (at most {budget:.1} {unit}: NOT KEPT)"),
    };
    println!("{what:<58} {number:>10.1} {unit}{verdict}");
    fits
}

/// Prints a number that has no budget.
pub fn tell(what: &str, number: f64, unit: &str) {
    judge(what, number, unit, None);
}

/// Returns the number below which `part` of all lie, 0 to 1; 0 when there is none.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
pub fn quantile(numbers: &[f64], part: f64) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let index = (sorted.len().saturating_sub(1) as f64 * part).round() as usize;
    sorted.get(index).copied().unwrap_or_default()
}

/// Returns the middle one.
pub fn median(numbers: &[f64]) -> f64 {
    quantile(numbers, 0.5)
}

/// Returns the largest.
pub fn largest(numbers: &[f64]) -> f64 {
    quantile(numbers, 1.0)
}

/// Returns by how much the straight line through these points rises from the first to the last of them.
#[allow(clippy::cast_precision_loss, reason = "a few hundred points")]
pub fn rise(points: &[(f64, f64)]) -> f64 {
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len().max(1) as f64;
    let (middle, level) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|(x, _)| (x - middle).powi(2)).sum();
    let slope = points.iter().map(|(x, y)| (x - middle) * (y - level)).sum::<f64>() / spread.max(1e-9);
    slope * (points.last().map_or(0.0, |last| last.0) - points.first().map_or(0.0, |first| first.0))
}

/// Returns a list of numbers that a script left.
pub fn list(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(serde_json::Value::as_f64).collect()
}
