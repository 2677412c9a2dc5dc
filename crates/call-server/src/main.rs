//! The server's program: configuration, log, start, and a clean end on Ctrl+C or SIGTERM.
//! Never knows what the server does.

use call_server::{Server, clock::Clock, config::Config};
use std::{io::IsTerminal, process::ExitCode};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::from_arguments();
    match serve(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("call-server: {sentence}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Config) -> Result<(), String> {
    let filter: Targets =
        config.log.parse().map_err(|_| format!("cannot read the log filter {:?}", config.log))?;
    let colours = std::io::stderr().is_terminal();
    let output = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    tracing_subscriber::registry().with(output).with(filter).init();
    let server = Server::start(config, Clock::system()).await.map_err(|error| error.to_string())?;
    println!("listening on http://{}", server.address());
    if let Some(address) = server.metrics_address() {
        tracing::info!("metrics on http://{address}/metrics");
    }
    server.run(asked_to_stop()).await.map_err(|error| error.to_string())
}

async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! { _ = interrupt => (), _ = terminate.recv() => () }
            return;
        }
    }
    // Without a way to be asked, the server runs until it is ended.
    if interrupt.await.is_err() {
        std::future::pending::<()>().await;
    }
}
