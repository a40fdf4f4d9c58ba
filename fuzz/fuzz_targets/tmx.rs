//! Reads any bytes as TMX: no input may panic, and what comes out is written and read again unchanged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use triglot::memory::tmx::{Units, Writer};

fuzz_target!(|bytes: &[u8]| {
    let units: Vec<_> = Units::new(bytes).map_while(Result::ok).collect();
    let mut file = Vec::new();
    let mut writer = Writer::new(&mut file).expect("a vector can be written");
    units.iter().for_each(|unit| writer.unit(unit).expect("a vector can be written"));
    writer.end().expect("a vector can be written");
    let again: Vec<_> = Units::new(&file[..]).map(|unit| unit.expect("it is TMX")).collect();
    assert_eq!(again, units);
});
