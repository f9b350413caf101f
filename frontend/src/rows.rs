//! Lists of many rows that come and go by the dozen: the messages on the stage, the lines of the step log.
//!
//! A row is written as markup, once, and the browser reads all that are new at once; what changes in one later, whoever
//! owns the list does at its element. A row drawn as a view costs ten times as much: each of its attributes is handed over
//! by itself, and each that may change follows by itself what it shows.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// A row of the page. It goes from there when it is dropped: when the list no longer shows it, and with the part whose list it
/// is, because Leptos may give the element of the list to another part.
pub struct Row<S> {
    name: String,
    /// Its element.
    pub element: HtmlElement,
    /// What its owner remembers of it.
    pub seen: S,
}

impl<S> Drop for Row<S> {
    fn drop(&mut self) {
        self.element.remove();
    }
}

/// The rows of a list, as they are on the page.
pub struct Rows<S>(Vec<Row<S>>);

impl<S> Default for Rows<S> {
    fn default() -> Rows<S> {
        Rows(Vec::new())
    }
}

impl<S: Default> Rows<S> {
    /// Makes `list` show the rows of these names, in this order, and returns them. A row stays as it is while its name is
    /// there; `markup` writes a new one, by its index, as one element.
    pub fn show(&mut self, list: &Element, names: Vec<&str>, markup: &dyn Fn(usize) -> String) -> &mut [Row<S>] {
        let before: Vec<&str> = self.0.iter().map(|row| &*row.name).collect();
        if before == names {
            return &mut self.0;
        }
        let stay = stay(&before, &names);
        let mut old: Vec<Option<Row<S>>> = self.0.drain(..).map(Some).collect();
        let kept: Vec<Option<Row<S>>> = stay.into_iter().map(|index| old.get_mut(index?)?.take()).collect();
        drop(old);
        // Backwards: then what a new row stands before is there already.
        let (mut next, mut rows) = (None::<HtmlElement>, Vec::with_capacity(names.len()));
        let mut new = Vec::new();
        for (index, kept) in kept.into_iter().enumerate().rev() {
            match kept {
                Some(row) => {
                    write(list, next.as_ref(), &mut new, markup, &names, &mut rows);
                    next = Some(row.element.clone());
                    rows.push(row);
                }
                None => new.push(index),
            }
        }
        write(list, next.as_ref(), &mut new, markup, &names, &mut rows);
        rows.reverse();
        self.0 = rows;
        &mut self.0
    }
}

/// Gives an element a class or takes it away, if it is not so already.
pub fn mark(element: &Element, class: &str, has: &mut bool, should: bool) {
    if *has != should {
        *has = should;
        // Fails for no name without a blank.
        let _ = element.class_list().toggle_with_force(class, should);
    }
}

/// Writes the rows `new`, the last first, before `next` or at the end, and adds them to `rows`.
fn write<S: Default>(
    list: &Element,
    next: Option<&HtmlElement>,
    new: &mut Vec<usize>,
    markup: &dyn Fn(usize) -> String,
    names: &[&str],
    rows: &mut Vec<Row<S>>,
) {
    let elements = insert(list, next, &new.iter().rev().map(|index| markup(*index)).collect::<String>(), new.len());
    let drawn = new.drain(..).zip(elements);
    rows.extend(drawn.map(|(index, element)| Row { name: names[index].to_owned(), element, seen: S::default() }));
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
    let last = next.map_or_else(|| list.last_element_child(), |next| next.previous_element_sibling());
    let elements = std::iter::successors(last, Element::previous_element_sibling);
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
