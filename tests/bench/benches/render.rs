//! Rendering the files of a node from mirror sets with ten thousand sources.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pullproof_core::document;
use pullproof_core::file::Files;
use pullproof_core::openshift::OpenShift;
use pullproof_core::policy_json::ImagePolicies;
use pullproof_core::render::{Base, RenderInput, render};
use pullproof_core::resource;
use pullproof_core::resource::image_config::ImageConfig;
use pullproof_core::resource::mirror_set::{self, MirrorSet};
use std::hint::black_box;
use std::time::Duration;

/// Eight sources are in each mirror set.
const N_SETS: usize = 1_250;

fn mirror_sets() -> Vec<MirrorSet> {
    let mut files = Files::new();
    let file = files.add("mirrors.yaml", bench::stream(N_SETS));
    let (documents, _) = document::read(&files, file);
    let objects = resource::objects(documents);
    objects
        .iter()
        .filter_map(|object| Some(mirror_set::read(object, mirror_set::kind_of(object)?)))
        .collect()
}

fn bench(criterion: &mut Criterion) {
    let mirror_sets = mirror_sets();
    let input = RenderInput {
        mirror_sets: &mirror_sets,
        image: &ImageConfig::default(),
        release_image: None,
        base: Base::Template,
        image_policies: &ImagePolicies::default(),
    };
    let mut group = criterion.benchmark_group("render");
    group.throughput(Throughput::Elements(8 * N_SETS as u64));
    group.bench_function("10000-sources", |bencher| {
        bencher.iter(|| black_box(render(&input, OpenShift::NEWEST)));
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
