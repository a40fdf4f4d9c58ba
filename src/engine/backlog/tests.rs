//! The decisions, on an engine of known speed.

use proptest::prelude::*;

use super::*;

const WAIT: Duration = Duration::from_secs(10);

/// Promises of an engine that has shown its speed, in characters a second.
fn known(speed: f64) -> Promises {
    Promises { speed: Speed::of(speed, Instant::now()), ..Promises::default() }
}

fn call(at: Instant, chars: usize, deadline: Option<u64>) -> Arrival {
    call_of("agency", at, chars, deadline)
}

fn call_of(caller: &str, at: Instant, chars: usize, deadline: Option<u64>) -> Arrival {
    let deadline = deadline.map(|time| at + Duration::from_secs(time));
    Arrival { caller: caller.into(), at, chars: Some(chars), deadline, longest_wait: WAIT }
}

#[test]
fn an_engine_of_unknown_speed_refuses_nothing() {
    let (mut promises, now) = (Promises::default(), Instant::now());
    let short = promises.promise(&call(now, LONG, Some(1))).expect("nobody knows better");
    assert_eq!(short.map(|key| key.0), Some(now + Duration::from_secs(1)));
    assert_eq!(promises.promise(&call(now, LONG + 1, Some(1))), Ok(None));
}

#[test]
fn a_call_that_would_be_late_is_told_when_to_come_again() {
    let (mut promises, now) = (known(100.0), Instant::now());
    promises.promise(&call(now, 300, Some(5))).expect("three seconds of four");
    let excess = promises.promise(&call(now, 200, Some(5))).expect_err("five seconds of four");
    assert_eq!(excess, Duration::from_secs(1));
    promises.promise(&call(now, 100, Some(5))).expect("four seconds of four");
}

#[test]
fn a_call_without_a_deadline_waits_only_so_long() {
    let (mut promises, now) = (known(100.0), Instant::now());
    promises.promise(&call(now, 700, None)).expect("seven seconds of 13.6");
    promises.promise(&call(now, 700, None)).expect_err("fourteen seconds of 13.6");
    promises.promise(&call(now, 600, None)).expect("it goes first, and the other takes thirteen");
}

#[test]
fn a_long_text_has_no_promise_and_holds_up_nobody() {
    let (mut promises, now) = (known(100.0), Instant::now());
    assert_eq!(promises.promise(&call(now, 1001, None)), Ok(None));
    assert_eq!(promises.promise(&call(now, 8000, Some(100))), Ok(None));
    let excess = promises.promise(&call(now, 8100, Some(100))).expect_err("81 seconds of 80");
    assert_eq!(excess, Duration::from_secs(1));
    promises.promise(&call(now, 100, Some(2))).expect("nothing is before it");
}

#[test]
fn a_call_that_would_make_another_late_is_refused() {
    let (mut promises, now) = (known(100.0), Instant::now());
    promises.promise(&call(now, 700, Some(10))).expect("seven seconds of eight");
    promises.promise(&call(now, 200, Some(4))).expect_err("the other would take nine");
    promises.promise(&call(now, 100, Some(4))).expect("the other takes eight");
}

#[test]
fn a_caller_with_less_finds_room() {
    let (mut promises, now) = (known(100.0), Instant::now());
    let mut call = |caller, chars| promises.promise(&call_of(caller, now, chars, Some(10)));
    call("archive", 800).expect("eight seconds of eight");
    call("archive", 1).expect_err("more than eight seconds of eight");
    call("agency", 100).expect("nine seconds of nine");
    call("agency", 1).expect_err("more than nine seconds of nine");
}

#[test]
fn a_caller_with_less_who_was_refused_goes_before_those_with_more() {
    let (mut promises, now) = (known(100.0), Instant::now());
    let call = |caller, at, chars| call_of(caller, at, chars, Some(10));
    let first = promises.promise(&call("archive", now, 400)).expect("four seconds of eight");
    promises.promise(&call("archive", now, 400)).expect("eight seconds of eight");
    let wait = promises.promise(&call("agency", now, 350)).expect_err("11.5 seconds of nine");
    assert_eq!(wait, Duration::from_millis(2500));
    let then = now + wait;
    promises.give_up(first.expect("it is not long"));
    let again = promises.promise(&call("archive", then, 100)).expect_err("someone with less is to come");
    assert_eq!(again, RETURN);
    promises.promise(&call("paper", then, 50)).expect("it has less, too");
    promises.promise(&call("archive", then, 1)).expect_err("someone is still to come");
    promises.promise(&call("agency", then, 350)).expect("it came as it was told");
    promises.promise(&call("paper", then, 20)).expect("8.2 seconds of nine");
    promises.promise(&call("archive", then, 20)).expect_err("8.4 seconds of eight");
}

