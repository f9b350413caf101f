//! Packing: a text as few characters that can stand in a link or a page, and back.
//!
//! Deflated by the browser itself, then written in base64 with the letters that a link may hold. Called by
//! [`super::saved`] and [`super::page_file`].

use js_sys::{Array, Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableWritablePair, Response};

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Packs bytes; `None` when the browser is too old to.
pub async fn pack(bytes: &[u8]) -> Option<String> {
    through(bytes, "CompressionStream").await.ok().map(|packed| encode(&packed))
}

/// Unpacks a text; `None` when it is damaged.
pub async fn unpack(packed: &str) -> Option<String> {
    let bytes = through(&decode(packed)?, "DecompressionStream").await.ok()?;
    String::from_utf8(bytes).ok()
}

/// Sends bytes through a stream of the browser, which is named because `web-sys` counts it as not settled yet.
async fn through(bytes: &[u8], name: &str) -> Result<Vec<u8>, JsValue> {
    let class: Function = Reflect::get(&js_sys::global(), &name.into())?.dyn_into()?;
    let pair: ReadableWritablePair = Reflect::construct(&class, &Array::of1(&"deflate-raw".into()))?.unchecked_into();
    let parts = Array::of1(&Uint8Array::from(bytes));
    let stream = Blob::new_with_u8_array_sequence(&parts)?.stream().pipe_through(&pair);
    let response = Response::new_with_opt_readable_stream(Some(&stream))?;
    let buffer = JsFuture::from(response.array_buffer()?).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Writes bytes in base64 without padding, with `-` and `_`.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, index| bits << 8 | u32::from(chunk.get(index).copied().unwrap_or(0)));
        let digits = (0..=chunk.len()).map(|index| DIGITS[(bits >> (18 - 6 * index) & 63) as usize]);
        text.extend(digits.map(char::from));
    }
    text
}

/// Reads what [`encode`] wrote; `None` when it is something else.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    for chunk in text.as_bytes().chunks(4) {
        let digit = |digit: &u8| DIGITS.iter().position(|known| known == digit);
        let bits = (0..4).try_fold(0, |bits, index| Some(bits << 6 | chunk.get(index).map_or(Some(0), digit)?))?;
        let whole = [bits >> 16 & 255, bits >> 8 & 255, bits & 255];
        bytes.extend(whole.into_iter().take(chunk.len().checked_sub(1)?).filter_map(|byte| u8::try_from(byte).ok()));
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive() {
        let bytes: Vec<u8> = (0..=255).chain([251, 255, 191]).collect();
        for end in 0..bytes.len() {
            assert_eq!(decode(&encode(&bytes[..end])).as_deref(), Some(&bytes[..end]));
        }
        // printf 'Baton?>' | base64 | tr +/ -_
        assert_eq!(encode(b"Baton?>"), "QmF0b24_Pg");
    }

    #[test]
    fn other_text_is_refused() {
        assert_eq!(decode("QmF0b2 4"), None);
        assert_eq!(decode("QmF0\u{d55c}"), None);
    }
}
