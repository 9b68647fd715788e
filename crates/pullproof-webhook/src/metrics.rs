//! Counts what happens, and writes it as Prometheus text.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use crate::evaluate::PolicyInfo;

/// Every metric; `metrics.md` beside this crate's manifest shows the same.
pub const TABLE: [Row; 25] = [
    row(
        "pullproof_build_info",
        "gauge",
        "version",
        "1; the version of the webhook",
    ),
    row(
        "pullproof_policy_info",
        "gauge",
        "policy, digest",
        "1; the component that is in use",
    ),
    row(
        "pullproof_policy_outdated",
        "gauge",
        "policy",
        "1 while a newer component cannot be used and the last good one is",
    ),
    row(
        "pullproof_reviews_total",
        "counter",
        "operation, kind, dry_run, decision",
        "reviews answered: allow, warn, deny, or error_ and what `on_error` says",
    ),
    row(
        "pullproof_policy_reviews_total",
        "counter",
        "policy, operation, kind, dry_run, decision",
        "the same for each policy that was asked",
    ),
    row(
        "pullproof_findings_total",
        "counter",
        "policy, rule, effect",
        "findings by effect: deny, warn, audit, monitor, exempt",
    ),
    row(
        "pullproof_repeated_answers_total",
        "counter",
        "policy",
        "answers of the core that were given again: same request, same cluster",
    ),
    row(
        "pullproof_policy_errors_total",
        "counter",
        "policy, code",
        "policies that gave no answer",
    ),
    row(
        "pullproof_exemptions_total",
        "counter",
        "policy, by",
        "reviews of exempted objects, by name or labels",
    ),
    row(
        "pullproof_fail_open_total",
        "counter",
        "reason",
        "reviews allowed or left to the API server without a verdict: policy, full, late",
    ),
    row(
        "pullproof_shed_total",
        "counter",
        "reason",
        "reviews not judged: full queue, late, gone client, memory for bodies",
    ),
    row(
        "pullproof_http_refusals_total",
        "counter",
        "code",
        "HTTP answers that are no review, by status",
    ),
    row(
        "pullproof_review_duration_seconds",
        "histogram",
        "",
        "from the head of a request to its answer",
    ),
    row(
        "pullproof_evaluation_duration_seconds",
        "histogram",
        "",
        "reading a review, asking the policies and writing the answer",
    ),
    row(
        "pullproof_queue_wait_seconds",
        "histogram",
        "",
        "waiting for a thread",
    ),
    row(
        "pullproof_queue_depth",
        "gauge",
        "",
        "reviews that wait for a thread",
    ),
    row(
        "pullproof_workers",
        "gauge",
        "state",
        "threads that evaluate: busy, idle",
    ),
    row("pullproof_connections", "gauge", "", "open connections"),
    row(
        "pullproof_tls_handshake_failures_total",
        "counter",
        "",
        "connections that never got to HTTP",
    ),
    row(
        "pullproof_certificate_not_after_seconds",
        "gauge",
        "",
        "when the served certificate expires, in seconds since 1970",
    ),
    row(
        "pullproof_certificate_reloads_total",
        "counter",
        "result",
        "changed certificate files: ok, failed",
    ),
    row(
        "pullproof_policy_reloads_total",
        "counter",
        "result",
        "changed policies or settings: ok, partly (a policy keeps its last form), failed",
    ),
    row(
        "pullproof_settings_outdated",
        "gauge",
        "",
        "1 while newer settings cannot be used and the last good ones are",
    ),
    row(
        "pullproof_log_lines_dropped_total",
        "counter",
        "",
        "log lines that nobody read in time",
    ),
    row(
        "process_resident_memory_bytes",
        "gauge",
        "",
        "memory of the process; absent where unknown",
    ),
];

