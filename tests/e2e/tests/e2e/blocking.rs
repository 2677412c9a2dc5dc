//! People who want to be left alone by somebody in particular.

use anyhow::ensure;
use e2e::names::Kind::Voice;
use e2e::*;

#[test]
fn somebody_who_is_blocked_cannot_call_until_they_are_unblocked() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.call(Voice).await?;
        dario.hear_it_ring().await?;
        clara.click(Thing::Button(names::CANCEL)).await?;
        dario.click(Thing::Button(names::CLOSE)).await?;

        dario.click(Thing::Button(&names::block("Clara"))).await?;
        dario.wait_for(Thing::Text("They will not be told.")).await?;
        clara.wait_until_can_press(names::VOICE).await?;
        dario.click(Thing::Button(names::BLOCK)).await?;
        dario.wait_for(Thing::Text("You blocked Clara.")).await?;

        clara.wait_for(Thing::Text("Dario is offline.")).await?;
        ensure!(!clara.can_press(names::VOICE).await?, "the blocked person sees the other online");
        // The call history still lets her try.
        clara.click(Thing::Button(names::CALLS)).await?;
        clara.click(Thing::Button(names::CALL_BACK)).await?;
        clara.wait_for(Thing::Text("You can only call people who are online.")).await?;
        clara.click(Thing::Button(names::CLOSE)).await?;
        ensure!(!dario.sees(Thing::Button(names::ANSWER)).await?, "it rings");
        let known = stage.server().get("/api/calls/history", Some(&dario.account().token)).await?;
        ensure!(
            known["calls"].as_array().is_some_and(|calls| calls.len() == 1),
            "one call too many: {known}"
        );

        dario.click(Thing::Button(&names::unblock("Clara"))).await?;
        dario.wait_until_gone(Thing::Text("You blocked Clara.")).await?;
        clara.wait_until_can_press(names::VOICE).await?;
        clara.call(Voice).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        dario.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}
