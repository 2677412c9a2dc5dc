//! What two people do together, and what must be true of both afterwards.

use std::time::{Duration, SystemTime};

use anyhow::{Result, ensure};

use crate::find::Thing;
use crate::media::{both_see_and_hear, nothing_is_left};
use crate::names;
use crate::person::Person;

/// Both call each other at the same moment, and are in one call.
pub async fn both_call_at_once(one: &Person, other: &Person) -> Result<()> {
    one.wait_until_can_press(names::VIDEO).await?;
    other.wait_until_can_press(names::VIDEO).await?;
    let moment = SystemTime::now() + Duration::from_secs(2);
    let button = Thing::Button(names::VIDEO);
    let (first, second) = tokio::join!(one.click_at(button, moment), other.click_at(button, moment));
    first.and(second)?;
    both_see_and_hear(one, other).await?;
    for person in [one, other] {
        ensure!(!person.sees(Thing::Button(names::ANSWER)).await?, "{} is still called", person.name());
        ensure!(person.hardware().await?.open_peers == 1, "{} has two connections", person.name());
    }
    Ok(())
}

/// Both have left the call, on the screen and in the browser.
pub async fn both_are_done(one: &Person, other: &Person) -> Result<()> {
    one.wait_until_over().await?;
    other.wait_until_over().await?;
    nothing_is_left(&[one, other]).await
}
