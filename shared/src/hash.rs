//! A hash that is the same on every machine and in every version, for digests and excerpts: FNV-1a with the finish of
//! `MurmurHash3`. It guards nothing against an adversary.

use std::io;

use serde_json::Value;

/// Returns a hash of a text.
pub fn of_text(text: &str) -> u64 {
    let mut hash = BASIS;
    fnv(&mut hash, text.as_bytes());
    finish(hash)
}

/// Returns a hash of a value's JSON.
pub fn of_json(value: &Value) -> u64 {
    let mut hash = Hash(BASIS);
    // It takes all text, and a value has no failing parts.
    let _ = serde_json::to_writer(&mut hash, value);
    finish(hash.0)
}

/// What is written into it is hashed.
struct Hash(u64);

impl io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        fnv(&mut self.0, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where FNV-1a begins.
pub(crate) const BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// Mixes all bits of a hash: a sum of plain FNV values would be too regular.
pub(crate) fn finish(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// Takes bytes into a hash.
pub(crate) fn fnv(hash: &mut u64, bytes: &[u8]) {
    for byte in bytes {
        *hash = (*hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
}
