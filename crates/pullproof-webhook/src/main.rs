//! The admission webhook: reviews over HTTPS, judged by policy components.

use std::fmt::Display;
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use clap::Parser;
use pullproof_host::host::{Host, HostConfig, Interruption, user_cache};
use pullproof_webhook::config::{self, Config, OnError, Problem, State, TlsVersion};
use pullproof_webhook::judge::Policies;
use pullproof_webhook::log::{self, Level, Log};
use pullproof_webhook::policies::{self, WasmPolicies};
use pullproof_webhook::reload::{self, Followed};
use pullproof_webhook::server::{Server, Stop};
use pullproof_webhook::service::App;
use pullproof_webhook::state::{self, directory::Directory};
use pullproof_webhook::tls::Tls;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Judges changes of mirror and image configuration objects before the cluster takes them.
///
/// Settings come from the file of --config, and flags win over it.
#[derive(Clone, Parser)]
#[command(version)]
struct Flags {
    /// The settings, TOML
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Say what is wrong with the settings, and end
    #[arg(long)]
    check_config: bool,
    /// Print every setting with its default and what it does, and end
    #[arg(long)]
    print_settings: bool,
    /// Where reviews are received [default: 0.0.0.0:8443]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where health and metrics are also served without TLS
    #[arg(long, value_name = "ADDRESS")]
    metrics_listen: Option<SocketAddr>,
    /// Serve the browser page at /playground
    #[arg(long)]
    playground: bool,
    /// The certificate chain, PEM
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The key, PEM
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Who signs certificates of clients, PEM
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,
    /// A name that certificates of clients may have; may be repeated
    #[arg(long, value_name = "NAME")]
    client_name: Vec<String>,
    /// The oldest version of TLS: 1.2 or 1.3 [default: 1.3]
    #[arg(long, value_name = "VERSION")]
    tls_min_version: Option<TlsVersion>,
    /// Make a certificate for these names, for trying out; its authority goes to standard output
    #[arg(long, value_name = "NAME", num_args = 1..)]
    self_signed: Vec<String>,
    /// Threads that evaluate [default: what the processor limit allows]
    #[arg(long, value_name = "N", value_parser = |text: &str| config::number_in_range("workers", text))]
    workers: Option<u64>,
    /// Reviews that may wait [default: 256]
    #[arg(long, value_name = "N", value_parser = |text: &str| config::number_in_range("queue", text))]
    queue: Option<u64>,
    /// The longest time for a review [default: 10000]
    #[arg(long, value_name = "MS", value_parser = |text: &str| config::number_in_range("timeout_ms", text))]
    timeout_ms: Option<u64>,
    /// The largest body of a review [default: 7340032]
    #[arg(long, value_name = "BYTES", value_parser = |text: &str| config::number_in_range("body_limit_bytes", text))]
    body_limit_bytes: Option<u64>,
    /// What is answered without a verdict: deny, allow or fail [default: deny]
    #[arg(long, value_name = "ANSWER")]
    on_error: Option<OnError>,
    /// How long serving goes on after SIGTERM [default: 10000]
    #[arg(long, value_name = "MS", value_parser = |text: &str| config::number_in_range("drain_delay_ms", text))]
    drain_delay_ms: Option<u64>,
    /// Connections at a time [default: 1000]
    #[arg(long, value_name = "N", value_parser = |text: &str| config::number_in_range("max_connections", text))]
    max_connections: Option<u64>,
    /// When a connection is asked to close, 0 for never [default: 600000]
    #[arg(long, value_name = "MS", value_parser = |text: &str| config::number_in_range("max_connection_age_ms", text))]
    max_connection_age_ms: Option<u64>,
    /// Judge with the objects of the files in this directory
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Where compiled policies are kept [default: pullproof in the user's cache directory]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Log lines: json or text [default: json]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<log::Format>,
    /// The least important lines that are written: error, warn, info or debug [default: info]
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<Level>,
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    if flags.print_settings {
        print!("{}", config::DOCUMENTED);
        return ExitCode::SUCCESS;
    }
    match run(flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: Flags) -> anyhow::Result<()> {
    let again = flags.clone();
    let config = configure(flags)?;
    if again.check_config {
        println!("the settings are good");
        return Ok(());
    }
    let log = Log::new(
        config.log.level,
        config.log.format,
        Box::new(std::io::stderr()),
    )
    .context("failed to start the log")?;
    let log = Arc::new(log);
    let tls = Tls::load(&config.tls)?;
    if let Some(ca_bundle) = tls.ca_bundle() {
        print!("{ca_bundle}");
    }
    let host = host(&config, again.cache.as_deref())?;
    let state = Arc::new(match &config.state {
        State::None => state::State::none(),
        State::Directory(_) | State::Cluster => state::State::unknown(),
    });
    let directory = match &config.state {
        State::Directory(path) => {
            let directory = Directory::open(path, &state);
            Some(directory.map_err(|error| anyhow!("failed to read the state: {error}"))?)
        }
        State::None | State::Cluster => None,
    };
    let (evaluate, problems) = WasmPolicies::load(&host, &config, &state, None);
    ensure!(problems.is_empty(), "{}", problems.join("; "));
    let evaluate = Arc::new(evaluate);
    let policies = Policies {
        evaluate: Arc::clone(&evaluate) as _,
        settings: config.policies.clone(),
        problem: None,
    };
    let followed = Followed::new(
        host,
        Arc::clone(&state),
        again.config.clone(),
        config.clone(),
        evaluate,
    );
    let follow = Follow {
        policies: followed,
        read: Box::new(move |_| config_of(again.clone()).map_err(|error| format!("{error:#}"))),
        state,
        directory,
    };
    let result = runtime::Builder::new_multi_thread()
        .worker_threads(network_threads(config.workers))
        .thread_name("network")
        .enable_all()
        .build()
        .context("failed to start the network threads")?
        .block_on(serve(config, tls, policies, follow, Arc::clone(&log)));
    log.close();
    result
}

/// Reading and writing TLS costs about as much as an evaluation.
fn network_threads(workers: usize) -> usize {
    workers.div_ceil(2).clamp(1, 8)
}

/// What is followed while the server runs.
struct Follow {
    policies: Followed,
    read: reload::Read,
    state: Arc<state::State>,
    directory: Option<Directory>,
}

/// The host that runs policies.
fn host(config: &Config, cache: Option<&Path>) -> anyhow::Result<Host> {
    let kept = cache.map(Path::to_owned).or_else(user_cache);
    let host_config = |cache| HostConfig {
        concurrency: policies::concurrency(config.workers),
        interruption: Interruption::Clock,
        cache,
    };
    match Host::new(&host_config(kept.as_deref())) {
        // Without a place that was asked for, compiling takes place at every start.
        Err(_) if cache.is_none() => Ok(Host::new(&host_config(None))?),
        host => Ok(host?),
    }
}

async fn serve(
    config: Config,
    tls: Tls,
    policies: Policies,
    follow: Follow,
    log: Arc<Log>,
) -> anyhow::Result<()> {
    let is_cluster = config.state == State::Cluster;
    let server = Server::start(config, tls, policies, Arc::clone(&log))?;
    let address = server.address()?;
    tokio::spawn(stop_on_signals(server.stop(), Arc::clone(&log))?);
    let app = Arc::clone(server.app());
    follow_all(follow, is_cluster, &app, &log).await?;
    let names: Vec<_> = app
        .config
        .policies
        .iter()
        .map(|policy| policy.name.as_str())
        .collect();
    log.line(
        Level::Info,
        "listening",
        &[
            ("address", &address),
            ("workers", &app.config.workers),
            ("on_error", &app.config.on_error.as_str()),
            ("policies", &names.join(",")),
            ("version", &env!("CARGO_PKG_VERSION")),
        ],
    );
    server.run().await;
    Ok(())
}

async fn follow_all(
    follow: Follow,
    is_cluster: bool,
    app: &Arc<App>,
    log: &Arc<Log>,
) -> anyhow::Result<()> {
    let Follow {
        policies,
        read,
        state,
        directory,
    } = follow;
    let judge = Arc::clone(&app.judge);
    std::thread::Builder::new()
        .name("reload".to_owned())
        .spawn(move || reload::follow(policies, &judge, &read))
        .context("failed to start a thread")?;
    let told = {
        let log = Arc::clone(log);
        move |problem: &str| {
            let fields: [(&str, &dyn Display); 1] = [("reason", &problem)];
            log.line(
                Level::Error,
                "the cluster's objects cannot be read",
                &fields,
            );
        }
    };
    if let Some(directory) = directory {
        tokio::spawn(state::directory::follow(directory, state, told));
    } else if is_cluster {
        let client = state::cluster::client()
            .await
            .map_err(|error| anyhow!(error))?;
        tokio::spawn(state::cluster::follow(client, state, told));
    }
    Ok(())
}

fn stop_on_signals(
    stop: Stop,
    log: Arc<Log>,
) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate()).context("failed to wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("failed to wait for SIGINT")?;
    Ok(async move {
        let mut is_first = true;
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if !is_first {
                log.line(Level::Warn, "stopped by a second signal", &[]);
                log.close();
                std::process::exit(1);
            }
            is_first = false;
            stop.drain();
        }
    })
}

