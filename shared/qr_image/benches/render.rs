//! What a picture costs from its text, in the size that is made when none is asked for. The texts are as long as the
//! links in pictures are: `short` has 60 characters, `long` 300.

#![allow(missing_docs, reason = "the macros make the only public items")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use kvitt_qr_image::{Look, Size, png, svg};

fn render(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("render");
    for (length, name) in [(60, "short"), (300, "long")] {
        let link = link(length);
        for look in [Look::Plain, Look::Branded] {
            let picture = png(&link, Size::default(), look).expect("the link fits");
            println!("{name} {look:?}: a PNG of {} bytes", picture.len());
            group.bench_function(format!("png {look:?} {name}"), |bencher| {
                bencher.iter(|| png(black_box(&link), Size::default(), look));
            });
            group.bench_function(format!("svg {look:?} {name}"), |bencher| {
                bencher.iter(|| svg(black_box(&link), look));
            });
        }
    }
    group.finish();
}

fn link(length: usize) -> String {
    let start = "https://pay.example.com/?token=";
    (start.chars().chain(('a'..='z').cycle())).take(length).collect()
}

criterion_group!(benches, render);
criterion_main!(benches);
