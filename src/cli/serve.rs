//! `triglot serve`: runs the server until SIGTERM or Ctrl-C. SIGHUP reloads all models from disk.

use std::{future::pending, iter, net::SocketAddr, pin::pin, process::ExitCode};

use futures::{StreamExt, stream};
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tokio_util::task::AbortOnDropHandle;
use tracing::field;

use super::CliError;
use crate::{
    app,
    config::ServeArguments,
    server::{self, Keys, Monitor, Server, Tls},
};

/// Connections that the system completes before the server accepts them.
const BACKLOG: u32 = 1024;

pub async fn run(arguments: ServeArguments) -> Result<ExitCode, CliError> {
    let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // Register SIGHUP before the models load, or it would end the process.
    let hangup = signal(SignalKind::hangup())?;
    let limits = arguments.limits.limits();
    let tls = arguments.tls.files().map(Tls::read).transpose()?;
    let keys = arguments.keys.api_keys.as_deref().map(Keys::read).transpose()?;
    if let Some(open) = open_address(&arguments).filter(|_| tls.is_none()) {
        if !arguments.tls.insecure {
            return Err(CliError::Insecure(open));
        }
        if keys.is_some() {
            tracing::warn!("without TLS, the keys of callers pass in plain text, and others can use them");
        }
    }
    // Before the models load, since that takes seconds. No client can connect before it listens.
    let socket = bind(arguments.listen)?;
    let http = arguments.web.http.map(bind).transpose()?;
    let monitor = Monitor::default();
    let administer = arguments.admin.map(|address| administer(address, monitor.clone())).transpose()?;
    // It answers while the models load, too.
    let _administer = administer.map(|run| AbortOnDropHandle::new(tokio::spawn(run)));
    let stops = stream::unfold((terminate, interrupt), |(mut terminate, mut interrupt)| async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Some(((), (terminate, interrupt)))
    });
    let mut stops = pin!(stops);
    // A stop signal also interrupts the loading.
    let translator = tokio::select! {
        translator = app::load(&arguments.engine) => translator?,
        _ = stops.next() => return Ok(ExitCode::SUCCESS),
    };
    let listener = listen(socket)?;
    let http = http.map(listen).transpose()?;
    let http_address = http.as_ref().map(TcpListener::local_addr).transpose()?;
    tracing::info!(
        address = %listener.local_addr()?,
        http = http_address.map(field::display),
        models = app::names(&translator),
        threads = arguments.engine.threads(),
        tls = tls.is_some(),
        keys = keys.is_some(),
        "serving"
    );
    let memory = translator.memory().clone();
    let (replace, translator) = watch::channel(translator);
    let server = Server {
        listener,
        http,
        tls: tls.clone(),
        keys: keys.clone(),
        origins: arguments.web.web_origins,
        reflection: !arguments.no_reflection,
        translator,
        limits,
        monitor,
    };
    tokio::select! {
        served = server.run(stops) => served?,
        () = app::reload(hangup, &arguments.engine, replace) => {}
        () = follow(tls.as_ref().map(Tls::follow)) => {}
        () = follow(keys.as_ref().map(Keys::follow)) => {}
    }
    memory.flush().await;
    Ok(ExitCode::SUCCESS)
}

/// Listens for the operator at once, and answers in the future that it returns.
fn administer(address: SocketAddr, monitor: Monitor) -> Result<impl Future<Output = ()>, CliError> {
    let listener = listen(bind(address)?)?;
    tracing::info!(admin = %listener.local_addr()?, "serving metrics");
    Ok(server::administer(listener, monitor))
}

/// An address that other machines can reach.
pub(super) fn open_address(arguments: &ServeArguments) -> Option<SocketAddr> {
    let mut addresses = iter::once(arguments.listen).chain(arguments.web.http);
    addresses.find(|address| !address.ip().to_canonical().is_loopback())
}

/// Follows files, if there are any, and never ends.
async fn follow(files: Option<impl Future<Output = ()>>) {
    match files {
        Some(files) => files.await,
        None => pending().await,
    }
}

/// A socket at an address, with the address for the errors of listening.
fn bind(address: SocketAddr) -> Result<(TcpSocket, SocketAddr), CliError> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A server that has just ended leaves its port to the next one.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    };
    bound().map(|socket| (socket, address)).map_err(|error| CliError::Listen { address, error })
}

fn listen((socket, address): (TcpSocket, SocketAddr)) -> Result<TcpListener, CliError> {
    socket.listen(BACKLOG).map_err(|error| CliError::Listen { address, error })
}
