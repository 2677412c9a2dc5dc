//! Waiting for something to become true. The only way in which a test waits: never a fixed time.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long anything may take that a person would call immediate; far more than it needs on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

const INTERVAL: Duration = Duration::from_millis(40);

/// Asks until the answer is something, and returns it.
///
/// # Errors
/// After `limit`: what was waited for. Errors of `ask` end the waiting at once.
pub async fn until<T, F, Fut>(what: &str, limit: Duration, mut ask: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Option<T>>>,
{
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            bail!("waited {} s in vain: {what}", limit.as_secs());
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
