//! Reads the protocol from JSON that the platform has parsed already, as browsers do: what serde derives for reading takes
//! four times the code. Unknown fields are ignored, and what a newer server says in words of its own hides nothing beside
//! it: an element of a list is left out, a remark is taken for missing. Never decides what a value means.

/// A value of a parsed JSON document; of an object that is none of these, every field is missing.
pub trait Json: Sized {
    /// A string.
    fn text(&self) -> Option<String>;
    /// A number.
    fn number(&self) -> Option<f64>;
    /// A boolean.
    fn flag(&self) -> Option<bool>;
    /// Whether it is null or missing.
    fn is_missing(&self) -> bool;
    /// The elements of an array.
    fn elements(&self) -> Option<impl Iterator<Item = Self>>;
    /// A field of an object.
    fn field(&self, name: &str) -> Self;
    /// An element of a list could not be read as this type and is left out.
    fn left_out(type_name: &'static str);
}

/// What can be read from JSON.
pub trait Read: Sized {
    /// The value; nothing when it is something else.
    fn read(json: &impl Json) -> Option<Self>;
}

/// A field of an object.
pub fn field<T: Read>(object: &impl Json, name: &str) -> Option<T> {
    T::read(&object.field(name))
}

impl Read for String {
    fn read(json: &impl Json) -> Option<Self> {
        json.text()
    }
}

impl Read for bool {
    fn read(json: &impl Json) -> Option<Self> {
        json.flag()
    }
}

impl Read for u32 {
    fn read(json: &impl Json) -> Option<Self> {
        let number = json.number()?;
        let whole = number as Self;
        (f64::from(whole) == number).then_some(whole)
    }
}

impl Read for u16 {
    fn read(json: &impl Json) -> Option<Self> {
        u32::read(json)?.try_into().ok()
    }
}

impl<T: Read> Read for Option<T> {
    fn read(json: &impl Json) -> Option<Self> {
        if json.is_missing() { Some(None) } else { T::read(json).map(Some) }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(json: &impl Json) -> Option<Self> {
        fn element<J: Json, T: Read>(json: &J) -> Option<T> {
            let read = T::read(json);
            if read.is_none() {
                J::left_out(core::any::type_name::<T>());
            }
            read
        }
        Some(json.elements()?.filter_map(|json| element(&json)).collect())
    }
}
