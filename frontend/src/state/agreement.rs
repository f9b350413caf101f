//! Whether replicas hold the same, as a whole: a digest for each, compared.

use shared::digest::Digest;
use shared::id::ReplicaId;
use shared::map::Map;

use super::names;
use crate::lang::{fill, t};

/// How one replica compares with the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Its digest.
    pub digest: Digest,
    /// The others that hold the same.
    pub with: Vec<ReplicaId>,
    /// Whether it holds what most hold.
    pub agrees: bool,
}

impl Agreement {
    /// Returns it in words.
    pub fn words(&self) -> String {
        let with = names(&self.with);
        match (self.agrees, self.with.is_empty()) {
            (_, true) => t("differs from all others").to_owned(),
            (true, false) => fill("agrees with {names}", &[("names", &with)]),
            (false, false) => fill("differs, agrees with {names}", &[("names", &with)]),
        }
    }

    /// Returns the bar: 24 places, filled where a bit of what is shown of the digest is set, as an SVG path.
    pub fn bar(&self) -> String {
        let bits = self.digest.short();
        let mut path = String::new();
        for place in (0..24).filter(|place| bits >> (23 - place) & 1 == 1) {
            path.extend(["M", &place.to_string(), " 0h1v1h-1z"]);
        }
        path
    }
}

/// Compares all replicas; of two halves the one with the first replica counts as most.
pub fn agreement(digests: &Map<ReplicaId, Digest>) -> Map<ReplicaId, Agreement> {
    let mut holders: Map<Digest, Vec<ReplicaId>> = Map::new();
    for (id, digest) in digests {
        holders.get_or_default(*digest).push(*id);
    }
    let most = holders.values().max_by_key(|ids| (ids.len(), std::cmp::Reverse(ids.first().copied())));
    let most = most.cloned().unwrap_or_default();
    let of = |(id, digest): (&ReplicaId, &Digest)| {
        let same = holders.get(digest).into_iter().flatten();
        let with = same.copied().filter(|other| other != id).collect();
        (*id, Agreement { digest: *digest, with, agrees: most.contains(id) })
    };
    digests.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use shared::note::{Note, Version};

    use super::*;

    fn digests(held: &[(u8, u64)]) -> Map<ReplicaId, Digest> {
        let of = |(id, version): &(u8, u64)| {
            let mut digest = Digest::default();
            let note = Some(Note { title: Some("t".into()), body: None });
            digest.add(shared::id::NoteId(1), &Version { version: *version, note });
            (ReplicaId(*id), digest)
        };
        held.iter().map(of).collect()
    }

    #[test]
    fn the_many_agree_and_the_one_differs() {
        let found = agreement(&digests(&[(1, 1), (2, 1), (3, 2), (4, 1)]));
        let words: Vec<String> = found.values().map(Agreement::words).collect();
        assert_eq!(words[0], "agrees with R2, R4");
        assert_eq!(words[2], "differs from all others");
        assert_eq!(found.values().map(|one| one.agrees).collect::<Vec<_>>(), [true, true, false, true]);
        assert_eq!(found[&ReplicaId(1)].bar(), found[&ReplicaId(4)].bar());
        assert_ne!(found[&ReplicaId(1)].bar(), found[&ReplicaId(3)].bar());
    }

    #[test]
    fn of_two_halves_the_first_counts() {
        let found = agreement(&digests(&[(1, 2), (2, 1), (3, 1), (4, 2)]));
        assert_eq!(found.values().map(|one| one.agrees).collect::<Vec<_>>(), [true, false, false, true]);
        assert_eq!(found[&ReplicaId(2)].words(), "differs, agrees with R3");
    }
}
