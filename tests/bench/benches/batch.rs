//! Answering the requests of the corpora, one line after another.

use conformance::corpus;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pullproof_core::batch;
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Duration;

/// The requests of a corpus, without the answers that it has beside them.
fn requests(name: &str) -> Vec<String> {
    let request = |mut case: Value| {
        case["op"] = json!("resolve");
        if let Some(case) = case.as_object_mut() {
            case.remove("expect");
        }
        case.to_string()
    };
    corpus(name).into_iter().map(request).collect()
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("batch");
    for name in ["resolve", "e2e"] {
        let requests = requests(name);
        group.throughput(Throughput::Elements(requests.len() as u64));
        let id = BenchmarkId::from_parameter(name);
        group.bench_with_input(id, &requests, |bencher, requests| {
            bencher.iter(|| {
                for request in requests {
                    black_box(batch::answer(request));
                }
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(4))
        .sample_size(10);
    targets = bench
}
criterion_main!(benches);
