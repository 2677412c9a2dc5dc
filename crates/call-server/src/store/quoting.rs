//! Quotes names and texts for PostgreSQL's SQL, where they cannot be passed as values.
//! Whatever is in them, they cannot end before their closing quote.

/// A name.
pub(in crate::store) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text.
pub(in crate::store) fn literal(text: &str) -> String {
    let mut literal = String::new();
    write_literal(&mut literal, Some(text));
    literal
}

/// Adds a text, or what stands for none. With the E, a backslash means the same whatever the database's settings are.
/// PostgreSQL has no text with a NUL in it; nothing that anybody looks for has one.
pub(in crate::store) fn write_literal(sql: &mut String, text: Option<&str>) {
    let Some(text) = text else { return sql.push_str("NULL") };
    sql.push_str("E'");
    for letter in text.chars() {
        match letter {
            '\\' => sql.push_str("\\\\"),
            '\'' => sql.push_str("''"),
            '\0' => sql.push('\u{fffd}'),
            other => sql.push(other),
        }
    }
    sql.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_a_literal_cannot_end_before_its_end() {
        assert_eq!(quoted("a\"; DROP TABLE users; --"), "\"a\"\"; DROP TABLE users; --\"");
        assert_eq!(literal("a'; DROP TABLE users; --"), "E'a''; DROP TABLE users; --'");
        assert_eq!(literal("a\\'b\0"), "E'a\\\\''b\u{fffd}'");
    }
}
