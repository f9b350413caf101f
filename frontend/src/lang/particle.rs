//! Korean particles, which have one form after a vowel and another after a consonant.

/// How a word ends when it is read aloud.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Vowel,
    /// The consonant ㄹ, which some particles take for a vowel.
    Rieul,
    Consonant,
}

/// Returns the form of `particle` (named by its form after a consonant) that fits after `word`.
pub fn after<'a>(word: &str, particle: &'a str) -> &'a str {
    let end = end(word);
    let pair = match particle {
        "은" => ("은", "는"),
        "이" => ("이", "가"),
        "을" => ("을", "를"),
        "과" => ("과", "와"),
        "으로" if end == End::Rieul => ("로", "로"),
        "으로" => ("으로", "로"),
        other => (other, other),
    };
    if end == End::Vowel { pair.1 } else { pair.0 }
}

fn end(word: &str) -> End {
    let last = word.chars().rev().find(|char| char.is_alphanumeric()).unwrap_or('가');
    match last {
        '가'..='힣' => match (u32::from(last) - u32::from('가')) % 28 {
            0 => End::Vowel,
            8 => End::Rieul,
            _ => End::Consonant,
        },
        // Digits and letters as they are read: 일, 칠, 팔, 엘, 알 end in ㄹ; 영, 삼, 육, 엠, 엔 in another consonant.
        '1' | '7' | '8' | 'L' | 'R' | 'l' | 'r' => End::Rieul,
        '0' | '3' | '6' | 'M' | 'N' | 'm' | 'n' => End::Consonant,
        _ => End::Vowel,
    }
}

#[cfg(test)]
mod tests {
    use super::after;

    #[test]
    fn a_particle_fits_the_last_sound() {
        let said = |word: &str, particle| format!("{word}{}", after(word, particle));
        assert_eq!(["R1", "R2", "R3", "R4"].map(|word| said(word, "이")).join(" "), "R1이 R2가 R3이 R4가");
        assert_eq!(["R1", "R3", "R4", "노트"].map(|word| said(word, "으로")).join(" "), "R1로 R3으로 R4로 노트로");
        assert_eq!(["게이트웨이", "복제본"].map(|word| said(word, "을")).join(" "), "게이트웨이를 복제본을");
        assert_eq!(said("(R2)", "은"), "(R2)는");
    }
}
