//! Macros that declare the wire format: an enum's variants, their JSON names, the list of all, reader and
//! writer come from one line each. The field lists of `readers!` are next to the structs that they read.
//! Contains no JSON name itself.

/// An enum of JSON strings. `_` marks the variant for all strings that this version does not know; without it
/// such a string cannot be read.
macro_rules! string_enum {
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

            /// Its string in JSON and in the database.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Variant => $word,)+
                    $(Self::$Other => $other,)?
                }
            }

            /// The variant of a string; none if this version does not know it.
            pub fn from_wire(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$Variant),)+
                    _ => string_enum!(@ $($Other)?),
                }
            }
        }

        impl crate::read::Read for $Name {
            fn read(json: &impl crate::read::Json) -> Option<Self> {
                Self::from_wire(&json.text()?)
            }
        }
    };
    (@ $Other:ident) => { Some(Self::$Other) };
    (@) => { None };
}

/// An enum of JSON objects whose field `type` says which variant they are.
macro_rules! tagged_enum {
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
            /// The strings that `type` can have.
            pub const TYPES: [&'static str; [$($word),+].len()] = [$($word),+];
        }

        impl crate::read::Read for $Name {
            fn read(json: &impl crate::read::Json) -> Option<Self> {
                Some(match json.field("type").text()?.as_str() {
                    $($word => tagged_enum!(@ json $Variant $( ($Inner) )? $( { $($field)+ } )?),)+
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

/// The readers of structs, by a list of their fields; a missing field does not compile. A field whose JSON name
/// differs is followed by that name; a field that may be missing, without being an `Option`, by `or default`;
/// one that also may be unreadable by `or lenient`; and an `Option` that may be unreadable by `or nothing`.
macro_rules! readers {
    ($($Name:ident { $($field:ident $($wire:literal)? $(or $default:ident)?),+ $(,)? })+) => {
        $(impl crate::read::Read for $Name {
            fn read(json: &impl crate::read::Json) -> Option<Self> {
                Some(Self { $($field: readers!(= json, readers!(@ $field $($wire)?) $(, $default)?),)+ })
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

pub(crate) use {readers, string_enum, tagged_enum};
