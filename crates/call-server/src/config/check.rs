//! Values that are right each for itself and cannot be meant together. Pure: the command line, `config check` and the
//! start of a server ask the same question. Pairs of flags that exclude each other are no matter of this file: clap's
//! `conflicts_with` says so beside the flag, and `Settings` finds them wherever they come from.

use super::{Config, Database};

impl Config {
    /// What contradicts itself, one sentence each that says what to do; a server does not start with any.
    pub fn contradictions(&self) -> Vec<String> {
        let found = [
            (
                self.metrics.listen == Some(self.listen) && self.listen.port() != 0,
                "--listen and --metrics-listen name the same address: give the measurements another port",
            ),
            (
                self.is_in_a_file() && self.nats_url.is_some(),
                "several nodes need one PostgreSQL database: add --database-url, or leave --nats-url out",
            ),
        ];
        let mut sentences: Vec<String> =
            found.into_iter().filter(|(so, _)| *so).map(|(_, sentence)| sentence.to_owned()).collect();
        sentences.extend(self.database_contradictions());
        sentences.extend(self.door_contradictions());
        sentences.extend(self.logging.contradiction());
        sentences.extend(self.tls.contradiction());
        sentences.extend(super::nodes::contradiction(self.nats_url.as_deref(), &self.bus_keys));
        sentences.extend(self.turn.contradictions(&self.ice_servers));
        sentences.extend(self.relay.as_ref().and_then(super::Relay::contradiction));
        sentences
    }

    fn is_in_a_file(&self) -> bool {
        matches!(self.database, Database::File(_))
    }

    /// The same about what is needed to open the database: all that commands use, which need no server.
    pub(super) fn database_contradictions(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.is_in_a_file() && self.tables.is_some() {
            sentences.push(
                "an application's own tables can be used in PostgreSQL only: name its database with --database-url"
                    .to_owned(),
            );
        }
        if !self.tables_missing.is_empty() {
            let missing = self.tables_missing.join(", ");
            sentences.push(format!(
                "an application's own tables are named all four or not at all: add {missing}, or leave the others out"
            ));
        }
        sentences
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Issuer, IssuerKeys};

    #[test]
    fn what_cannot_be_meant_together_is_one_sentence_each() {
        let sound = Config::default();
        assert_eq!(sound.contradictions(), Vec::<String>::new());
        let nodes = Config { nats_url: Some("nats://localhost".to_owned()), ..Config::default() };
        assert!(nodes.contradictions()[0].contains("--database-url"));
        let keys = IssuerKeys::Secret("0123456789abcdef0123456789abcdef".to_owned());
        let issuer = Some(Issuer { keys, audience: None, name: None });
        let demo = Config { demo: true, issuer, tables_missing: vec!["--members-table"], ..nodes };
        assert_eq!(demo.contradictions().len(), 3);
        assert!(demo.contradictions()[1].contains("add --members-table"));
    }
}
