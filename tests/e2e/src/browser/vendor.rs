//! WebDriver commands of chromedriver that are not in the standard.

use fantoccini::wd::WebDriverCompatibleCommand;
use hyper::Method;
use serde_json::Value;
use url::{ParseError, Url};

/// A POST below the session.
#[derive(Debug)]
pub(super) struct Vendor {
    path: &'static str,
    body: Value,
}

impl Vendor {
    /// A command with its parameters.
    pub(super) fn new(path: &'static str, body: Value) -> Self {
        Self { path, body }
    }
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