#[test]
fn a_caller_who_does_not_come_again_holds_up_nobody() {
    let (mut promises, now) = (known(100.0), Instant::now());
    let first = promises.promise(&call(now, 400, Some(10))).expect("four seconds of eight");
    promises.promise(&call(now, 350, Some(10))).expect("7.5 seconds of eight");
    let big = call_of("archive", now, 900, Some(10));
    promises.promise(&big).expect_err("there is no time for it in any case");
    promises.promise(&call(now, 50, Some(10))).expect("so nobody waits for it");
    let wait = promises.promise(&call_of("archive", now, 200, Some(10))).expect_err("ten seconds of nine");
    promises.give_up(first.expect("it is not long"));
    promises.promise(&call(now + wait, 10, Some(10))).expect_err("it may still come");
    promises.promise(&call(now + wait + RETURN, 10, Some(10))).expect("it has not come");
}

const SPEED: f64 = 200.0;

/// An engine of constant speed that serves what is due first. Takes what it does in some seconds from the promises, and adds it to
/// what each caller got. Returns by how many seconds the latest call was late.
fn run(promises: &mut Promises, now: Instant, time: f64, got: &mut HashMap<Caller, f64>) -> f64 {
    let (mut done, mut late) = (0.0, f64::MIN);
    while let Some(mut first) = promises.by_due.first_entry().filter(|_| done < time * SPEED) {
        let (key, owed) = (*first.key(), first.get_mut());
        let part = owed.chars.min(time * SPEED - done);
        (owed.chars, done) = (owed.chars - part, done + part);
        *got.entry(owed.caller.clone()).or_default() += part;
        late = late.max(done / SPEED - super::time(now, key.0));
        if owed.chars <= 0.0 {
            promises.give_up(key);
        }
    }
    late
}

proptest! {
    /// No admitted call misses its deadline.
    #[test]
    fn every_promise_is_kept(
        arrivals in prop::collection::vec((0..3000u64, 0..4u8, 1..2000usize, 1..20u64), 1..60),
    ) {
        let (mut promises, mut now) = (known(SPEED), Instant::now());
        for (after, caller, chars, deadline) in arrivals {
            let late = run(&mut promises, now, after as f64 / 1000.0, &mut HashMap::new());
            prop_assert!(late < 0.001, "{late}");
            now += Duration::from_millis(after);
            promises.speed = Speed::of(SPEED, now);
            let _ = promises.promise(&call_of(&caller.to_string(), now, chars, Some(deadline)));
        }
        prop_assert!(run(&mut promises, now, 1000.0, &mut HashMap::new()) < 0.001);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Of callers who always have work, each gets its share, however often it asks, and the engine never waits.
    #[test]
    fn callers_get_equal_shares(
        callers in prop::collection::vec((prop::collection::vec(20..150usize, 1..9), 1..20usize), 2..4),
        deadline in 6..12u64,
    ) {
        let (mut promises, start, mut got) = (known(SPEED), Instant::now(), HashMap::new());
        let (warm, steps) = (200, 1200);
        for step in 0..steps {
            let now = start + Duration::from_millis(100) * step;
            promises.speed = Speed::of(SPEED, now);
            for (caller, (sizes, asks)) in callers.iter().enumerate() {
                for ask in 0..*asks {
                    let chars = sizes[(step as usize + ask) % sizes.len()];
                    let _ = promises.promise(&call_of(&caller.to_string(), now, chars, Some(deadline)));
                }
            }
            if step == warm {
                got.clear();
            }
            run(&mut promises, now, 0.1, &mut got);
        }
        let all: f64 = got.values().sum();
        prop_assert!(all > 0.99 * SPEED * f64::from(steps - warm) / 10.0, "{all}");
        for caller in 0..callers.len() {
            let share = got.get(&Caller::from(&*caller.to_string())).unwrap_or(&0.0) / all;
            prop_assert!(share >= 0.8 / callers.len() as f64, "{caller}: {share} of {got:?}");
        }
    }
}
