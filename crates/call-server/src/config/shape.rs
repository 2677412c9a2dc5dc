//! What the value of a flag looks like in a TOML file, read from the flag's definition.
//! Never checks a value: the flag's own parser does.

use clap::{Arg, ArgAction};
use std::{any::TypeId, path::PathBuf};

/// What a value looks like in TOML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `true` or `false`.
    Switch,
    /// A number without quotes.
    Number,
    /// A text in quotes.
    Text,
    /// A list, for what may be given several times.
    List,
    /// A text or a number: the flag reads it in a way of its own.
    Scalar,
}

impl Shape {
    /// The shape of a flag's value.
    pub(super) fn of(arg: &Arg) -> Self {
        let kind = arg.get_value_parser().type_id();
        let is_one_of = |types: &[TypeId]| types.iter().any(|known| kind == *known);
        let several = arg.get_num_args().is_some_and(|count| count.max_values() > 1);
        if matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse)
            || is_one_of(&[TypeId::of::<bool>()])
        {
            Self::Switch
        } else if matches!(arg.get_action(), ArgAction::Append) || several {
            Self::List
        } else if is_one_of(&numbers()) {
            Self::Number
        } else if is_one_of(&[TypeId::of::<String>(), TypeId::of::<PathBuf>()]) {
            Self::Text
        } else {
            Self::Scalar
        }
    }
}

fn numbers() -> [TypeId; 12] {
    [
        TypeId::of::<u8>(),
        TypeId::of::<u16>(),
        TypeId::of::<u32>(),
        TypeId::of::<u64>(),
        TypeId::of::<usize>(),
        TypeId::of::<i8>(),
        TypeId::of::<i16>(),
        TypeId::of::<i32>(),
        TypeId::of::<i64>(),
        TypeId::of::<isize>(),
        TypeId::of::<f32>(),
        TypeId::of::<f64>(),
    ]
}
