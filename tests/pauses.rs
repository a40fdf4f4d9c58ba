//! Bulk segments pause while an interactive one runs, and go on.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use triglot::{
    engine::{Arrival, Caller, Engine, Job},
    lang::{Language, Pair},
};

use crate::support;

#[tokio::test(flavor = "multi_thread")]
async fn an_interactive_segment_has_the_steps_almost_alone() {
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let (gate, gated) = std::sync::mpsc::channel::<()>();
    let model = support::hooked({
        let sizes = Arc::clone(&sizes);
        move |feeds| {
            sizes.lock().expect("no panic").push(feeds.len());
            let _ = gated.recv();
            Ok(())
        }
    });
    let engine = Engine::start(model, support::engine_options()).expect("it starts");
    let pair = Pair { source: Language::English, target: Language::French };
    let run = |engine: &Engine, text: String| {
        let engine = engine.clone();
        tokio::spawn(async move { engine.run(&Job::new(pair, text)).await.expect("it runs").text })
    };
    // Each fills the batch, so that there is no free row.
    let text = "All is well in the harbour.".repeat(8);
    let long: Vec<_> = (0..16).map(|_| run(&engine, text.clone())).collect();
    let steps = |least| {
        let sizes = Arc::clone(&sizes);
        move || sizes.lock().expect("no panic").iter().filter(|size| **size == 16).count() >= least
    };
    support::until(|| {
        let _ = gate.send(());
        std::thread::sleep(Duration::from_millis(1));
        steps(3)()
    })
    .await;
    let before = sizes.lock().expect("no panic").len();
    let short_text = "All is well in town.".repeat(5);
    let arrival = Arrival::text(Caller::default(), short_text.chars().count(), None, Duration::from_secs(10));
    let short = run(&engine.admit(&arrival).expect("there is room"), short_text.clone());
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(gate);
    assert_eq!(short.await.expect("it ends"), short_text);
    for long in long {
        assert_eq!(long.await.expect("it ends"), text);
    }
    let sizes = sizes.lock().expect("no panic");
    let alone = sizes[before..].iter().filter(|size| **size == 1).count();
    let together = sizes[before..].iter().filter(|size| **size == 17).count();
    // A hundred characters are 34 tokens, and every sixteenth step is for all.
    assert!((30..=36).contains(&(alone + together)), "{sizes:?}");
    assert!((1..=3).contains(&together), "{sizes:?}");
}
