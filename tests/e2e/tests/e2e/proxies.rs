//! The calls behind third-party web servers, as configured in `deploy/`: at the root of a name and below a
//! path.

use anyhow::Result;
use e2e::names::Kind::Voice;
use e2e::*;

#[test]
fn behind_nginx_people_sign_in_and_call_at_the_root_and_below_a_path() {
    call_behind(WebServer::Nginx, "nginx.conf", "nginx-path.conf");
}

#[test]
fn behind_caddy_people_sign_in_and_call_at_the_root_and_below_a_path() {
    call_behind(WebServer::Caddy, "Caddyfile", "Caddyfile-path");
}

fn call_behind(web_server: WebServer, at_the_root: &str, below_a_path: &str) {
    let options = ServerOptions { behind_proxy: true, ..ServerOptions::default() };
    play_with(&options, async |stage| {
        let [clara, dario] = stage.accounts().await?;
        let clara = Person::new(clara, stage.browser("Clara", &Equipment::default()).await?);
        let dario = Person::new(dario, stage.browser("Dario", &Equipment::default()).await?);
        // Also without the slash, as people type it.
        for (file, path) in [(at_the_root, ""), (below_a_path, "/calls")] {
            let Some(proxy) = stage.behind(web_server, file).await? else { return Ok(()) };
            let address = format!("{}{path}", proxy.url());
            for person in [&clara, &dario] {
                person.sign_in(&address).await?;
            }
            call(&clara, &dario).await?;
        }
        Ok(())
    });
}

async fn call(clara: &Person, dario: &Person) -> Result<()> {
    clara.open_conversation_with("Dario").await?;
    clara.wait_until_can_press(names::VOICE).await?;
    clara.call(Voice).await?;
    dario.answer().await?;
    they_hear_each_other(clara, dario).await?;
    clara.hang_up().await?;
    nothing_is_left(&[clara, dario]).await
}
