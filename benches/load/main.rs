//! Loads a running server, and shows where its limit is and what it does beyond:
//!
//! ```sh
//! cargo bench --bench load -- --server http://127.0.0.1:50051 --curve
//! cargo bench --bench load -- --server http://127.0.0.1:50051 --soak 1200 --pid "$(pidof triglot)"
//! ```
//!
//! Callers in a loop slow down with the server, and so hide what people feel who do not wait for each other. So the calls of a curve
//! come at random times that are fixed before (a Poisson process), whatever becomes of the calls before them, and a call takes the time
//! from the moment when it was due.

mod call;
mod chart;
mod clients;
mod curve;
mod memory;
mod offered;
mod saturation;
mod soak;
mod texts;

use std::{error::Error, path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;

use self::{call::Caller, texts::Texts};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Debug, Parser)]
struct Arguments {
    /// The server, as http://HOST:PORT.
    #[arg(long)]
    server: Option<String>,
    /// Measures the rate when the server is full, then offers a quarter of it up to three times as much.
    #[arg(long)]
    curve: bool,
    /// Seconds of full load with clients that go away in the middle.
    #[arg(long, value_name = "SECONDS", requires = "pid")]
    soak: Option<u64>,
    /// The process of the server, whose memory the soak looks at.
    #[arg(long)]
    pid: Option<u32>,
    /// Seconds at each rate of the curve.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Seconds in which a call must be answered.
    #[arg(long, default_value_t = 5)]
    deadline: u64,
    /// Calls in flight at most; what would be more is counted and not sent.
    #[arg(long, default_value_t = 1000)]
    in_flight: usize,
    /// Connections that share the calls of the curve; each client of the soak has one.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Texts of the calls, one a line; otherwise English sentences of 50 to 90 characters.
    #[arg(long, value_name = "FILE")]
    texts: Option<PathBuf>,
    /// Language of the texts.
    #[arg(long, default_value = "en")]
    from: String,
    /// Language of the translations.
    #[arg(long, default_value = "fr")]
    to: String,
    /// Times, texts and whims of the clients depend on this number alone.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the figures and charts go.
    #[arg(long, value_name = "FOLDER", default_value = "target/load")]
    out: PathBuf,
    /// What the charts call this curve, and the name of its file.
    #[arg(long, default_value = "now")]
    name: String,
    /// Draws these curves together, from their files, and measures nothing.
    #[arg(long, value_name = "FILE.json", num_args = 1..)]
    draw: Vec<PathBuf>,
    /// Cargo adds this flag.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    if !arguments.draw.is_empty() {
        curve::draw_files(&arguments.draw, &arguments.out)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(server) = &arguments.server else {
        println!("load: needs a running server: --server URL with --curve or --soak SECONDS --pid PID");
        return Ok(ExitCode::SUCCESS);
    };
    std::fs::create_dir_all(&arguments.out)?;
    let texts = match &arguments.texts {
        Some(path) => Texts::read(path)?,
        None => Texts::default(),
    };
    let caller = Caller {
        server: server.clone(),
        texts,
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        deadline: Duration::from_secs(arguments.deadline),
    };
    if arguments.curve {
        curve::run(&arguments, &caller).await?;
    }
    match arguments.soak.zip(arguments.pid) {
        Some((seconds, pid)) => soak::run(&arguments, caller, Duration::from_secs(seconds), pid).await,
        None => Ok(ExitCode::SUCCESS),
    }
}
