//! Who may do things to the running cluster by hand: whoever is at this machine, or shows the presenter's token.
//!
//! Made by [`crate::server`], asked by the gateway before it turns a gate. It is not asked for notes.

use std::path::Path;

use axum::http::{HeaderMap, header};
use shared::api::Problem;

use crate::secret::{Secret, SecretError, TOKEN};

/// Who may.
#[derive(Clone, Debug)]
pub enum Presenter {
    /// Everybody: only this machine reaches the gateway.
    Anyone,
    /// Who shows this token.
    Token(Secret),
    /// Nobody: others reach the gateway, and there is no folder to keep a token in.
    Nobody,
}

impl Presenter {
    /// Says who may use a gateway that only this machine reaches, or others too; the token is kept in the folder `data`.
    ///
    /// # Errors
    /// When the token cannot be made or read.
    pub fn of(is_private: bool, data: Option<&Path>) -> Result<Presenter, SecretError> {
        match data {
            _ if is_private => Ok(Presenter::Anyone),
            Some(data) => Secret::token(data).map(Presenter::Token),
            None => Ok(Presenter::Nobody),
        }
    }

    /// Lets a request pass, or not.
    ///
    /// # Errors
    /// 401 without the token, 403 when there is none.
    pub fn admit(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let guess = shown.and_then(|shown| shown.strip_prefix("Bearer ")).unwrap_or_default();
        match self {
            Presenter::Anyone => Ok(()),
            Presenter::Token(token) if token.is(guess.trim().as_bytes()) => Ok(()),
            Presenter::Token(_) => {
                let msg = format!(
                    "Others reach this gateway, too: send Authorization: Bearer and the token in the file `{TOKEN}` of the data folder."
                );
                Err(Problem::new(401, "needs_token", msg))
            }
            Presenter::Nobody => {
                let msg = "Others reach this gateway, too, and without a data folder there is no presenter's token: configure `data`.";
                Err(Problem::new(403, "no_token", msg))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_at_the_machine_or_shows_the_token_may() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let of = |is_private, data| Presenter::of(is_private, data).expect("the token can be made");
        let said = |presenter: &Presenter, value: Option<&str>| {
            let value = value.map(|value| (header::AUTHORIZATION, value.parse().expect("visible text")));
            presenter.admit(&value.into_iter().collect()).map_err(|problem| (problem.status, problem.code))
        };
        assert_eq!(said(&of(true, None), None), Ok(()));
        let none = Err((403, "no_token".to_owned()));
        assert_eq!(said(&of(false, None), Some("Bearer x")), none);
        let guarded = of(false, Some(place.path()));
        let token = std::fs::read_to_string(place.path().join(TOKEN)).expect("the token is kept");
        let refused = Err((401, "needs_token".to_owned()));
        for bad in [None, Some("Bearer "), Some("Bearer 0123456789abcdef"), Some(token.trim()), Some("Basic x")] {
            assert_eq!(said(&guarded, bad), refused, "{bad:?}");
        }
        assert_eq!(said(&guarded, Some(&format!("Bearer {}", token.trim()))), Ok(()));
        let again = of(false, Some(place.path()));
        assert_eq!(said(&again, Some(&format!("Bearer {}", token.trim()))), Ok(()));
    }
}
