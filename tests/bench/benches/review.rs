//! Reviewing one new mirror set: alone, and beside a thousand others.

use criterion::{Criterion, criterion_group, criterion_main};
use pullproof_core::admission::{Cluster, Operation, Request, read_settings, review};
use std::hint::black_box;
use std::time::Duration;

const N_SETS: usize = 1_000;

fn cluster(n_sets: usize) -> Cluster {
    let Ok(settings) = read_settings("{}") else {
        unreachable!("no settings are good settings");
    };
    // Of larger ones a thousand do not fit into a `MachineConfig`, so that nobody has them.
    let texts = (0..n_sets).map(|number| (format!("set-{number}"), bench::sent_small_set(number)));
    Cluster::new(texts.collect(), settings).0
}

fn bench(criterion: &mut Criterion) {
    let object = bench::sent_mirror_set(N_SETS);
    let created = Request {
        operation: Operation::Create,
        group: "config.openshift.io",
        version: "v1",
        kind: "ImageDigestMirrorSet",
        name: "",
        subresource: "",
        object: Some(&object),
        old_object: None,
    };
    let mut group = criterion.benchmark_group("review");
    for n_sets in [0, N_SETS] {
        let cluster = cluster(n_sets);
        group.bench_function(format!("create-beside-{n_sets}"), |bencher| {
            bencher.iter(|| black_box(review(&cluster, black_box(&created))));
        });
    }
    let known = cluster(N_SETS);
    let old = bench::sent_small_set(N_SETS / 2);
    let updated = Request {
        operation: Operation::Update,
        object: Some(&old),
        old_object: Some(&old),
        ..created
    };
    group.bench_function(format!("update-in-{N_SETS}"), |bencher| {
        bencher.iter(|| black_box(review(&known, black_box(&updated))));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .sample_size(20);
    targets = bench
}
criterion_main!(benches);
