//! One `fetch` with a time-out: a request, and its status and JSON.
//! Never retries and never interprets a body.

use super::js;
use super::timer::Timeout;
use super::wire::Value;
use call_client::{HttpRequest, Lifetime, Reply};
use gloo_net::http;
use js_sys::{Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestCredentials, RequestInit};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn fetch_opaque(address: &str, options: &Object) -> Promise;
}

/// Sends a request; None without a network, if CORS forbids reading the reply, and after the time-out.
pub(super) async fn fetch(request: HttpRequest) -> Option<Reply<Value>> {
    exchange(request).await.ok()
}

/// Whether something answers at the server's address, even if CORS forbids reading the reply.
pub fn is_there(server: &str) -> impl Future<Output = bool> + use<> {
    let address = [server, "/api/config"].concat();
    let reply = JsFuture::from(fetch_opaque(&address, &js::object([("mode", "no-cors".into())])));
    async { reply.await.is_ok() }
}

async fn exchange(request: HttpRequest) -> Result<Reply<Value>, gloo_net::Error> {
    let abort = AbortController::new().map_err(refused)?;
    let asked = prepare(&request, &abort).map_err(refused)?;
    let _time_out = Timeout::new(request.time_out, move || abort.abort());
    let reply = http::Request::from(asked).send().await?;
    let text = reply.text().await?;
    let body = if text.is_empty() { Some(JsValue::NULL) } else { js_sys::JSON::parse(&text).ok() };
    Ok(Reply { status: reply.status(), body: body.map(Value) })
}

/// The browser's request; built by hand, since no builder knows `keepalive`.
fn prepare(request: &HttpRequest, abort: &AbortController) -> Result<web_sys::Request, JsValue> {
    let init = RequestInit::new();
    init.set_method(request.method);
    init.set_credentials(RequestCredentials::Omit);
    let headers = Object::new();
    for (name, value) in &request.headers {
        js::set(&headers, name, value.as_str());
    }
    init.set_headers(&headers);
    if let Some(body) = &request.body {
        init.set_body(&body.into());
    }
    if request.lifetime == Lifetime::BeyondProgram {
        js::set(&init, "keepalive", true);
    }
    init.set_signal(Some(&abort.signal()));
    web_sys::Request::new_with_str_and_init(&request.url, &init)
}

fn refused(error: JsValue) -> gloo_net::Error {
    gloo_net::Error::GlooError(js::error_name(&error))
}
