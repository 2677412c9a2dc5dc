//! How the wire is declared: an enum's variants, their words, the list of all, reader and writer come from one line each.
//! The field lists of `objects!` stand beside the structs that they read. Never knows a word itself.

/// An enum of words. `_` marks the variant that stands for every word that this version does not know; in an enum
/// without one such a word is not read.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $Name:ident {
            $( $(#[$doc:meta])* $Variant:ident $word:tt, )+
            $( _ $(#[$other_doc:meta])* $Other:ident $other:tt, )?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $Name {
            $( $(#[$doc])* #[serde(rename = $word)] $Variant, )+
            $( $(#[$other_doc])* #[serde(rename = $other, other)] $Other, )?
        }

        impl $Name {
            /// Every variant.
            pub const ALL: [Self; [$($word,)+ $($other)?].len()] = [$(Self::$Variant,)+ $(Self::$Other)?];

            /// The word of the wire and of the database.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Variant => $word,)+
                    $(Self::$Other => $other,)?
                }
            }

            /// What a word stands for; nothing when this version does not know it.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$Variant),)+
                    _ => words!(@ $($Other)?),
                }
            }
        }

        impl crate::read::Read for $Name {
            fn read(json: &impl crate::read::Json) -> Option<Self> {
                Self::from_word(&json.text()?)
            }
        }
    };
    (@ $Other:ident) => { Some(Self::$Other) };
    (@) => { None };
}

/// An enum of objects that say by a word in their field `type` which they are.
macro_rules! frames {
    (
        $(#[$meta:meta])*
        pub enum $Name:ident<$($Param:ident = $Default:ty),+> {
            $(
                $(#[$doc:meta])*
                $Variant:ident $word:tt
                $( ($Inner:ty) )?
                $( { $( $(#[$field_doc:meta])* $field:ident: $Type:ty, )+ } )?,
            )+
        }
    ) => {
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(tag = "type")]
        $(#[$meta])*
        pub enum $Name<$($Param = $Default),+> {
            $(
                $(#[$doc])*
                #[serde(rename = $word)]
                $Variant $( ($Inner) )? $( { $( $(#[$field_doc])* $field: $Type, )+ } )?,
            )+
        }

        impl $Name {
            /// The words that `type` may be.
            pub const TYPES: [&'static str; [$($word),+].len()] = [$($word),+];
        }

        impl crate::read::Read for $Name {
            fn read(json: &impl crate::read::Json) -> Option<Self> {
                Some(match json.field("type").text()?.as_str() {
                    $($word => frames!(@ json $Variant $( ($Inner) )? $( { $($field)+ } )?),)+
                    _ => return None,
                })
            }
        }
    };
    (@ $json:ident $Variant:ident ($Inner:ty)) => { Self::$Variant(crate::read::Read::read($json)?) };
    (@ $json:ident $Variant:ident { $($field:ident)+ }) => {
        Self::$Variant { $($field: crate::read::field($json, stringify!($field))?),+ }
    };
}

/// The fields of structs, for readers; one that is missing does not compile. The name in the JSON stands after those that
/// are called otherwise there; `or default` after those that may be missing without being optional, `or lenient` where
/// the rest is of use also if such a one cannot be read, `or nothing` after optional ones without which the rest is still
/// true and of use.
macro_rules! objects {
    ($($Name:ident { $($field:ident $($wire:literal)? $(or $default:ident)?),+ $(,)? })+) => {
        $(impl crate::read::Read for $Name {
            fn read(json: &impl crate::read::Json) -> Option<Self> {
                Some(Self { $($field: objects!(= json, objects!(@ $field $($wire)?) $(, $default)?),)+ })
            }
        })+
    };
    (= $json:ident, $name:expr) => { crate::read::field($json, $name)? };
    (= $json:ident, $name:expr, nothing) => { crate::read::field::<Option<_>>($json, $name).flatten() };
    (= $json:ident, $name:expr, lenient) => { crate::read::field::<Option<_>>($json, $name).flatten().unwrap_or_default() };
    (= $json:ident, $name:expr, default) => { crate::read::field::<Option<_>>($json, $name)?.unwrap_or_default() };
    (@ $field:ident $wire:literal) => { $wire };
    (@ $field:ident) => { stringify!($field) };
}

pub(crate) use {frames, objects, words};
