//! What every part of the page brings into scope: Leptos' prelude, with five of its traits in a form that is written out
//! once.
//!
//! Leptos has a type for each element and one for each attribute, and with the flag `erase_components` it boxes all of
//! them; the compiler writes out what builds, changes and boxes each of these types all the same. The page has some
//! thirty kinds of elements and sixty of attributes and events. Here an element with children is one with a name
//! ([`leptos::html::custom`]), an attribute one with a key ([`CustomAttribute`]), an event one with a name
//! ([`leptos::ev::Custom`]): three types instead of ninety: 3 % less to download (docs/SIZE.md). `view!` does not notice, because it
//! calls by name what is in scope.

pub use leptos::prelude::*;

#[cfg(erase_components)]
pub use named::{AriaAttributes, ElementChild, GlobalAttributes, NodeRefAttribute, OnAttribute};

#[cfg(erase_components)]
mod named {
    use std::borrow::Cow;

    use leptos::attr::AttributeValue;
    use leptos::attr::custom::CustomAttr;
    use leptos::ev;
    use leptos::html::{self, Custom, ElementType, HtmlElement};
    use leptos::prelude::{AddAnyAttr, AnyView, CustomAttribute, IntoAny, IntoRender, NodeRef, RenderHtml};
    use leptos::tachys::html::event::{EventDescriptor, On, on};
    use leptos::tachys::html::node_ref::{NodeRefAttr, node_ref};
    use leptos::tachys::svg;
    use leptos::tachys::view::iterators::StaticVec;
    use wasm_bindgen::JsCast;
    use web_sys::Event;

    type Children = StaticVec<AnyView>;
    type Named = HtmlElement<Custom<String>, (), Children>;
    type WithKey<T, V> = <T as AddAnyAttr>::Output<CustomAttr<&'static str, V>>;

    /// Adds a child to an element; stands in for Leptos' trait of this name.
    pub trait ElementChild<C> {
        /// The element with a child.
        type Output;

        /// Adds a child.
        fn child(self, child: C) -> Self::Output;
    }

    impl<C: IntoRender<Output: RenderHtml>> ElementChild<C> for Named {
        type Output = Named;

        fn child(self, child: C) -> Named {
            more(self, child.into_render().into_any())
        }
    }

    fn more(element: Named, child: AnyView) -> Named {
        html::ElementChild::child(element, child)
    }

    /// Browsers write the names of elements in capitals, and Leptos compares them to see whether an element is still the same.
    fn first(tag: &str, child: AnyView) -> Named {
        html::ElementChild::child(html::custom(tag.to_ascii_uppercase()), child)
    }

    macro_rules! named {
        ($($element:ident)*) => {$(
            impl<C: IntoRender<Output: RenderHtml>> ElementChild<C> for HtmlElement<html::$element, (), ()> {
                type Output = Named;

                fn child(self, child: C) -> Named {
                    first(html::$element::TAG, child.into_render().into_any())
                }
            }
        )*};
    }

    named!(
        A Article Aside B Bdi Button Code Dd Details Dialog Div Dl Dt Em Fieldset Figcaption Figure Footer Form H1 H2 H3 H4 Header I
        Kbd Label Legend Li Main Mark Menu Nav Ol Optgroup Option_ Output P Pre Samp Section Select Small Span Strong Summary Table
        Tbody Td Textarea Th Thead Time Tr Ul
    );

    // An element of a drawing needs its name space.
    macro_rules! drawn {
        ($($element:ident)*) => {$(
            impl<C: IntoRender<Output: RenderHtml>> ElementChild<C> for HtmlElement<svg::$element, (), ()> {
                type Output = HtmlElement<svg::$element, (), Children>;

                fn child(self, child: C) -> Self::Output {
                    html::ElementChild::child(self, child.into_render().into_any())
                }
            }

            impl<C: IntoRender<Output: RenderHtml>> ElementChild<C> for HtmlElement<svg::$element, (), Children> {
                type Output = HtmlElement<svg::$element, (), Children>;

                fn child(self, child: C) -> Self::Output {
                    html::ElementChild::child(self, child.into_render().into_any())
                }
            }
        )*};
    }

