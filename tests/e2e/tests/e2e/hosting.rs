//! Where the calls can be hosted, and how they load: below a path, over a connection that loses files, in pages
//! with a strict policy.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::names::Kind::Voice;
use e2e::*;
use serde_json::{Value, json};

/// What a page's policy has to allow for calls from `SERVER`, whose sockets are at `SOCKET`; the nonce is for
/// its own script.
const POLICY: &str = "default-src 'none'; script-src 'nonce-host' SERVER 'wasm-unsafe-eval'; connect-src SERVER SOCKET; \
                      media-src SERVER; img-src data: https:";

/// A server that allows the pages of a site, and that site's port.
fn with_embedding_site() -> Result<(ServerOptions, Reserved)> {
    let reserved = Site::reserve()?;
    let allow_origins = vec![reserved.origin()?];
    Ok((ServerOptions { allow_origins, ..ServerOptions::default() }, reserved))
}

fn pages() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pages")
}

#[test]
fn the_messenger_works_below_a_path() {
    play(async |stage| {
        let proxy = PathProxy::start(stage.server().address(), "/calls").await?;
        let [clara, dario] = stage.accounts().await?;
        let clara = Person::new(clara, stage.browser("Clara", &Equipment::default()).await?);
        clara.sign_in(&format!("{}/", proxy.url())).await?;
        let dario = stage.person_with(&dario, "Dario", &Equipment::default()).await?;
        // After a reload, even by the page's full name, she is still signed in.
        clara.reload().await?;
        clara.wait_until_signed_in().await?;
        clara.open(&format!("{}/index.html?from=a/bookmark", proxy.url())).await?;
        clara.wait_until_signed_in().await?;
        clara.open_conversation_with("Dario").await?;
        clara.wait_until_can_press(names::VOICE).await?;
        clara.call(Voice).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_messenger_whose_program_fails_to_load_says_so_instead_of_staying_blank() {
    play(async |stage| {
        let proxy = PathProxy::start(stage.server().address(), "/calls").await?;
        for lost in [".js", "_bg.wasm"] {
            let browser = stage.browser("visitor", &Equipment::default()).await?;
            // The preloaded file fails, and is requested again.
            proxy.lose(lost);
            proxy.lose(lost);
            browser.open(&format!("{}/", proxy.url())).await?;
            browser.wait_longer_for(Thing::Text("could not be loaded"), LOADING).await?;
        }
        Ok(())
    });
}

#[test]
fn a_page_that_embeds_the_calls_from_below_a_path_calls_through_it() {
    let (options, reserved) = with_embedding_site().unwrap();
    play_with(&options, async |stage| {
        let site = Site::start(reserved, &pages())?;
        let proxy = PathProxy::start(stage.server().address(), "/calls").await?;
        let [clara, dario] = stage.accounts().await?;
        let page = host(stage, &site, proxy.url(), None).await?;
        put(&page, &clara, &dario).await?;
        let dario = stage.person_with(&dario, "Dario", &Equipment::default()).await?;
        let clara = Person::new(clara, page);
        clara.wait_until_can_press(names::VOICE).await?;
        clara.call(Voice).await?;
        dario.answer().await?;
        they_hear_each_other(&clara, &dario).await?;
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await
    });
}

#[test]
fn a_file_that_failed_to_load_is_loaded_by_the_next_mount() {
    let (options, reserved) = with_embedding_site().unwrap();
    play_with(&options, async |stage| {
        let site = Site::start(reserved, &pages())?;
        let proxy = PathProxy::start(stage.server().address(), "/calls").await?;
        let [clara, dario] = stage.accounts().await?;
        for lost in ["_bg.wasm", ".js"] {
            // A browser of its own: one that has the file does not request it again.
            let page = host(stage, &site, proxy.url(), None).await?;
            proxy.lose(lost);
            let failed = try_to_put(&page, &clara, &dario).await?;
            ensure!(failed == "not_loaded", "without {lost} the page got the error {failed}");
            ensure!(try_to_put(&page, &clara, &dario).await? == "mounted", "{lost} was not loaded again");
            page.wait_for(Thing::Button(names::VOICE)).await?;
        }
        Ok(())
    });
}

#[test]
fn a_page_with_the_strictest_possible_policy_can_call_and_violates_nothing() {
    let (options, reserved) = with_embedding_site().unwrap();
    play_with(&options, async |stage| {
        let site = Site::start(reserved, &pages())?;
        let [clara, dario] = stage.accounts().await?;
        let page = host(stage, &site, &stage.server().url(), Some(POLICY)).await?;
        put(&page, &clara, &dario).await?;
        let dario = stage.person_with(&dario, "Dario", &Equipment::default()).await?;
        dario.open_conversation_with("Clara").await?;
        let clara = Person::new(clara, page);
        dario.wait_until_can_press(names::VIDEO).await?;
        dario.call(names::Kind::Video).await?;
        clara.answer().await?;
        both_see_and_hear(&clara, &dario).await?;
        dario.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await?;
        let broken: Vec<String> = clara.run("return window.broken", vec![]).await?;
        ensure!(broken.is_empty(), "the policy was violated: {broken:?}");
        Ok(())
    });
}

#[test]
fn it_rings_audibly_in_a_page_that_is_isolated_from_other_origins() {
    let (options, reserved) = with_embedding_site().unwrap();
    play_with(&options, async |stage| {
        let isolated =
            "Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Embedder-Policy: require-corp\r\n";
        let site = Site::start_with(reserved, &pages(), isolated)?;
        let [clara, dario] = stage.accounts().await?;
        let page = host(stage, &site, &stage.server().url(), None).await?;
        ensure!(page.run::<bool>("return window.crossOriginIsolated", vec![]).await?, "the page is isolated");
        put(&page, &clara, &dario).await?;
        let dario = stage.person_with(&dario, "Dario", &Equipment::default()).await?;
        dario.open_conversation_with("Clara").await?;
        dario.wait_until_can_press(names::VOICE).await?;
        dario.call(Voice).await?;
        let clara = Person::new(clara, page);
        clara.hear_it_ring().await?;
        until("the ring is heard", PATIENCE, async || Ok((clara.hardware().await?.sounds > 0).then_some(())))
            .await
    });
}

#[test]
fn a_page_whose_policy_forbids_webassembly_learns_what_to_allow() {
    let (options, reserved) = with_embedding_site().unwrap();
    play_with(&options, async |stage| {
        let site = Site::start(reserved, &pages())?;
        let [clara, dario] = stage.accounts().await?;
        let policy = POLICY.replace(" 'wasm-unsafe-eval'", "");
        let page = host(stage, &site, &stage.server().url(), Some(&policy)).await?;
        let told = try_to_put(&page, &clara, &dario).await?;
        ensure!(told == "wasm_forbidden", "the page got the code {told}");
        Ok(())
    });
}

/// A page of another origin that mounts what a test says, in a browser of its own.
async fn host(stage: &Stage, site: &Site, server: &str, policy: Option<&str>) -> Result<Arc<Browser>> {
    let page = stage.browser("page", &Equipment::default()).await?;
    let socket = server.replacen("http", "ws", 1);
    let policy = policy.map(|policy| policy.replace("SERVER", server).replace("SOCKET", &socket));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("server", server)
        .append_pair("policy", &policy.unwrap_or_default())
        .finish();
    page.open(&format!("{}/host.html?{query}", site.origin())).await?;
    until("the module is loaded", LOADING, async || {
        Ok(page.run::<bool>("return window.ready === true", vec![]).await?.then_some(()))
    })
    .await?;
    Ok(page)
}

async fn put(page: &Browser, who: &Account, whom: &Account) -> Result<()> {
    let told = try_to_put(page, who, whom).await?;
    ensure!(told == "mounted", "the page got the code {told}");
    Ok(())
}

/// Mounts a widget; returns the code of the error if that fails.
async fn try_to_put(page: &Browser, who: &Account, whom: &Account) -> Result<String> {
    let script =
        "return window.put(...arguments).then(() => 'mounted', (error) => error.code ?? String(error))";
    page.run::<Value>(script, vec![json!("one"), json!(who.token), json!(whom.id)])
        .await
        .map(|told| told.as_str().unwrap_or_default().to_owned())
}
