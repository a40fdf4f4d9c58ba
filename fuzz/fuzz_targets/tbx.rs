//! Reads any bytes as TBX: no input may panic, and the terms that come out are written and read again unchanged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::{
    fidelity::terms::tbx::{read, write},
    lang::{Language, Pair},
};

fuzz_target!(|bytes: &[u8]| {
    let pair = Pair { source: Language::English, target: Language::French };
    let Ok(base) = read(bytes, Some(pair.source), pair.target) else { return };
    let mut file = Vec::new();
    write(&mut file, "fuzz", pair, &base.terms).expect("a vector can be written");
    let again = read(&file[..], Some(pair.source), pair.target).expect("it is TBX");
    assert_eq!((again.terms, again.left_out), (base.terms, 0));
});