    drawn!(Circle ClipPath Defs G Line Marker Path Pattern Polyline Rect Svg Text Title Tspan);

    type Heard = Box<dyn FnMut(Event)>;

    /// Listens to an event; stands in for Leptos' trait of this name.
    pub trait OnAttribute<E, F>: AddAnyAttr + Sized {
        /// Calls `heard` whenever it happens.
        fn on(self, event: E, heard: F) -> <Self as AddAnyAttr>::Output<On<ev::Custom, Heard>>;
    }

    impl<T, E, F> OnAttribute<E, F> for T
    where
        T: AddAnyAttr,
        E: EventDescriptor<EventType: JsCast>,
        F: FnMut(E::EventType) + 'static,
    {
        fn on(self, event: E, mut heard: F) -> <Self as AddAnyAttr>::Output<On<ev::Custom, Heard>> {
            self.add_any_attr(listener(event.name(), Box::new(move |event: Event| heard(event.unchecked_into()))))
        }
    }

    fn listener(name: Cow<'static, str>, heard: Heard) -> On<ev::Custom, Heard> {
        on(ev::Custom::new(name), heard)
    }

    /// Tells an element's reference where it is; stands in for Leptos' trait of this name.
    pub trait NodeRefAttribute<E: ElementType<Output: JsCast + Clone + PartialEq>>: AddAnyAttr + Sized {
        /// Fills `reference` when the element is there.
        fn node_ref(self, reference: NodeRef<E>) -> <Self as AddAnyAttr>::Output<NodeRefAttr<E, NodeRef<E>>> {
            self.add_any_attr(node_ref(reference))
        }
    }

    impl<T: AddAnyAttr, E: ElementType<Output: JsCast + Clone + PartialEq>> NodeRefAttribute<E> for T {}

    macro_rules! attributes {
        ($(#[$about:meta])* $name:ident: $($method:ident $key:literal)*) => {
            $(#[$about])*
            #[allow(missing_docs)]
            pub trait $name<V: AttributeValue>: AddAnyAttr + Sized {
                $(
                    fn $method(self, value: V) -> WithKey<Self, V> {
                        self.attr($key, value)
                    }
                )*
            }

            impl<T: AddAnyAttr, V: AttributeValue> $name<V> for T {}
        };
    }

    attributes! {
        /// Adds an attribute for assistive technology; stands in for Leptos' trait of this name.
        AriaAttributes:
        aria_activedescendant "aria-activedescendant" aria_autocomplete "aria-autocomplete" aria_busy "aria-busy"
        aria_checked "aria-checked" aria_controls "aria-controls" aria_current "aria-current"
        aria_describedby "aria-describedby" aria_disabled "aria-disabled" aria_expanded "aria-expanded"
        aria_haspopup "aria-haspopup" aria_hidden "aria-hidden" aria_invalid "aria-invalid"
        aria_keyshortcuts "aria-keyshortcuts" aria_label "aria-label" aria_labelledby "aria-labelledby"
        aria_live "aria-live" aria_modal "aria-modal" aria_orientation "aria-orientation" aria_pressed "aria-pressed"
        aria_rowcount "aria-rowcount" aria_rowindex "aria-rowindex" aria_selected "aria-selected"
        aria_setsize "aria-setsize" aria_posinset "aria-posinset" aria_valuemax "aria-valuemax"
        aria_valuemin "aria-valuemin" aria_valuenow "aria-valuenow" aria_valuetext "aria-valuetext"
    }

    attributes! {
        /// Adds an attribute that any element may have, or one that only some have; stands in for Leptos' trait of this name.
        GlobalAttributes:
        autocapitalize "autocapitalize" autofocus "autofocus" closedby "closedby" colspan "colspan" dir "dir" disabled "disabled" download "download" enterkeyhint "enterkeyhint" draggable "draggable" hidden "hidden" href "href" id "id"
        label "label" lang "lang" novalidate "novalidate" open "open" popover "popover" popovertarget "popovertarget" rel "rel" role "role" r#for "for" r#type "type" rows "rows" scope "scope"
        selected "selected" spellcheck "spellcheck" tabindex "tabindex" target "target" title "title" translate "translate"
        value "value"
    }
}
