//! `cargo xtask load`: how much the webhook stands, on loopback, with nothing but itself.

use anyhow::{Context as _, Result, ensure};
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The longest load, in seconds: a measurement, not a siege.
const SECONDS_MAX: u64 = 60;

/// The most connections: the webhook takes 1,000.
const CONNECTIONS_MAX: u64 = 512;

/// How long a start may take.
const START: Duration = Duration::from_secs(60);

/// Reviews that differ: many more than answers are kept for those who ask again.
const N_REVIEWS: usize = 2_048;

/// Ticks of processor time a second, as every Linux reports them.
const TICKS: f64 = 100.0;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The webhook's binary.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "target/release/pullproof-webhook"
    )]
    webhook: PathBuf,
    /// Connections that are kept alive, each with one review at a time.
    #[arg(long, default_value = "16", value_parser = clap::value_parser!(u64).range(1..=CONNECTIONS_MAX))]
    connections: u64,
    /// How long to go on.
    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    seconds: u64,
    /// Send one and the same review, as programs do that hold a cluster to files.
    #[arg(long)]
    again: bool,
    /// More arguments of the webhook.
    #[arg(last = true)]
    more: Vec<String>,
}

/// A webhook that ends with this value.
struct Webhook {
    child: Child,
    address: SocketAddr,
    ca: String,
    started: Duration,
}

impl Drop for Webhook {
    fn drop(&mut self) {
        // One that has ended already needs neither.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // One thread, since whatever this takes is taken from the webhook.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let n_reviews = if arguments.again { 1 } else { N_REVIEWS };
    let object = bench::sent_mirror_set(0);
    println!(
        "object of {} bytes, review of {} bytes, {n_reviews} of them, {} connections, {} s",
        object.len(),
        review(&object).len(),
        arguments.connections,
        arguments.seconds
    );
    // Once to compile, so that the measured start finds the code compiled.
    drop(runtime.block_on(start(arguments))?);
    let webhook = runtime.block_on(start(arguments))?;
    println!("start to ready          {:>9.1} ms", ms(webhook.started));
    let reviews = (0..n_reviews).map(|number| review(&bench::sent_mirror_set(number)));
    let requests: Arc<[Vec<u8>]> = reviews.map(|review| request(&review)).collect();
    // A moment to get warm.
    runtime.block_on(load(&webhook, &requests, arguments.connections, 1))?;
    let before = (processor_s(&webhook)?, memory_mb(&webhook, "VmRSS:")?);
    let start = Instant::now();
    let mut latencies_us = runtime.block_on(load(
        &webhook,
        &requests,
        arguments.connections,
        arguments.seconds,
    ))?;
    let took_s = start.elapsed().as_secs_f64();
    let after = (processor_s(&webhook)?, memory_mb(&webhook, "VmRSS:")?);
    latencies_us.sort_unstable();
    ensure!(!latencies_us.is_empty(), "no review was answered");
    let n_reviews = latencies_us.len();
    let at = |part: usize| f64::from(latencies_us[(n_reviews - 1) * part / 1_000]) / 1_000.0;
    #[expect(clippy::cast_precision_loss, reason = "a count of reviews is small")]
    let n = n_reviews as f64;
    println!("reviews                 {n_reviews:>9}");
    println!("reviews a second        {:>9.0}", n / took_s);
    println!(
        "processor time each     {:>9.1} us",
        (after.0 - before.0) * 1e6 / n
    );
    println!("latency, median         {:>9.2} ms", at(500));
    println!("latency, 99 of 100      {:>9.2} ms", at(990));
    println!("latency, 999 of 1,000   {:>9.2} ms", at(999));
    println!("memory before the load  {:>9.1} MB", before.1);
    println!("memory after it         {:>9.1} MB", after.1);
    println!(
        "memory at most          {:>9.1} MB",
        memory_mb(&webhook, "VmHWM:")?
    );
    Ok(())
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Starts the webhook and waits until it is ready.
async fn start(arguments: &Arguments) -> Result<Webhook> {
    // The port is free for a moment; nobody else on this machine is likely to take it.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let start = Instant::now();
    let mut child = Command::new(&arguments.webhook)
        .args([
            "--listen",
            &address.to_string(),
            "--self-signed",
            "localhost",
        ])
        .args(["--drain-delay-ms", "0", "--log-level", "error"])
        .args(&arguments.more)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("failed to start `{}`", arguments.webhook.display()))?;
    let mut stdout = child.stdout.take().context("there is an output")?;
    let mut webhook = Webhook {
        child,
        address,
        ca: String::new(),
        started: Duration::ZERO,
    };
    let mut bytes = [0; 4_096];
    while !webhook.ca.contains("-----END CERTIFICATE-----") {
        let n_bytes = stdout.read(&mut bytes)?;
        ensure!(n_bytes != 0, "the webhook ended");
        webhook.ca += &String::from_utf8_lossy(&bytes[..n_bytes]);
    }
    let get = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    loop {
        ensure!(start.elapsed() < START, "the webhook does not get ready");
        if let Ok(mut connection) = connect(&webhook).await
            && connection.write_all(get).await.is_ok()
            && matches!(answer(&mut connection, &mut Vec::new()).await, Ok(200))
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    webhook.started = start.elapsed();
    Ok(webhook)
}

async fn connect(webhook: &Webhook) -> Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(webhook.ca.as_bytes()) {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(webhook.address).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::try_from("localhost")?;
    let connector = TlsConnector::from(Arc::new(config));
    Ok(connector.connect(name, stream).await?)
}

/// Reviews until the time is over, all connections one after the other's next; the microseconds of
/// each.
async fn load(
    webhook: &Webhook,
    requests: &Arc<[Vec<u8>]>,
    connections: u64,
    seconds: u64,
) -> Result<Vec<u32>> {
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut tasks = tokio::task::JoinSet::new();
    let n_sent = Arc::new(AtomicUsize::new(0));
    for _ in 0..connections {
        let mut connection = connect(webhook).await?;
        let (requests, n_sent) = (Arc::clone(requests), Arc::clone(&n_sent));
        tasks.spawn(async move {
            let mut latencies_us = Vec::new();
            let mut bytes = Vec::new();
            while Instant::now() < until {
                let start = Instant::now();
                let number = n_sent.fetch_add(1, Ordering::Relaxed);
                connection
                    .write_all(&requests[number % requests.len()])
                    .await?;
                let status = answer(&mut connection, &mut bytes).await?;
                ensure!(status == 200, "a review was answered with {status}");
                let us = u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX);
                latencies_us.push(us);
            }
            Ok(latencies_us)
        });
    }
    let mut all = Vec::new();
    while let Some(latencies_us) = tasks.join_next().await {
        all.extend(latencies_us??);
    }
    Ok(all)
}

/// Reads one answer to its end; its status.
async fn answer(connection: &mut TlsStream<TcpStream>, bytes: &mut Vec<u8>) -> Result<u16> {
    bytes.clear();
    loop {
        let n_bytes = connection.read_buf(bytes).await?;
        ensure!(n_bytes != 0, "the connection was closed");
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = std::str::from_utf8(&bytes[..end])?;
        let status = head
            .split(' ')
            .nth(1)
            .context("there is a status")?
            .parse()?;
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse::<usize>().ok())?
        });
        let whole = end + 4 + length.context("the answer has a length")?;
        while bytes.len() < whole {
            ensure!(
                connection.read_buf(bytes).await? != 0,
                "the answer is cut off"
            );
        }
        return Ok(status);
    }
}

