//! Reads the protocol from JSON that the platform has already parsed, as browsers do; the readers that serde
//! derives need four times the code. Unknown fields are ignored, and unknown values from a newer server do not
//! hide the values beside them: an unreadable list element is skipped, an unreadable optional field counts as
//! missing. Never interprets a value.

/// A value of a parsed JSON document. Every field of a value that is not an object is missing.
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
    /// Reports that an element of a list could not be read as this type and is skipped.
    fn left_out(type_name: &'static str);
}

/// A type that can be read from JSON.
pub trait Read: Sized {
    /// The value, or none if the JSON is something else.
    fn read(json: &impl Json) -> Option<Self>;
}

/// Reads a field of an object.
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
