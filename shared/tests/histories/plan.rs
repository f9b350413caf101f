//! What a run is made of: who asks for what, at which levels, and what may go wrong meanwhile.

use shared::config::{Ack, Failover, Mode, Reads};
use shared::id::ReplicaId;
use shared::replica::Cluster;
use shared::rng::Rng;
use shared::rules::Rule;
use shared::sim::Faults;
use shared::time::Micros;

/// One kind of run; what it leaves open, the seed decides.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "what goes wrong is chosen piece by piece")]
pub struct Plan {
    /// The mode at the start; `None` is either.
    pub mode: Option<Mode>,
    /// When writes are answered; one is drawn for each write.
    pub ack: &'static [Ack],
    /// What reads must have seen.
    pub reads: Reads,
    /// Whether somebody takes over from a replica that is missed.
    pub failover: Failover,
    /// Whether clients ask another replica each time; otherwise each stays at its own.
    pub moves: bool,
    /// Whether replicas crash and start again.
    pub crashes: bool,
    /// Whether messages are lost, doubled and late.
    pub storms: bool,
    /// Whether the mode is switched now and then.
    pub switches: bool,
    /// The rule that is taken away.
    pub broken: Option<Rule>,
}

impl Plan {
    /// Everything goes wrong, clients move, acknowledgements are strong.
    pub const ROUGH: Plan = Plan {
        mode: None,
        ack: &[Ack::All, Ack::Majority],
        reads: Reads::Linearizable,
        failover: Failover::Auto,
        moves: true,
        crashes: true,
        storms: true,
        switches: true,
        broken: None,
    };

    /// Nothing goes wrong but that messages take their time, and clients stay where they are.
    pub const CALM: Plan =
        Plan { moves: false, crashes: false, storms: false, switches: false, failover: Failover::Off, ..Plan::ROUGH };

    /// The cluster of one run.
    pub fn cluster(&self, rng: &mut Rng) -> Cluster {
        let size = [2, 3, 3, 3, 3, 4, 5][usize::try_from(rng.range(0, 7)).unwrap_or_default()];
        let cluster = Cluster { failover: self.failover, ..Cluster::of(size) };
        self.without_rule(cluster)
    }

    #[cfg(feature = "mutants")]
    fn without_rule(&self, cluster: Cluster) -> Cluster {
        Cluster { broken: self.broken, ..cluster }
    }

    #[cfg(not(feature = "mutants"))]
    fn without_rule(&self, cluster: Cluster) -> Cluster {
        assert_eq!(self.broken, None, "only a build with the feature `mutants` breaks rules");
        cluster
    }

    /// The mode at the start.
    pub fn mode(&self, rng: &mut Rng) -> Mode {
        let either = if rng.chance(50) { Mode::RemoteWrite } else { Mode::LocalWrite };
        self.mode.unwrap_or(either)
    }

    /// How bad network and machines are.
    pub fn faults(&self, rng: &mut Rng) -> Faults {
        let drawn = Faults::random(rng);
        let late = Faults { delay_min: Micros(50), delay_max: Micros(1_000 + rng.range(0, 30_000)), ..Faults::NONE };
        let network = if self.storms { drawn } else { late };
        Faults { crash: if self.crashes { drawn.crash } else { 0 }, ..network }
    }

    /// When the client of a write wants to hear.
    pub fn ack(&self, rng: &mut Rng) -> Ack {
        let any = rng.range(0, self.ack.len() as u64);
        self.ack[usize::try_from(any).unwrap_or_default()]
    }

    /// The replica that a client asks next.
    pub fn place(&self, rng: &mut Rng, home: ReplicaId, size: u8) -> ReplicaId {
        if self.moves { any(rng, size) } else { home }
    }
}

/// Any replica.
pub fn any(rng: &mut Rng, size: u8) -> ReplicaId {
    ReplicaId(u8::try_from(1 + rng.range(0, u64::from(size))).expect("a replica's number is small"))
}
