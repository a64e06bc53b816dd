//! Feeds bytes to the loader; what it accepts must survive saving, and compile or be refused with a reason.
#![no_main]

use libfuzzer_sys::fuzz_target;
use paretoscope::scenario::{read, write};
use paretoscope::simulation::world::World;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(loaded) = read::parse_bytes(bytes, "fuzz.toml") {
        let text = write::to_text(&loaded.scenario);
        let again = read::parse(&text, "saved.toml").expect("a saved scenario can be read");
        assert!(again.scenario == loaded.scenario);
        let _ = World::compile(&loaded.scenario);
    }
});
