//! Model session descriptions: they name their author, and an answer the offer that it answers. Never applies one.

/// What is done with descriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum JobKind {
    CreateOffer,
    SetRemoteOffer,
    SetRemoteAnswer,
}

/// A parsed model SDP.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Description {
    pub(super) ufrag: String,
    /// In an answer: the offer that it answers.
    pub(super) answers: Option<String>,
}

impl Description {
    pub(super) fn text(&self) -> String {
        let answers = self.answers.as_ref().map(|offer| format!("answers {offer}\r\n")).unwrap_or_default();
        format!("a=ice-ufrag:{}\r\n{answers}", self.ufrag)
    }

    pub(super) fn read(text: &str) -> Self {
        let line = |start| text.lines().find_map(|line| line.strip_prefix(start)).map(str::to_owned);
        Self { ufrag: line("a=ice-ufrag:").unwrap_or_default(), answers: line("answers ") }
    }
}
