//! Runs the engine alone on a snapshot in JSON: `run-snapshot FILE.json`. Prints the listeners'
//! addresses, one a line, and serves until its standard input ends.

use std::io::Read;
use std::process::ExitCode;

use voyant_engine::Engine;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: run-snapshot FILE.json");
        return ExitCode::from(2);
    };
    match run(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("run-snapshot: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(path: &str) -> Result<(), Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut engine = Engine::start(serde_json::from_str(&text)?)?;
    for listener in &engine.snapshot().listeners {
        for address in &listener.addresses {
            println!("{} {}", listener.ir.name, address.local);
        }
    }
    std::io::stdin().read_to_end(&mut Vec::new())?;
    engine.stop();
    Ok(())
}
