//! The secret by which the parts of one cluster know each other.
//!
//! Made by [`crate::server`]. One process that runs everything makes up a new one at each start; parts that are
//! processes of their own find the same one in the environment or in the data folder. It is never shown.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use axum::http::HeaderMap;
use shared::api::header;

use crate::lock::Lock;
use crate::random::random_word;

/// The environment variable that gives the secret.
pub const VARIABLE: &str = "BATON_SECRET";
/// The secret's file in the data folder.
const FILE: &str = "secret";
/// The file there of what presenters show.
pub const TOKEN: &str = "token";
/// How long a secret may be, in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=256;

/// A secret; its debug text does not show it.
#[derive(Clone)]
pub struct Secret(String);

/// Why there is no secret; each text is one line and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable holds something else.
    #[error("{VARIABLE} must be 16 to 256 visible ASCII characters, the same for every part of the cluster")]
    Variable,
    /// The file holds something else.
    #[error(
        "{} must hold 16 to 256 visible ASCII characters: copy it again from another part of the cluster",
        path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
    },
    /// The file of the presenter's token holds something else.
    #[error("{} must hold 16 to 256 visible ASCII characters: remove it, and the next start makes a new one", path.display())]
    Token {
        /// The file.
        path: PathBuf,
    },
    /// There is nowhere to keep it.
    #[error(
        "with `data`: null there is no file for the secret: set {VARIABLE}, the same for every part of the cluster"
    )]
    Nowhere,
    /// The file cannot be made or read.
    #[error("cannot make or read {}: {source}; make that place readable and writable, or set {VARIABLE}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file of the presenter's token cannot be made or read.
    #[error(
        "cannot make or read {}: {source}; make that place readable and writable, or let the gateway listen on 127.0.0.1 (`host`)",
        path.display()
    )]
    NoToken {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The system has no random numbers.
    #[error("the operating system gives no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Makes up a secret.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn random() -> Result<Secret, getrandom::Error> {
        random_word::<32>().map(Secret)
    }

    /// Finds the secret that all parts of a cluster share: `given` by the environment, or kept in the data folder,
    /// where the first part to start makes it.
    ///
    /// # Errors
    /// When neither has a usable one.
    pub fn shared(given: Option<&str>, data: Option<&Path>) -> Result<Secret, SecretError> {
        match (given, data) {
            (Some(text), _) => parse(text).ok_or(SecretError::Variable),
            (None, Some(folder)) => kept(&folder.join(FILE)),
            (None, None) => Err(SecretError::Nowhere),
        }
    }

    /// Finds the token that presenters show, in the data folder; makes it first when there is none.
    ///
    /// # Errors
    /// When it cannot be made or read.
    pub fn token(data: &Path) -> Result<Secret, SecretError> {
        kept(&data.join(TOKEN)).map_err(|error| match error {
            SecretError::File { path } => SecretError::Token { path },
            SecretError::Unusable { path, source } => SecretError::NoToken { path, source },
            other @ (SecretError::Variable
            | SecretError::Token { .. }
            | SecretError::NoToken { .. }
            | SecretError::Nowhere
            | SecretError::Random(_)) => other,
        })
    }

    /// Returns the text to send.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether a request carries it: then it comes from a part of this cluster.
    pub fn is_in(&self, headers: &HeaderMap) -> bool {
        headers.get(header::SECRET).is_some_and(|guess| self.is(guess.as_bytes()))
    }

    /// Whether `guess` is it; takes as long for a near miss as for a far one.
    pub fn is(&self, guess: &[u8]) -> bool {
        let known = self.0.as_bytes();
        let differing = known.iter().zip(guess).fold(0, |bits, (a, b)| bits | (a ^ b));
        known.len() == guess.len() && differing == 0
    }
}

fn parse(text: &str) -> Option<Secret> {
    let text = text.trim();
    let good = LENGTHS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    good.then(|| Secret(text.to_owned()))
}

/// Reads the file; makes it first when there is none.
fn kept(path: &Path) -> Result<Secret, SecretError> {
    let unusable = |source| SecretError::Unusable { path: path.to_owned(), source };
    let text = match fs::read_to_string(path) {
        Ok(text) if !text.is_empty() => text,
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unusable(error)),
        Ok(_) | Err(_) => make(path, &Secret::random()?).map_err(unusable)?,
    };
    parse(&text).ok_or_else(|| SecretError::File { path: path.to_owned() })
}

/// Makes the file and returns what is in it: of several parts that start together, the first gives the secret. It is written
/// under a lock, because not every disk has hard links, with which a file can appear whole.
fn make(path: &Path, secret: &Secret) -> io::Result<String> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = Lock(options.open(path)?);
    file.0.lock()?;
    let mut text = String::new();
    file.0.read_to_string(&mut text)?;
    if text.is_empty() {
        text = format!("{}\n", secret.reveal());
        file.0.write_all(text.as_bytes())?;
        file.0.sync_all()?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_only_itself() {
        let secret = Secret("abc".to_owned());
        assert!(secret.is(b"abc"));
        for guess in ["", "ab", "abd", "abcd"] {
            assert!(!secret.is(guess.as_bytes()), "{guess}");
        }
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn parts_that_start_together_find_one_secret_that_others_cannot_read() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let found: Vec<String> = std::thread::scope(|scope| {
            let find = || Secret::shared(None, Some(place.path())).expect("it can be made").reveal().to_owned();
            let parts: Vec<_> = (0..16).map(|_| scope.spawn(find)).collect();
            parts.into_iter().map(|part| part.join().expect("it found one")).collect()
        });
        assert!(found.iter().all(|secret| *secret == found[0] && secret.len() == 64), "{found:?}");
        let files: Vec<_> = fs::read_dir(place.path()).expect("a folder").flatten().collect();
        assert_eq!(files.len(), 1, "{files:?}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(files[0].metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
        }
    }

    /// Whoever made it may have been stopped between making the file and writing it.
    #[test]
    fn an_empty_file_is_written_and_the_tokens_errors_name_what_helps() {
        let place = tempfile::tempdir().expect("a temporary folder");
        fs::write(place.path().join(FILE), "").expect("a writable folder");
        let secret = Secret::shared(None, Some(place.path())).expect("it can be made");
        assert_eq!(secret.reveal().len(), 64);
        fs::create_dir(place.path().join(TOKEN)).expect("a writable folder");
        let error = Secret::token(place.path()).expect_err("a folder is no file").to_string();
        assert!(error.contains("`host`") && !error.contains(VARIABLE), "{error}");
    }

    #[test]
    fn the_environment_goes_before_the_file_and_bad_secrets_are_named() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let data = Some(place.path());
        let said = |given, data| Secret::shared(given, data).map(|secret| secret.reveal().to_owned());
        assert_eq!(said(Some("sixteen_letters!"), data).expect("it is good"), "sixteen_letters!");
        assert_eq!(said(Some("sixteen_letters!"), None).expect("it is good"), "sixteen_letters!");
        let long = "x".repeat(257);
        for bad in ["", "short", "with space inside", "sixteen_letters\u{e9}", &long] {
            assert!(said(Some(bad), data).is_err_and(|error| error.to_string().contains(VARIABLE)), "{bad}");
        }
        assert!(said(None, None).is_err_and(|error| error.to_string().contains(VARIABLE)));
        fs::write(place.path().join(FILE), "short").expect("a writable folder");
        assert!(said(None, data).is_err_and(|error| error.to_string().contains("secret must hold")));
    }
}
