//! A cache of the sessions that ended lately, which every request and socket checks without asking the database.
//! Never the truth: it is refreshed from the database every few seconds, and when a node announces a change.

use crate::{
    auth::Bearer,
    model::{Ended, Farewell},
};
use call_rules::Moment;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError, RwLock},
};

/// What ended, by its id.
#[derive(Debug, Default)]
pub struct EndedSessions {
    known: RwLock<HashMap<String, (Farewell, Moment)>>,
    /// When the database was last asked.
    looked: Mutex<Option<Moment>>,
}

impl EndedSessions {
    /// Why a token is no longer accepted, if so.
    pub fn of(&self, bearer: &Bearer) -> Option<Farewell> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return None;
        }
        if let Some((why, _)) = bearer.session.as_ref().and_then(|session| known.get(session.as_str())) {
            return Some(*why);
        }
        let (why, at) = *known.get(bearer.user.as_str())?;
        // Deletion ends everything; other entries of a user are about tokens that name no session.
        let over = why == Farewell::Deleted || (bearer.session.is_none() && bearer.issued <= at);
        over.then_some(why)
    }

    /// Adds entries; returns those that are new.
    pub(super) fn learn(&self, ended: &[Ended]) -> Vec<Ended> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut fresh = Vec::new();
        for one in ended {
            if known.insert(one.id.clone(), (one.why, one.at)) != Some((one.why, one.at)) {
                fresh.push(one.clone());
            }
        }
        fresh
    }

    /// When the database was last asked, if it was.
    pub(super) fn looked(&self) -> Option<Moment> {
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The database was asked.
    pub(super) fn look(&self, now: Moment) {
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// Forgets what ended before a moment: no access token of it is good any more.
    pub(super) fn forget_before(&self, moment: Moment) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (_, at)| *at >= moment);
        if known.capacity() > 2 * known.len() + 64 {
            known.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use call_protocol::{SessionId, UserId};

    fn bearer(session: Option<&str>, issued: i64) -> Bearer {
        let session = session.map(SessionId::from);
        Bearer { user: UserId::from("anna"), session, issued: Moment(issued), expires: Moment(i64::MAX) }
    }

    fn ended(id: &str, why: Farewell, at: i64) -> Ended {
        Ended { id: id.to_owned(), user: UserId::from("anna"), why, at: Moment(at) }
    }

    #[test]
    fn a_token_is_refused_with_its_session_and_others_of_the_same_person_are_not() {
        let known = EndedSessions::default();
        assert_eq!(known.of(&bearer(Some("s1"), 0)), None);
        let end = ended("s1", Farewell::Ended, 10);
        assert_eq!(known.learn(std::slice::from_ref(&end)).len(), 1);
        assert!(known.learn(&[end]).is_empty(), "it is news once");
        assert_eq!(known.of(&bearer(Some("s1"), 20)), Some(Farewell::Ended));
        assert_eq!((known.of(&bearer(Some("s2"), 0)), known.of(&bearer(None, 0))), (None, None));
        known.forget_before(Moment(10));
        assert_eq!(known.of(&bearer(Some("s1"), 20)), Some(Farewell::Ended));
        known.forget_before(Moment(11));
        assert_eq!(known.of(&bearer(Some("s1"), 20)), None);
    }

    #[test]
    fn tokens_without_a_session_end_with_all_others_and_everything_ends_with_the_person() {
        let known = EndedSessions::default();
        known.learn(&[ended("anna", Farewell::PasswordChanged, 10)]);
        assert_eq!(known.of(&bearer(None, 10)), Some(Farewell::PasswordChanged));
        assert_eq!(known.of(&bearer(None, 11)), None, "it was made afterwards");
        assert_eq!(known.of(&bearer(Some("s1"), 5)), None, "it stays, or is over by its own id");
        known.learn(&[ended("anna", Farewell::Deleted, 20)]);
        assert_eq!(known.of(&bearer(Some("s1"), 30)), Some(Farewell::Deleted));
        assert_eq!(known.of(&bearer(None, 30)), Some(Farewell::Deleted));
    }
}
