//! What a test is given: a server and a driver of its own, and browsers as needed. Everything is ended
//! afterwards; after a failure, screenshots, texts and logs are kept in `target/e2e-failures`.

use std::any::type_name_of_val;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::account::Account;
use crate::browser::{Browser, Engine, Equipment, Permission, Voice};
use crate::driver::Driver;
use crate::environment::Environment;
use crate::folder::Folder;
use crate::foreign::{Foreign, Manners};
use crate::lab::{Lab, Side};
use crate::person::Person;
use crate::server::{Server, ServerOptions, Shared};
use crate::web_server::{Running, WebServer};

/// Tests that run at the same time, regardless of the number of cores: each runs two browsers that encode
/// video.
const AT_ONCE: usize = 2;

/// The stage of one test.
pub struct Stage {
    environment: Environment,
    options: ServerOptions,
    browsers: Mutex<Vec<Arc<Browser>>>,
    server: Server,
    driver: Driver,
    // Last, so that it is removed after everything that writes to it.
    folder: Folder,
}

/// Runs a test with a default server.
pub fn play(body: impl AsyncFnOnce(&Stage) -> Result<()>) {
    play_with(&ServerOptions::default(), body);
}

/// Runs a test with a server with these options.
pub fn play_with(options: &ServerOptions, body: impl AsyncFnOnce(&Stage) -> Result<()>) {
    let name = type_name_of_val(&body).trim_end_matches("::{{closure}}").replace("::", "-");
    let _seat = Seat::take();
    if let Err(error) = perform(&name, options, body) {
        panic!("{error:#}");
    }
}

/// Runs a program, such as a measurement, on a stage.
///
/// # Errors
/// Those of the program, and those of preparing the stage.
pub fn run_program(
    name: &str,
    options: &ServerOptions,
    body: impl AsyncFnOnce(&Stage) -> Result<()>,
) -> Result<()> {
    perform(name, options, body)
}

fn perform(name: &str, options: &ServerOptions, body: impl AsyncFnOnce(&Stage) -> Result<()>) -> Result<()> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let failures = failures_folder(name);
    if failures.exists() {
        fs::remove_dir_all(&failures)?;
    }
    let stage = runtime.block_on(Stage::set(options))?;
    let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(body(&stage))));
    if !matches!(outcome, Ok(Ok(()))) {
        keep_evidence(&runtime, &stage, &failures);
    }
    runtime.block_on(stage.strike());
    drop(stage);
    match outcome {
        Ok(result) => result.with_context(|| format!("see {}", failures.display())),
        Err(panic) => resume_unwind(panic),
    }
}

fn keep_evidence(runtime: &Runtime, stage: &Stage, folder: &Path) {
    let kept = runtime.block_on(async { timeout(Duration::from_secs(60), stage.report(folder)).await });
    match kept {
        Ok(Ok(())) => {}
        Ok(Err(error)) => eprintln!("not all evidence could be kept: {error:#}"),
        Err(_) => eprintln!("not all evidence could be kept: the browsers do not answer"),
    }
}

fn failures_folder(name: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.ancestors().nth(2).unwrap_or(package);
    root.join("target/e2e-failures").join(name)
}