fn review(object: &str) -> String {
    let kind = "{\"group\":\"config.openshift.io\",\"version\":\"v1\",\
                \"kind\":\"ImageDigestMirrorSet\"}";
    format!(
        "{{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{{\
         \"uid\":\"705ab4f5-6393-11e8-b7cc-42010a800002\",\"kind\":{kind},\"requestKind\":{kind},\
         \"operation\":\"CREATE\",\"name\":\"load\",\"userInfo\":{{\"username\":\"admin\",\
         \"groups\":[\"system:authenticated\"]}},\"object\":{object},\"oldObject\":null,\
         \"dryRun\":false,\"options\":null}}}}"
    )
}

fn request(review: &str) -> Vec<u8> {
    format!(
        "POST /validate?timeout=10s HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{review}",
        review.len()
    )
    .into_bytes()
}

/// Processor time of the webhook, in seconds.
fn processor_s(webhook: &Webhook) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", webhook.child.id()))?;
    let (_, rest) = stat.rsplit_once(')').context("a process has a name")?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut next = || -> Result<f64> { Ok(fields.next().context("too few fields")?.parse()?) };
    Ok((next()? + next()?) / TICKS)
}

/// A line of the webhook's memory, in megabytes.
fn memory_mb(webhook: &Webhook, line: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", webhook.child.id()))?;
    let value = status.lines().find_map(|text| text.strip_prefix(line));
    let kb = value.context("the system does not tell")?.trim();
    let kb: f64 = kb.trim_end_matches(" kB").parse()?;
    Ok(kb / 1_024.0)
}
