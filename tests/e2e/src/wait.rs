//! Waiting for a condition. The only way in which a test waits: never a fixed time.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long something may take that a person would call immediate; far longer than it needs on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

const INTERVAL: Duration = Duration::from_millis(40);

/// Asks until there is an answer, and returns it.
///
/// # Errors
/// After `limit`: what was waited for. An error of `ask` ends the waiting at once.
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
            bail!("waited {} s without success: {what}", limit.as_secs());
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
