//! Reviews one new mirror set a number of times, for a profiler to look at.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot start stops")]

use pullproof_core::admission::{Cluster, Operation, Request, read_settings, review};

fn main() {
    let n_reviews: usize = std::env::args()
        .nth(1)
        .map_or(1_000, |text| text.parse().unwrap());
    let n_sets: usize = std::env::args()
        .nth(2)
        .map_or(0, |text| text.parse().unwrap());
    let texts = (0..n_sets).map(|number| (format!("set-{number}"), bench::sent_small_set(number)));
    let (cluster, _) = Cluster::new(texts.collect(), read_settings("{}").unwrap());
    let object = bench::sent_mirror_set(n_sets);
    let request = Request {
        operation: Operation::Create,
        group: "config.openshift.io",
        version: "v1",
        kind: "ImageDigestMirrorSet",
        name: "",
        subresource: "",
        object: Some(&object),
        old_object: None,
    };
    let start = std::time::Instant::now();
    let mut n_findings = 0;
    for _ in 0..n_reviews {
        n_findings += std::hint::black_box(review(&cluster, &request))
            .findings
            .len();
    }
    let took = start.elapsed() / u32::try_from(n_reviews.max(1)).unwrap();
    println!(
        "{} bytes, {n_findings} findings, {took:?} each",
        object.len()
    );
}
