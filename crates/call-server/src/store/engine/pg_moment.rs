//! Moments as PostgreSQL has them, with and without a time zone: microseconds since 2000-01-01 in its binary protocol, and
//! text (ISO 8601 with a blank) in what a script reads. Sessions run in UTC, so both kinds of column mean the same.

use crate::timestamp;
use call_rules::Moment;
use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef, types::Oid},
};

/// The object ids of `timestamp` and `timestamptz` in every PostgreSQL (pg_type.dat).
const TIMESTAMP: Oid = Oid(1114);
const TIMESTAMPTZ: Oid = Oid(1184);
/// 2000-01-01T00:00:00Z, in milliseconds since 1970.
const EPOCH: i64 = 946_684_800_000;

/// A moment on its way to or from PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct PgMoment(pub(in crate::store) Moment);

impl Type<Postgres> for PgMoment {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }

    fn compatible(kind: &PgTypeInfo) -> bool {
        kind.oid().is_some_and(|oid| oid == TIMESTAMP || oid == TIMESTAMPTZ)
    }
}

impl Encode<'_, Postgres> for PgMoment {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&microseconds(self.0).to_be_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for PgMoment {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => {
                let microseconds = i64::from_be_bytes(value.as_bytes()?.try_into()?);
                Ok(Self(Moment(microseconds.div_euclid(1000).saturating_add(EPOCH))))
            }
            PgValueFormat::Text => text(value.as_str()?).map(Self).ok_or_else(|| "not a moment".into()),
        }
    }
}

fn text(moment: &str) -> Option<Moment> {
    timestamp::parse(&format!("{}Z", moment.strip_suffix("+00").unwrap_or(moment)))
}

fn microseconds(moment: Moment) -> i64 {
    moment.0.saturating_sub(EPOCH).saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_in_text_with_and_without_a_zone() {
        let moment = Some(Moment(1_767_225_600_012));
        assert_eq!(text("2026-01-01 00:00:00.012+00"), moment);
        assert_eq!(text("2026-01-01 00:00:00.012999"), moment);
        assert_eq!(text("2026-01-01 00:00:00"), Some(Moment(1_767_225_600_000)));
        assert_eq!(text("infinity"), None);
    }
}
