//! The server's program: configuration, log, start, and a clean end on Ctrl+C or SIGTERM.
//! Never knows what the server does.

mod orders;

use call_protocol::UserId;
use call_server::{
    Server,
    clock::Clock,
    config::{Asked, CheckTask, Config, ConfigTask, Task},
    descriptors, log, operator_commands,
    store::{Content, Forgotten, Restored},
};
use std::{path::Path, process::ExitCode};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Asked::from_environment() {
        Ok(asked) => run(asked).await,
        Err(sentence) => Err(vec![sentence]),
    };
    let Err(sentences) = done else { return ExitCode::SUCCESS };
    for sentence in sentences {
        eprintln!("call-server: {sentence}");
    }
    ExitCode::FAILURE
}

/// Does what was asked for; otherwise the sentences that say what stands in the way.
async fn run(asked: Asked) -> Result<(), Vec<String>> {
    let contradictions = asked.contradictions();
    if let Some(Task::Config(ConfigTask::Check { .. })) = asked.task {
        print!("{}", asked.settings);
        asked.warnings.iter().for_each(|sentence| eprintln!("call-server: warning: {sentence}"));
    }
    if !contradictions.is_empty() {
        return Err(contradictions);
    }
    match asked.task {
        Some(Task::Config(ConfigTask::Check { strict })) if strict && !asked.warnings.is_empty() => {
            Err(vec!["refused, since --strict takes warnings for mistakes".to_owned()])
        }
        Some(Task::Config(ConfigTask::Check { .. })) => Ok(()),
        Some(Task::Check(CheckTask::Relay)) => orders::check_relay(&asked.config).await,
        Some(Task::Forget { older_than_days }) => forget(asked.config, older_than_days).await,
        Some(Task::Backup { file }) => back_up(&asked.config, &file).await,
        Some(Task::Restore { file }) => restore(&asked.config, &file).await,
        Some(Task::User(task)) => orders::user(asked.config, task).await,
        Some(Task::Invite { instead: Some(task), .. }) => orders::invitations(asked.config, task).await,
        Some(Task::Invite { instead: None, uses, days, note }) => {
            orders::invite(asked.config, uses, days, note).await
        }
        Some(Task::DeleteUser { id }) => delete_user(asked.config, id).await,
        None => serve(asked.config, &asked.warnings).await.map_err(|sentence| vec![sentence]),
    }
}

async fn forget(config: Config, days: u32) -> Result<(), Vec<String>> {
    let forgotten = operator_commands::forget(config, Clock::system(), days).await;
    let Forgotten { calls, audit_rows } = forgotten.map_err(|error| vec![error.to_string()])?;
    println!("forgotten: {calls} calls and {audit_rows} rows of the audit log");
    Ok(())
}

async fn back_up(config: &Config, copy: &Path) -> Result<(), Vec<String>> {
    let content = operator_commands::back_up(config, copy).await.map_err(|error| vec![error.to_string()])?;
    println!("copied to {}: {}", copy.display(), counted(content));
    Ok(())
}

async fn restore(config: &Config, copy: &Path) -> Result<(), Vec<String>> {
    let restored = operator_commands::restore(config, &Clock::system(), copy).await;
    let Restored { content, before } = restored.map_err(|error| vec![error.to_string()])?;
    println!("put back from {}: {}", copy.display(), counted(content));
    if let Some(before) = before {
        println!("what was there before: {}", before.display());
    }
    Ok(())
}

fn counted(Content { people, messages, calls }: Content) -> String {
    format!("{people} people, {messages} messages, {calls} calls")
}

async fn delete_user(config: Config, id: UserId) -> Result<(), Vec<String>> {
    operator_commands::delete_user(config, Clock::system(), &id)
        .await
        .map_err(|error| vec![error.to_string()])?;
    println!("deleted: {id}");
    Ok(())
}

async fn serve(config: Config, warnings: &[String]) -> Result<(), String> {
    log::start(&config.logging);
    warnings.iter().for_each(|sentence| tracing::warn!("{sentence}"));
    descriptors::raise();
    let server = Server::start(config, Clock::system()).await.map_err(|error| error.to_string())?;
    // Before anybody is told that the server is there, and may ask it to stop.
    let stop = asked_to_stop();
    println!("listening on {}", server.url());
    if let Some(fingerprint) = server.own_fingerprint() {
        println!(
            "browsers will warn of the self-signed certificate; its SHA-256 fingerprint is {fingerprint}"
        );
    }
    server.announce();
    server.run(stop).await.map_err(|error| error.to_string())
}

/// Ready when somebody asks; listens for that from the call on, not from the first poll.
fn asked_to_stop() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    let terminate = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate())
    };
    async move {
        let interrupt = tokio::signal::ctrl_c();
        #[cfg(unix)]
        if let Ok(mut terminate) = terminate {
            tokio::select! { _ = interrupt => (), _ = terminate.recv() => () }
            return;
        }
        // Without a way to be asked, the server runs until it is ended.
        if interrupt.await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