/// The settings, every problem of which goes to standard error.
fn configure(flags: Flags) -> anyhow::Result<Config> {
    let path = flags.config.clone();
    let (config, problems) = settings(flags)?;
    let name = path.map_or_else(|| "settings".to_owned(), |path| path.display().to_string());
    for problem in &problems {
        let colon = if problem.position.is_some() {
            ":"
        } else {
            ": "
        };
        eprintln!("{name}{colon}{problem}");
    }
    match problems.len() {
        0 => Ok(config),
        1 => bail!("1 problem with the settings"),
        n => bail!("{n} problems with the settings"),
    }
}

/// The settings, every problem of which is in the error.
fn config_of(flags: Flags) -> anyhow::Result<Config> {
    let (config, problems) = settings(flags)?;
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    ensure!(problems.is_empty(), "{}", problems.join("; "));
    Ok(config)
}

fn settings(flags: Flags) -> anyhow::Result<(Config, Vec<Problem>)> {
    let text = match &flags.config {
        Some(path) => read_settings(path)?,
        None => String::new(),
    };
    let (mut config, mut problems) = config::read(&text);
    set(&mut config, flags)?;
    if problems.is_empty() {
        problems = config::validate(&config);
    }
    Ok((config, problems))
}

fn read_settings(path: &Path) -> anyhow::Result<String> {
    let shown = path.display();
    let failed = || format!("failed to read `{shown}`");
    let file = std::fs::File::open(path).with_context(failed)?;
    let mut text = String::new();
    file.take(config::MAX_FILE_BYTES + 1)
        .read_to_string(&mut text)
        .with_context(failed)?;
    let is_small = u64::try_from(text.len()).is_ok_and(|n_bytes| n_bytes <= config::MAX_FILE_BYTES);
    ensure!(
        is_small,
        "`{shown}` has more than {} bytes",
        config::MAX_FILE_BYTES
    );
    Ok(text)
}