impl Stage {
    async fn set(options: &ServerOptions) -> Result<Self> {
        let environment = Environment::read()?;
        let folder = Folder::new()?;
        let driver = Driver::start(&environment, &folder.path().join("chromedriver.log")).await?;
        let server = Server::start(&environment, options, folder.path()).await?;
        let options = options.clone();
        Ok(Self { environment, options, folder, driver, server, browsers: Mutex::default() })
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Another server with the same options, which serves another client and ends with the value.
    pub async fn second_server(&self, client: &Path) -> Result<Server> {
        let environment = Environment { client: client.to_owned(), ..self.environment.clone() };
        let folder = self.folder("second")?;
        Server::start(&environment, &self.options, &folder).await
    }

    /// One of several nodes, which ends with the value; its log is not kept.
    pub async fn node(&self, name: &str, shared: &Shared) -> Result<Server> {
        let folder = self.folder(name)?;
        let options = ServerOptions { shared: Some(shared.clone()), ..ServerOptions::default() };
        Server::start(&self.environment, &options, &folder).await
    }

    /// A browser without a person.
    pub async fn browser(&self, name: &str, equipment: &Equipment) -> Result<Arc<Browser>> {
        let browser = Browser::start(name, equipment, &self.environment, &self.driver).await?;
        let browser = Arc::new(browser);
        self.browsers().push(browser.clone());
        Ok(browser)
    }

    /// Somebody with a new account, signed in in a browser of their own.
    pub async fn person(&self, name: &str, equipment: &Equipment) -> Result<Person> {
        let account = Account::register(&self.server, name).await?;
        self.person_with(&account, name, equipment).await
    }

    /// Somebody with an existing account, signed in in another browser, which has a name for messages.
    pub async fn person_with(
        &self,
        account: &Account,
        browser: &str,
        equipment: &Equipment,
    ) -> Result<Person> {
        self.person_at(&self.server.url(), account, browser, equipment).await
    }

    /// The same, at another address than the server's own.
    pub async fn person_at(
        &self,
        address: &str,
        account: &Account,
        browser: &str,
        equipment: &Equipment,
    ) -> Result<Person> {
        let browser = self.browser(browser, equipment).await?;
        let person = Person::new(account.clone(), browser);
        person.sign_in(address).await?;
        Ok(person)
    }

    /// Clara and Dario: contacts, each signed in, with their conversation open.
    pub async fn couple(&self) -> Result<[Person; 2]> {
        self.couple_with(&Equipment::default(), &Equipment::default()).await
    }

    /// The same, with these browsers.
    pub async fn couple_with(&self, clara: &Equipment, dario: &Equipment) -> Result<[Person; 2]> {
        let [one, other] = self.accounts().await?;
        let clara = self.person_with(&one, "Clara", clara).await?;
        let dario = self.person_with(&other, "Dario", dario).await?;
        clara.open_conversation_with("Dario").await?;
        dario.open_conversation_with("Clara").await?;
        Ok([clara, dario])
    }

    /// The same, each with a network of their own.
    pub async fn couple_in(&self, lab: &Lab) -> Result<[Person; 2]> {
        let mut people = Vec::new();
        for (account, side) in self.accounts().await?.into_iter().zip([Side::Clara, Side::Dario]) {
            let folder = self.folder("lab")?;
            let place = lab.place(side, &self.environment.chrome, &self.server.url(), &folder)?;
            let name = account.display_name.clone();
            let equipment = Equipment { voice: Voice::Tone, ..Equipment::ORDINARY };
            let browser =
                Browser::start_in(&name, &equipment, &self.environment, &self.driver, Some(&place)).await?;
            let browser = Arc::new(browser);
            self.browsers().push(browser.clone());
            let person = Person::new(account, browser);
            person.sign_in(&self.server.url()).await?;
            people.push(person);
        }
        let [clara, dario]: [Person; 2] = people.try_into().map_err(|_| anyhow!("two people"))?;
        clara.open_conversation_with("Dario").await?;
        dario.open_conversation_with("Clara").await?;
        Ok([clara, dario])
    }

    /// Sets how somebody's browser responds when the messenger requests microphone and camera.
    pub async fn allow(&self, person: &Browser, setting: Permission) -> Result<()> {
        let origin = self.server.url();
        person.set_permission("microphone", &origin, setting).await?;
        person.set_permission("camera", &origin, setting).await
    }

    /// Whether browsers of this engine can be started here; says so loudly if not.
    pub fn has(&self, engine: Engine) -> bool {
        let here = engine == Engine::Chromium || self.environment.firefox.is_some();
        if !here {
            println!("!!! SKIPPED: Firefox or geckodriver is not installed");
        }
        here
    }

    /// Somebody using a third-party program; none if it cannot run here.
    pub async fn foreign(&self, account: &Account, manners: Manners) -> Result<Option<Foreign>> {
        Foreign::start(&self.environment, &self.server, account, manners).await
    }

    /// A third-party web server in front of the server, with a file of `deploy/`; none if it is not installed.
    pub async fn behind(&self, web_server: WebServer, file: &str) -> Result<Option<Running>> {
        web_server.start(&self.environment, file, self.server.address(), self.folder.path()).await
    }

    /// Where everything is that is not ours.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// A folder that is gone when the stage is.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The accounts of Clara and Dario, who are contacts of each other.
    pub async fn accounts(&self) -> Result<[Account; 2]> {
        let clara = Account::register(&self.server, "Clara").await?;
        let dario = Account::register(&self.server, "Dario").await?;
        clara.befriend(&self.server, &dario).await?;
        Ok([clara, dario])
    }

    fn browsers(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Browser>>> {
        self.browsers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Saves everything that may explain a failure.
    async fn report(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("server.log"), self.server.log())?;
        let browsers = self.browsers().clone();
        for browser in browsers {
            // A browser that was closed on purpose has nothing to report; the others still have.
            if let Err(error) = browser.report(folder).await {
                eprintln!("{}: {error:#}", browser.name());
            }
        }
        Ok(())
    }

    /// Closes all browsers.
    async fn strike(&self) {
        let browsers = std::mem::take(&mut *self.browsers());
        for browser in browsers {
            // A browser that does not respond ends with its driver.
            let _ = timeout(Duration::from_secs(10), browser.close()).await;
        }
    }
}

/// Permission to run; returned when dropped.
struct Seat;

static TAKEN: Mutex<usize> = Mutex::new(0);
static GIVEN_BACK: Condvar = Condvar::new();

impl Seat {
    fn take() -> Self {
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = GIVEN_BACK.wait_while(taken, |taken| *taken >= AT_ONCE);
        *waited.unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        GIVEN_BACK.notify_one();
    }
}