/// Upper ends of the buckets of histograms, in nanoseconds: 25 µs to 10 s.
pub const BUCKETS_NS: [u64; 18] = [
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// Series of one metric. Kinds come from requests, so whoever reaches the port could make up any
/// number; what is beyond is counted with `other` for each label.
pub const MAX_SERIES: usize = 500;

/// One metric.
pub struct Row {
    /// The name.
    pub name: &'static str,
    /// The Prometheus type.
    pub kind: &'static str,
    /// Names of labels with commas between.
    pub labels: &'static str,
    /// What is counted.
    pub help: &'static str,
}

/// Everything that is counted as it happens.
#[derive(Default)]
pub struct Metrics {
    /// By operation, kind, dry run, decision.
    pub reviews: Counters,
    /// By policy, operation, kind, dry run, decision.
    pub policy_reviews: Counters,
    /// By policy, rule, effect.
    pub findings: Counters,
    /// By policy.
    pub repeated_answers: Counters,
    /// By policy, code.
    pub policy_errors: Counters,
    /// By policy, what exempted.
    pub exemptions: Counters,
    /// By reason.
    pub fail_open: Counters,
    /// By reason.
    pub shed: Counters,
    /// By HTTP status.
    pub http_refusals: Counters,
    /// Whole reviews.
    pub review_duration: Histogram,
    /// The part on an evaluating thread.
    pub evaluation_duration: Histogram,
    /// Waiting for one.
    pub queue_wait: Histogram,
    /// Connections that never got to HTTP.
    pub handshake_failures: AtomicU64,
    /// By result.
    pub certificate_reloads: Counters,
    /// By result.
    pub policy_reloads: Counters,
}

/// What is looked up when metrics are asked for.
pub struct Observed {
    /// The policies in use.
    pub policies: Vec<PolicyInfo>,
    /// Whether newer settings cannot be used.
    pub is_outdated: bool,
    /// Reviews that wait.
    pub queue_depth: usize,
    /// Threads at work.
    pub n_busy: usize,
    /// All threads.
    pub n_workers: usize,
    /// Open connections.
    pub n_connections: usize,
    /// When the served certificate expires, in seconds since 1970.
    pub not_after_s: i64,
    /// Log lines that nobody read.
    pub n_log_lines_dropped: u64,
}

/// A counter for each combination of values of labels.
#[derive(Default)]
pub struct Counters {
    // A handful of series in practice: looking at each is faster than hashing.
    series: RwLock<Vec<Series>>,
}

/// Values of labels, and the count.
type Series = (Box<[Box<str>]>, AtomicU64);

/// How many durations lie below each of `BUCKETS_NS`.
#[derive(Default)]
pub struct Histogram {
    buckets: [AtomicU64; BUCKETS_NS.len()],
    count: AtomicU64,
    sum_ns: AtomicU64,
}

const fn row(
    name: &'static str,
    kind: &'static str,
    labels: &'static str,
    help: &'static str,
) -> Row {
    Row {
        name,
        kind,
        labels,
        help,
    }
}

impl Counters {
    /// Adds one.
    pub fn count(&self, labels: &[&str]) {
        if self.count_known(labels) {
            return;
        }
        let mut series = self.series.write().unwrap_or_else(PoisonError::into_inner);
        let is_full = MAX_SERIES <= series.len();
        let owned: Box<[Box<str>]> = labels
            .iter()
            .map(|value| if is_full { "other" } else { value }.into())
            .collect();
        match series.iter().find(|(values, _)| *values == owned) {
            Some((_, count)) => _ = count.fetch_add(1, Ordering::Relaxed),
            None => series.push((owned, AtomicU64::new(1))),
        }
    }

    fn count_known(&self, labels: &[&str]) -> bool {
        let series = self.series.read().unwrap_or_else(PoisonError::into_inner);
        let known = series.iter().find(|(values, _)| {
            values.len() == labels.len()
                && values
                    .iter()
                    .zip(labels)
                    .all(|(value, label)| **value == **label)
        });
        if let Some((_, count)) = known {
            count.fetch_add(1, Ordering::Relaxed);
        }
        known.is_some()
    }

    fn write(&self, out: &mut String, name: &str, labels: &str) {
        let series = self.series.read().unwrap_or_else(PoisonError::into_inner);
        let mut sorted: Vec<_> = series.iter().collect();
        sorted.sort_by(|left, right| left.0.cmp(&right.0));
        for (values, count) in sorted {
            let values: Vec<&str> = values.iter().map(|value| &**value).collect();
            sample(out, name, labels, &values, count.load(Ordering::Relaxed));
        }
    }
}

impl Histogram {
    /// Counts a duration.
    pub fn observe(&self, duration: Duration) {
        let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let bucket_idx = BUCKETS_NS.partition_point(|end_ns| *end_ns < ns);
        if let Some(bucket) = self.buckets.get(bucket_idx) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_ns.fetch_add(ns, Ordering::Relaxed);
    }

    fn write(&self, out: &mut String, name: &str) {
        let mut below = 0;
        for (end_ns, bucket) in BUCKETS_NS.iter().zip(&self.buckets) {
            below += bucket.load(Ordering::Relaxed);
            let _ = writeln!(out, "{name}_bucket{{le=\"{}\"}} {below}", seconds(*end_ns));
        }
        // A review may be counted in between; what is below a bucket is never more than all.
        let count = self.count.load(Ordering::Relaxed).max(below);
        let sum = seconds(self.sum_ns.load(Ordering::Relaxed));
        let _ = writeln!(out, "{name}_bucket{{le=\"+Inf\"}} {count}");
        let _ = writeln!(out, "{name}_sum {sum}");
        let _ = writeln!(out, "{name}_count {count}");
    }
}

impl Metrics {
    /// All metrics as Prometheus text.
    pub fn render(&self, observed: &Observed) -> String {
        let mut out = String::with_capacity(8 * 1024);
        for Row {
            name,
            kind,
            labels,
            help,
        } in &TABLE
        {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
            self.write(&mut out, name, labels, observed);
        }
        out
    }

    fn write(&self, out: &mut String, name: &str, labels: &str, observed: &Observed) {
        let Observed {
            policies,
            is_outdated,
            queue_depth,
            n_busy,
            n_workers,
            n_connections,
            not_after_s,
            n_log_lines_dropped,
        } = observed;
        match name {
            "pullproof_build_info" => sample(out, name, labels, &[env!("CARGO_PKG_VERSION")], 1),
            "pullproof_policy_info" => {
                for policy in policies {
                    sample(out, name, labels, &[&policy.name, &policy.digest], 1);
                }
            }
            "pullproof_policy_outdated" => {
                for policy in policies {
                    let is_outdated = u64::from(policy.problem.is_some());
                    sample(out, name, labels, &[&policy.name], is_outdated);
                }
            }
            "pullproof_reviews_total" => self.reviews.write(out, name, labels),
            "pullproof_policy_reviews_total" => self.policy_reviews.write(out, name, labels),
            "pullproof_findings_total" => self.findings.write(out, name, labels),
            "pullproof_repeated_answers_total" => self.repeated_answers.write(out, name, labels),
            "pullproof_policy_errors_total" => self.policy_errors.write(out, name, labels),
            "pullproof_exemptions_total" => self.exemptions.write(out, name, labels),
            "pullproof_fail_open_total" => self.fail_open.write(out, name, labels),
            "pullproof_shed_total" => self.shed.write(out, name, labels),
            "pullproof_http_refusals_total" => self.http_refusals.write(out, name, labels),
            "pullproof_review_duration_seconds" => self.review_duration.write(out, name),
            "pullproof_evaluation_duration_seconds" => self.evaluation_duration.write(out, name),
            "pullproof_queue_wait_seconds" => self.queue_wait.write(out, name),
            "pullproof_queue_depth" => sample(out, name, labels, &[], queue_depth),
            "pullproof_workers" => {
                sample(out, name, labels, &["busy"], n_busy);
                sample(
                    out,
                    name,
                    labels,
                    &["idle"],
                    n_workers.saturating_sub(*n_busy),
                );
            }
            "pullproof_connections" => sample(out, name, labels, &[], n_connections),
            "pullproof_tls_handshake_failures_total" => {
                let count = self.handshake_failures.load(Ordering::Relaxed);
                sample(out, name, labels, &[], count);
            }
            "pullproof_certificate_not_after_seconds" => {
                sample(out, name, labels, &[], not_after_s);
            }
            "pullproof_certificate_reloads_total" => {
                self.certificate_reloads.write(out, name, labels);
            }
            "pullproof_policy_reloads_total" => {
                self.policy_reloads.write(out, name, labels);
            }
            "pullproof_settings_outdated" => {
                sample(out, name, labels, &[], u64::from(*is_outdated));
            }
            "pullproof_log_lines_dropped_total" => {
                sample(out, name, labels, &[], n_log_lines_dropped);
            }
            "process_resident_memory_bytes" => {
                if let Some(bytes) = resident_bytes() {
                    sample(out, name, labels, &[], bytes);
                }
            }
            _ => {}
        }
    }
}

fn sample(
    out: &mut String,
    name: &str,
    labels: &str,
    values: &[&str],
    value: impl std::fmt::Display,
) {
    out.push_str(name);
    for (label_idx, (label, value)) in labels.split(", ").zip(values).enumerate() {
        out.push(if label_idx == 0 { '{' } else { ',' });
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        let _ = write!(out, "{label}=\"{value}\"");
    }
    let end = if values.is_empty() { "" } else { "}" };
    let _ = writeln!(out, "{end} {value}");
}

fn seconds(ns: u64) -> String {
    let text = format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn observed() -> Observed {
        let problem = Some("does not load".to_owned());
        let digest = "sha256:0".to_owned();
        Observed {
            policies: vec![PolicyInfo {
                name: "p".into(),
                digest,
                problem,
            }],
            is_outdated: false,
            queue_depth: 1,
            n_busy: 1,
            n_workers: 4,
            n_connections: 7,
            not_after_s: 1_795_271_015,
            n_log_lines_dropped: 0,
        }
    }

    fn counted() -> Metrics {
        let metrics = Metrics::default();
        metrics
            .reviews
            .count(&["CREATE", "A\"\n\\", "false", "allow"]);
        metrics
            .policy_reviews
            .count(&["p", "CREATE", "A", "false", "allow"]);
        metrics.findings.count(&["p", "r", "deny"]);
        metrics.repeated_answers.count(&["p"]);
        metrics.policy_errors.count(&["p", "trap"]);
        metrics.exemptions.count(&["p", "name"]);
        metrics.fail_open.count(&["full"]);
        metrics.shed.count(&["full"]);
        metrics.http_refusals.count(&["413"]);
        metrics.certificate_reloads.count(&["ok"]);
        metrics.policy_reloads.count(&["ok"]);
        metrics
    }

    #[test]
    fn the_table_is_the_output() {
        let text = counted().render(&observed());
        let told: BTreeSet<&str> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                let name = line.split(['{', ' ']).next().unwrap();
                ["_bucket", "_sum", "_count"]
                    .iter()
                    .find_map(|suffix| name.strip_suffix(suffix))
                    .unwrap_or(name)
            })
            .collect();
        let table: BTreeSet<&str> = TABLE.iter().map(|row| row.name).collect();
        assert_eq!(told, table);
        assert_eq!(table.len(), TABLE.len());
    }

    #[test]
    fn the_document_is_the_table() {
        let mut text = String::from(
            "# Metrics\n\nWhat `/metrics` says; `UPDATE=1 cargo test -p pullproof-webhook` writes this page.\n\n\
             | metric | type | labels | counts |\n| --- | --- | --- | --- |\n",
        );
        for Row {
            name,
            kind,
            labels,
            help,
        } in &TABLE
        {
            let _ = writeln!(text, "| `{name}` | {kind} | {labels} | {help} |");
        }
        let ends: Vec<_> = BUCKETS_NS.iter().map(|end_ns| seconds(*end_ns)).collect();
        let _ = writeln!(
            text,
            "\nBuckets of histograms end at {} seconds.",
            ends.join(", ")
        );
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/metrics.md");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    }

    #[test]
    fn values_are_escaped() {
        let text = counted().render(&observed());
        let line = r#"pullproof_reviews_total{operation="CREATE",kind="A\"\n\\",dry_run="false",decision="allow"} 1"#;
        assert!(text.contains(line), "{text}");
    }

    #[test]
    fn durations_fall_into_buckets() {
        let histogram = Histogram::default();
        for us in [1, 25, 26, 10_000_000, 10_000_001] {
            histogram.observe(Duration::from_micros(us));
        }
        let mut text = String::new();
        histogram.write(&mut text, "d");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "d_bucket{le=\"0.000025\"} 2");
        assert_eq!(lines[1], "d_bucket{le=\"0.00005\"} 3");
        assert_eq!(lines[17], "d_bucket{le=\"10\"} 4");
        assert_eq!(
            &lines[18..],
            ["d_bucket{le=\"+Inf\"} 5", "d_sum 20.000053", "d_count 5"]
        );
    }

    #[test]
    fn made_up_kinds_end_at_a_limit() {
        let counters = Counters::default();
        for kind in 0..MAX_SERIES + 10 {
            counters.count(&[&kind.to_string()]);
        }
        let mut text = String::new();
        counters.write(&mut text, "c", "kind");
        assert_eq!(text.lines().count(), MAX_SERIES + 1);
        assert!(text.contains("c{kind=\"other\"} 10\n"));
        counters.count(&["0"]);
        let mut text = String::new();
        counters.write(&mut text, "c", "kind");
        assert!(text.contains("c{kind=\"0\"} 2\n"));
    }
}