fn set(config: &mut Config, flags: Flags) -> anyhow::Result<()> {
    let Flags {
        config: _,
        check_config: _,
        print_settings: _,
        listen,
        metrics_listen,
        playground,
        tls_cert,
        tls_key,
        client_ca,
        client_name,
        tls_min_version,
        self_signed,
        workers,
        queue,
        timeout_ms,
        body_limit_bytes,
        on_error,
        drain_delay_ms,
        max_connections,
        max_connection_age_ms,
        state,
        cache: _,
        log_format,
        log_level,
    } = flags;
    config.listen = listen.unwrap_or(config.listen);
    config.metrics_listen = metrics_listen.or(config.metrics_listen);
    config.playground |= playground;
    config.tls.cert = tls_cert.or(config.tls.cert.take());
    config.tls.key = tls_key.or(config.tls.key.take());
    config.tls.client_ca = client_ca.or(config.tls.client_ca.take());
    if !client_name.is_empty() {
        config.tls.client_names = client_name;
    }
    config.tls.min_version = tls_min_version.unwrap_or(config.tls.min_version);
    config.tls.self_signed = self_signed;
    set_size(&mut config.workers, workers)?;
    set_size(&mut config.queue, queue)?;
    set_size(&mut config.body_limit_bytes, body_limit_bytes)?;
    set_size(&mut config.max_connections, max_connections)?;
    config.timeout = timeout_ms.map_or(config.timeout, Duration::from_millis);
    config.on_error = on_error.unwrap_or(config.on_error);
    config.drain_delay = drain_delay_ms.map_or(config.drain_delay, Duration::from_millis);
    if let Some(age_ms) = max_connection_age_ms {
        config.max_connection_age =
            Some(Duration::from_millis(age_ms)).filter(|age| !age.is_zero());
    }
    if let Some(path) = state {
        config.state = State::Directory(path);
    }
    config.log.format = log_format.unwrap_or(config.log.format);
    config.log.level = log_level.unwrap_or(config.log.level);
    Ok(())
}

fn set_size(size: &mut usize, number: Option<u64>) -> anyhow::Result<()> {
    if let Some(number) = number {
        *size = usize::try_from(number).with_context(|| too_large(&number))?;
    }
    Ok(())
}

fn too_large(number: &dyn Display) -> String {
    format!("`{number}` is too large for this machine")
}
