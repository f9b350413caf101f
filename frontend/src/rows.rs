//! Lists of many rows that come and go by the dozen: the messages on the stage, the lines of the step log.
//!
//! A row is written as markup, once, and the browser reads all that are new at once; what changes in one later, whoever
//! owns the list does at its element. A row drawn as a view costs ten times as much: each of its attributes is handed over
//! by itself, and each that may change follows by itself what it shows.

use std::mem;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Where a row was put, in half pixels; `None` when there is no place for it.
pub type Place = Option<(i32, i32)>;

/// A row of the page. It goes from there when it is dropped: when the list no longer shows it, and with the part whose list it
/// is, because Leptos may give the element of the list to another part.
pub struct Row {
    name: String,
    /// Its element.
    pub element: HtmlElement,
    /// Where its owner has put it, if it did so yet.
    pub at: Option<Place>,
    classes: Vec<&'static str>,
}

impl Row {
    /// Gives it a class or takes it away, if it is not so already; returns whether it was not.
    pub fn mark(&mut self, class: &'static str, has: bool) -> bool {
        let place = self.classes.iter().position(|other| *other == class);
        match place {
            Some(place) if !has => drop(self.classes.swap_remove(place)),
            None if has => self.classes.push(class),
            _ => return false,
        }
        // Fails for no name without a blank.
        let _ = self.element.class_list().toggle_with_force(class, has);
        true
    }
}

impl Drop for Row {
    fn drop(&mut self) {
        self.element.remove();
    }
}

/// The rows of a list, as they are on the page.
#[derive(Default)]
pub struct Rows(Vec<Row>);

impl Rows {
    /// Makes `list` show the rows of these names, in this order, and returns them. A row stays as it is while its name is
    /// there; `markup` writes a new one, by its index, as one element.
    pub fn show(&mut self, list: &Element, names: &[&str], markup: &dyn Fn(usize) -> String) -> &mut [Row] {
        let before: Vec<&str> = self.0.iter().map(|row| &*row.name).collect();
        if before == names {
            return &mut self.0;
        }
        let stay = stay(&before, names);
        let mut old: Vec<Option<Row>> = self.0.drain(..).map(Some).collect();
        let kept: Vec<Option<Row>> = stay.into_iter().map(|index| old.get_mut(index?)?.take()).collect();
        drop(old);
        // Backwards: then what a new row stands before is there already.
        let (mut next, mut new) = (None::<HtmlElement>, Vec::new());
        for (index, kept) in kept.into_iter().enumerate().rev() {
            let Some(row) = kept else {
                new.push(index);
                continue;
            };
            self.write(list, next.as_ref(), &mem::take(&mut new), markup, names);
            next = Some(row.element.clone());
            self.0.push(row);
        }
        self.write(list, next.as_ref(), &new, markup, names);
        self.0.reverse();
        &mut self.0
    }

    /// The same for rows that are what is written of them: when that changes, a row is another.
    pub fn show_written(&mut self, list: &Element, written: &[String]) -> &mut [Row] {
        let names: Vec<&str> = written.iter().map(String::as_str).collect();
        self.show(list, &names, &|index| written[index].clone())
    }

    /// Writes the rows `new`, the last first, before `next` or at the end.
    fn write(
        &mut self,
        list: &Element,
        next: Option<&HtmlElement>,
        new: &[usize],
        markup: &dyn Fn(usize) -> String,
        names: &[&str],
    ) {
        let html: String = new.iter().rev().map(|index| markup(*index)).collect();
        let drawn = new.iter().zip(insert(list, next, &html, new.len()));
        let name = |index: usize| names[index].to_owned();
        self.0.extend(drawn.map(|(index, element)| Row { name: name(*index), element, at: None, classes: Vec::new() }));
    }
}

/// Inserts markup of so many elements before `next` or at the end; returns them, the last first.
fn insert(list: &Element, next: Option<&HtmlElement>, markup: &str, count: usize) -> Vec<HtmlElement> {
    if count == 0 {
        return Vec::new();
    }
    // Neither fails: `next` is in the list, and what stands in markup is escaped.
    let _ = match next {
        Some(next) => next.insert_adjacent_html("beforebegin", markup),
        None => list.insert_adjacent_html("beforeend", markup),
    };
    let lowest = next.map_or_else(|| list.last_element_child(), |next| next.previous_element_sibling());
    let elements = std::iter::successors(lowest, Element::previous_element_sibling);
    elements.take(count).map(JsCast::unchecked_into).collect()
}

/// Returns for each of the new names where it was before, if it stays: those that stay are in the same order as before.
fn stay(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let mut places: Vec<(&str, usize)> = old.iter().copied().zip(0..).collect();
    places.sort_unstable();
    let mut next = 0;
    let place = |name: &&str| {
        let found = places.binary_search_by(|(old, _)| old.cmp(name)).ok()?;
        let (_, place) = places.get(found).filter(|(_, place)| *place >= next)?;
        next = place + 1;
        Some(*place)
    };
    new.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_in_its_order() {
        let stays = |old, new| {
            let names = |text: &'static str| -> Vec<&str> { text.split_terminator("").skip(1).collect() };
            stay(&names(old), &names(new))
        };
        assert_eq!(stays("", "ab"), [None, None]);
        assert_eq!(stays("abc", "axc"), [Some(0), None, Some(2)]);
        assert_eq!(stays("abc", "bcd"), [Some(1), Some(2), None]);
        assert_eq!(stays("abc", "ca"), [Some(2), None], "what would have to pass another is drawn anew");
        assert_eq!(stays("ab", "aab"), [Some(0), None, Some(1)], "and so is what is there twice");
    }
}
