//! Judging what a program copied, and writing mirror sets for it: the curve up to 100,000 lines.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pullproof_core::file::Files;
use pullproof_core::lint::{self, rules};
use pullproof_core::mirroring::coverage::{Coverage, coverage};
use pullproof_core::mirroring::generate::{Plan, Width, generate};
use pullproof_core::model::{Model, Settings};
use pullproof_core::openshift::OpenShift;
use pullproof_core::resource::mapping;
use pullproof_core::resource::mirror_set::MirrorSetKind;
use std::hint::black_box;
use std::time::Duration;

const N_LINES: [usize; 3] = [1_000, 10_000, 100_000];

/// All that the command does but for reading files and writing the report.
fn judge(mapping: &str, set: &str) -> (usize, Coverage) {
    let mut files = Files::new();
    let inputs = [
        files.add("mapping.txt", mapping),
        files.add("imageDigestMirrorSet.yaml", set),
    ];
    let settings = Settings {
        version: OpenShift::NEWEST,
        release_image: None,
    };
    let model = Model::build(&mut files, &inputs, &settings);
    let findings = lint::run(&model, rules::ALL);
    let coverage = coverage(&model).expect("the set is loaded");
    (findings.len(), coverage)
}

/// The same with sets that are written, at a width.
fn write(mapping: &str, width: Width) -> usize {
    let mut files = Files::new();
    let file = files.add("mapping.txt", mapping);
    let plan = Plan {
        kinds: vec![MirrorSetKind::ImageDigestMirrorSet],
        width,
        name: "mirrors".to_owned(),
        is_catalog: false,
        version: OpenShift::NEWEST,
    };
    let generated = generate(&[mapping::read(&files, file)], &plan);
    assert!(generated.unproven.is_empty(), "all is proven");
    generated.n_entries
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("catalog");
    for n_lines in N_LINES {
        let (mapping, set) = (bench::mapping(n_lines), bench::mapping_set(n_lines));
        assert_eq!(judge(&mapping, &set).1.n_proven, n_lines);
        group.throughput(Throughput::Elements(n_lines as u64));
        group.bench_function(BenchmarkId::new("judge", n_lines), |bencher| {
            bencher.iter(|| black_box(judge(&mapping, &set)));
        });
        for (name, width) in [
            ("write-repositories", Width::Repository),
            ("write-namespaces", Width::Namespace),
        ] {
            group.bench_function(BenchmarkId::new(name, n_lines), |bencher| {
                bencher.iter(|| black_box(write(&mapping, width)));
            });
        }
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
