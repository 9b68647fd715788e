//! Parsing and resolving one reference, with ever more registries.

#![expect(clippy::expect_used, reason = "a broken world stops the measurement")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pullproof_core::file::Files;
use pullproof_core::openshift::OpenShift;
use pullproof_core::reference::Reference;
use pullproof_core::registries::conf;
use pullproof_core::registries::load::{ConfFile, Registries, load};
use pullproof_core::resolve::resolve;
use std::hint::black_box;
use std::time::Duration;

/// The configuration in force: the first text is the main file, the rest are drop-ins.
fn registries(texts: &[String]) -> Registries {
    let mut files = Files::new();
    let confs = texts.iter().enumerate().map(|(at, text)| {
        let name = format!("{at:02}.conf");
        let file = files.add(name.as_str(), text.as_str());
        let conf = conf::decode(&files, file).expect("the world is TOML");
        ConfFile { name, conf }
    });
    let mut confs = confs.collect::<Vec<_>>().into_iter();
    load(confs.next(), confs.collect(), OpenShift::NEWEST).expect("the world loads")
}

/// Each time is for this many references; `elem/s` counts them.
const N_IMAGES: usize = 1_000;

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("resolve");
    group.throughput(Throughput::Elements(N_IMAGES as u64));
    for n_registries in [10, 100, 1_000, 10_000] {
        let registries = registries(&bench::registries_confs(n_registries));
        let images = bench::images(n_registries, N_IMAGES);
        let id = BenchmarkId::new("parse-and-resolve", n_registries);
        group.bench_with_input(id, &images, |bencher, images| {
            bencher.iter(|| {
                for image in images {
                    let reference = Reference::parse_normalized(image).expect("an image");
                    black_box(resolve(&registries, &reference));
                }
            });
        });
    }
    let images = bench::images(10, N_IMAGES);
    group.bench_with_input("parse", &images, |bencher, images| {
        bencher.iter(|| {
            for image in images {
                _ = black_box(Reference::parse_normalized(image));
            }
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50);
    targets = bench
}
criterion_main!(benches);
