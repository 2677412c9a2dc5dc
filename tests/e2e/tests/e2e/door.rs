//! Before any call: the page, signing in, registering, contacts and messages.

use anyhow::{Result, ensure};
use e2e::*;

#[test]
fn the_server_is_healthy_and_serves_the_sign_in_page() {
    play(async |stage| {
        let health = stage.server().get("/healthz", None).await?;
        ensure!(health["status"] == "ok", "{health}");
        let browser = stage.browser("visitor", &Equipment::default()).await?;
        browser.open(&stage.server().url()).await?;
        ensure!(browser.title().await?.contains("Messenger"), "the title is {:?}", browser.title().await?);
        browser.wait_for(Thing::Button(names::SIGN_IN)).await?;
        Ok(())
    });
}

#[test]
fn a_wrong_password_is_refused_and_the_right_one_signs_in() {
    play(async |stage| {
        let [account, _] = stage.accounts().await?;
        let wrong = Account { password: "not-this-one".to_owned(), ..account.clone() };
        let clara = Person::new(wrong, stage.browser("Clara", &Equipment::default()).await?);
        clara.open(&stage.server().url()).await?;
        clara.enter_credentials().await?;
        clara.wait_for(Thing::Text(names::WRONG_PASSWORD)).await?;
        let clara = Person::new(account, clara.share());
        clara.enter_credentials().await?;
        clara.wait_until_signed_in().await
    });
}

#[test]
fn two_new_people_find_each_other_and_their_messages_stay() {
    play(async |stage| {
        let clara = newcomer(stage, "Clara").await?;
        let dario = newcomer(stage, "Dario").await?;
        clara.fill(names::ADD_FIELD, "dario").await?;
        clara.click(Thing::Button(names::ADD)).await?;
        dario.click(Thing::Button(&names::accept("Clara"))).await?;
        clara.open_conversation_with("Dario").await?;
        dario.open_conversation_with("Clara").await?;

        clara.write("Dario", "are you there?").await?;
        dario.wait_for(Thing::Text("are you there?")).await?;
        dario.write("Clara", "always").await?;
        clara.wait_for(Thing::Text("always")).await?;

        clara.reload().await?;
        clara.wait_until_signed_in().await?;
        clara.open_conversation_with("Dario").await?;
        clara.wait_for(Thing::Text("are you there?")).await?;
        clara.wait_for(Thing::Text("always")).await?;

        clara.click(Thing::Button(names::SIGN_OUT)).await?;
        clara.wait_for(Thing::Button(names::SIGN_IN)).await?;
        clara.reload().await?;
        clara.wait_longer_for(Thing::Button(names::SIGN_IN), LOADING).await?;
        Ok(())
    });
}

#[test]
fn two_tabs_of_one_browser_are_two_people() {
    play(async |stage| {
        let [clara, dario] = stage.accounts().await?;
        let browser = stage.browser("both", &Equipment::default()).await?;
        let clara = Person::new(clara, browser.clone());
        clara.sign_in(&stage.server().url()).await?;
        let first = browser.open_tab().await?;
        let dario = Person::new(dario, browser.clone());
        dario.sign_in(&stage.server().url()).await?;
        dario.wait_for(Thing::Button("Clara")).await?;
        browser.go_to_tab(first).await?;
        browser.reload().await?;
        clara.wait_until_signed_in().await?;
        clara.wait_for(Thing::Button("Dario")).await?;
        Ok(())
    });
}

#[test]
fn the_demo_accounts_exist_and_are_contacts() {
    play(async |stage| {
        let anna = Account::existing(stage.server(), "anna", "messenger").await?;
        let anna = stage.person_with(&anna, "Anna", &Equipment::default()).await?;
        anna.wait_for(Thing::Button("Ben")).await?;
        Ok(())
    });
}

#[test]
fn the_call_buttons_work_only_while_the_contact_is_online() {
    play(async |stage| {
        let [clara, dario] = stage.accounts().await?;
        let clara = stage.person_with(&clara, "Clara", &Equipment::default()).await?;
        clara.open_conversation_with("Dario").await?;
        clara.wait_for(Thing::Text("Dario is offline.")).await?;
        for button in [names::VOICE, names::VIDEO] {
            ensure!(!clara.can_press(button).await?, "{button} can be pressed");
        }
        let dario = stage.person_with(&dario, "Dario", &Equipment::default()).await?;
        clara.wait_until_can_press(names::VOICE).await?;
        clara.wait_until_gone(Thing::Text("Dario is offline.")).await?;
        dario.close().await?;
        clara.wait_for(Thing::Text("Dario is offline.")).await?;
        ensure!(!clara.can_press(names::VOICE).await?, "Dario is offline but can be called");
        Ok(())
    });
}

#[test]
fn somebody_whose_window_shows_another_page_is_offline() {
    play(async |stage| {
        let [clara, dario] = stage.couple().await?;
        clara.wait_until_can_press(names::VOICE).await?;
        dario.open("about:blank").await?;
        clara.wait_for(Thing::Text("Dario is offline.")).await?;
        dario.back().await?;
        dario.wait_until_signed_in().await?;
        clara.wait_until_can_press(names::VOICE).await
    });
}

/// Somebody who registers on the page.
async fn newcomer(stage: &Stage, name: &str) -> Result<Person> {
    let account = Account::imagined(name);
    let person = Person::new(account, stage.browser(name, &Equipment::default()).await?);
    person.open(&stage.server().url()).await?;
    person.register().await?;
    Ok(person)
}
