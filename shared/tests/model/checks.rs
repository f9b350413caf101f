//! The invariants of docs/PROTOCOL.md §11 that hold in every single state.

use stateright::Property;

use shared::id::GroupId;

use super::local::{Item, Local, Seen};
use super::plan::ALL;
use super::world::{Checked, World};

/// Returns every check.
pub fn all() -> Vec<Property<Checked>> {
    vec![
        Property::always("no step breaks a rule", |_, world: &World| world.ghost.wrong.is_none()),
        Property::always("election safety", election_safety),
        Property::always("accepted is not above promised", |_, world: &World| {
            groups(world).all(|seen| seen.accepted <= seen.promised)
        }),
        Property::always("log matching", log_matching),
        Property::always("leader completeness of the next claim", leader_completeness),
        Property::always("durability: what was acknowledged is committed", durability),
        Property::always("at-most-once execution", at_most_once),
        Property::always("no silent rollback", no_silent_rollback),
        Property::always("refused is surely not performed", refused),
    ]
}

fn groups(world: &World) -> impl Iterator<Item = &Seen> {
    world.locals.into_iter().flat_map(|local| &local.groups)
}

/// docs/PROTOCOL.md §11.1.
fn election_safety(_: &Checked, world: &World) -> bool {
    let primaries = |local: &'static Local| {
        local
            .groups
            .iter()
            .filter(|seen| seen.role == shared::event::Role::Primary)
            .map(|seen| (seen.group, seen.promised))
    };
    let mut all: Vec<_> = world.locals.into_iter().flat_map(primaries).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    all.len() == count
}

/// docs/PROTOCOL.md §11.2.
fn log_matching(_: &Checked, world: &World) -> bool {
    let same = |a: &Seen, b: &Seen| a.group == b.group && a.accepted == b.accepted;
    groups(world).all(|a| {
        groups(world).filter(|b| same(a, b)).all(|b| is_prefix(&a.line, &b.line) || is_prefix(&b.line, &a.line))
    })
}

/// docs/PROTOCOL.md §11.3. Whoever claims next hears a majority and takes the best log in it: each majority's best must
/// have the whole line.
fn leader_completeness(_: &Checked, world: &World) -> bool {
    let pairs = [(0, 1), (0, 2), (1, 2)];
    world.ghost.lines.iter().all(|(group, line)| {
        pairs.iter().all(|(a, b)| {
            let pair = [world.locals[*a], world.locals[*b]];
            !pair.iter().all(|local| local.disk.joined) || is_prefix(line, best(&pair, *group))
        })
    })
}

/// Returns the log that a claim takes over when it hears these replicas.
fn best<'a>(locals: &[&'a Local], group: GroupId) -> &'a [Item] {
    let held = locals.iter().filter(|local| local.disk.joined).filter_map(|local| local.group(group));
    held.max_by_key(|seen| (seen.accepted, seen.line.len())).map_or(&[], |seen| &seen.line)
}

/// docs/PROTOCOL.md §11.9.
fn durability(_: &Checked, world: &World) -> bool {
    let committed = |number: u8| world.ghost.lines.iter().flat_map(|(_, line)| line).any(|item| item.op == number);
    numbered(world).all(|(number, write)| !write.safe || committed(number))
}

/// docs/PROTOCOL.md §11.10.
fn at_most_once(_: &Checked, world: &World) -> bool {
    let single = |line: &[Item]| (1..line.len()).all(|at| line[..at].iter().all(|item| item.op != line[at].op));
    let lines = world.ghost.lines.iter().map(|(_, line)| line);
    groups(world).map(|seen| &seen.line).chain(lines).all(|line| single(line))
}

/// docs/PROTOCOL.md §11.11. Without suspicions nothing that a primary acknowledged is lost: whoever hears all has it.
/// With them it is on some disk, or was reported.
fn no_silent_rollback(checked: &Checked, world: &World) -> bool {
    let cooperative = checked.plan.budget.suspicions == 0 && checked.plan.budget.wipes == 0;
    let group = checked.plan.group();
    let has = |line: &[Item], number: u8| line.iter().any(|item| item.op == number);
    numbered(world).filter(|(_, write)| write.local).all(|(number, write)| {
        if cooperative {
            return has(best(&world.locals, group), number);
        }
        write.rolled_back || groups(world).any(|seen| has(&seen.line, number))
    })
}

fn refused(checked: &Checked, world: &World) -> bool {
    let done = |number: u8| groups(world).flat_map(|seen| &seen.line).any(|item| item.op == number);
    numbered(world).all(|(number, write)| {
        let alone = checked.plan.writes[usize::from(number) - 1].times == 1;
        !write.refused || !alone || !done(number)
    })
}

fn numbered(world: &World) -> impl Iterator<Item = (u8, super::ghost::WriteGhost)> {
    (1..).zip(world.ghost.writes.iter().copied())
}

fn is_prefix(a: &[Item], b: &[Item]) -> bool {
    b.starts_with(a)
}

const _: () = assert!(ALL.len() == 3, "the pairs above are all majorities");
