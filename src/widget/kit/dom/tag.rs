//! The elements that the interface is made of. Owns which namespace each belongs to.

macro_rules! tags {
    ($($tag:ident $name:literal $namespace:ident;)+) => {
        /// The type of an element; one that is not listed cannot be created.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Tag {
            $(#[doc = concat!("`<", $name, ">`")] $tag,)+
        }

        impl Tag {
            /// Every one of them.
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$(Self::$tag,)+];

            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$tag => $name,)+ }
            }

            pub(super) const fn namespace(self) -> Namespace {
                match self { $(Self::$tag => Namespace::$namespace,)+ }
            }
        }
    };
}

/// In which language of elements a tag has its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Namespace {
    Html,
    Svg,
}

tags! {
    A "a" Html;
    B "b" Html;
    Bdi "bdi" Html;
    Button "button" Html;
    Details "details" Html;
    Div "div" Html;
    Em "em" Html;
    Form "form" Html;
    H1 "h1" Html;
    H2 "h2" Html;
    H3 "h3" Html;
    Header "header" Html;
    I "i" Html;
    Img "img" Html;
    Input "input" Html;
    Kbd "kbd" Html;
    Label "label" Html;
    Li "li" Html;
    Ol "ol" Html;
    Option "option" Html;
    P "p" Html;
    Section "section" Html;
    Select "select" Html;
    Small "small" Html;
    Span "span" Html;
    Summary "summary" Html;
    Textarea "textarea" Html;
    Time "time" Html;
    Ul "ul" Html;
    Video "video" Html;
    Path "path" Svg;
    Rect "rect" Svg;
    Svg "svg" Svg;
    SvgText "text" Svg;
}
