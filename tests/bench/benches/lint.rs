//! Decoding and linting a thousand mirror sets, as one stream and as a thousand files.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pullproof_core::document;
use pullproof_core::file::Files;
use pullproof_core::lint::{self, rules};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use std::hint::black_box;
use std::time::Duration;

const N_SETS: usize = 1_000;

/// Lints texts, each in a file of its own; gives the number of findings.
fn lint(texts: &[String]) -> usize {
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let mut files = Files::new();
    let inputs: Vec<_> = texts
        .iter()
        .map(|text| files.add("mirrors.yaml", text.as_str()))
        .collect();
    let model = Model::build(&mut files, &inputs, &settings);
    lint::run(&model, rules::ALL).len()
}

fn bench(criterion: &mut Criterion) {
    let stream = [bench::stream(N_SETS)];
    let separate: Vec<String> = (0..N_SETS).map(bench::mirror_set).collect();
    let mut group = criterion.benchmark_group("lint");
    group.throughput(Throughput::Bytes(stream[0].len() as u64));
    group.bench_function("read-stream-of-1000", |bencher| {
        bencher.iter(|| {
            let mut files = Files::new();
            let file = files.add("mirrors.yaml", stream[0].as_str());
            black_box(document::read(&files, file))
        });
    });
    group.bench_function("stream-of-1000", |bencher| {
        bencher.iter(|| black_box(lint(&stream)));
    });
    group.bench_function("1000-files", |bencher| {
        bencher.iter(|| black_box(lint(&separate)));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(4))
        .sample_size(20);
    targets = bench
}
criterion_main!(benches);
