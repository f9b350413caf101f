//! Random numbers and words of the operating system, for names that no two runs share, and secrets.

/// Returns a random word of hexadecimal digits, two for each byte.
///
/// # Errors
/// When the system has no random numbers.
pub fn random_word<const BYTES: usize>() -> Result<String, getrandom::Error> {
    use std::fmt::Write;
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    let mut word = String::with_capacity(BYTES * 2);
    for byte in bytes {
        write!(word, "{byte:02x}").expect("a string takes all text");
    }
    Ok(word)
}

/// Returns a random number.
///
/// # Errors
/// When the system has no random numbers.
pub fn random_number() -> Result<u64, getrandom::Error> {
    getrandom::u64()
}
