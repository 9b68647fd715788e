//! All references at once: enumerating their classes, a proof about all, what a change does to
//! all, with ever more sources of which most have two mirrors. The times must grow as the sources do.

#![expect(clippy::expect_used, reason = "a broken world stops the measurement")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pullproof_core::compare::compare;
use pullproof_core::file::{Files, Span};
use pullproof_core::openshift::OpenShift;
use pullproof_core::prove::allowed::{Allowed, Extent, mirror_hosts};
use pullproof_core::prove::{Claim, World, prove};
use pullproof_core::regions::{Also, Names, Regions};
use pullproof_core::registries::load::{ConfFile, Registries, load};
use pullproof_core::registries::{Conf, conf};
use std::hint::black_box;
use std::time::Duration;

fn confs(texts: &[String]) -> Vec<Conf> {
    let mut files = Files::new();
    let confs = texts.iter().enumerate().map(|(at, text)| {
        let file = files.add(format!("{at:04}.conf"), text.as_str());
        conf::decode(&files, file).expect("the world is TOML")
    });
    confs.collect()
}

/// The configuration in force: the first is the main file, the rest are drop-ins.
fn registries(confs: &[Conf]) -> Registries {
    let named = confs.iter().enumerate().map(|(at, conf)| ConfFile {
        name: format!("{at:04}.conf"),
        conf: conf.clone(),
    });
    let mut named = named.collect::<Vec<_>>().into_iter();
    load(named.next(), named.collect(), OpenShift::NEWEST).expect("the world loads")
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("all-references");
    for n_registries in [1_000, 10_000, 100_000] {
        group.throughput(Throughput::Elements(n_registries as u64));
        let mut confs = confs(&bench::registries_confs(n_registries));
        let before = registries(&confs);
        // Every mirror is elsewhere.
        let tables = confs.iter_mut().flat_map(|conf| &mut conf.tables);
        for mirror in tables.flat_map(|table| &mut table.mirrors) {
            mirror.location = mirror.location.replace("/mirror/", "/moved/");
        }
        let after = registries(&confs);

        let id = BenchmarkId::new("regions", n_registries);
        group.bench_with_input(id, &before, |bencher, registries| {
            bencher.iter(|| {
                let regions = Regions::of(registries, &Also::default());
                let scopes = regions.scopes();
                let told = scopes
                    .iter()
                    .map(|scope| regions.of_scope(scope, Names::All));
                told.map(|told| black_box(told.regions).len())
                    .sum::<usize>()
            });
        });
        let id = BenchmarkId::new("prove", n_registries);
        group.bench_with_input(id, &before, |bencher, registries| {
            let mut files = Files::new();
            let file = files.add("registries.conf", "");
            let world = World {
                registries,
                policy: None,
                start: Span::new(file, 0, 0),
                locate: &|_| None,
            };
            bencher.iter(|| {
                let claim = Claim::StaysWithin(Allowed {
                    scopes: mirror_hosts(registries),
                    extent: Extent::All,
                });
                black_box(prove(&world, &claim).findings.len())
            });
        });
        let id = BenchmarkId::new("diff", n_registries);
        group.bench_with_input(id, &(&before, &after), |bencher, (before, after)| {
            bencher.iter(|| black_box(compare(before, after).len()));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .sample_size(10);
    targets = bench
}
criterion_main!(benches);
