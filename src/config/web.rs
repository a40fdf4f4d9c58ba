//! Pages that may call a server.

use std::net::SocketAddr;

use clap::Args;

use crate::server::Origin;

/// Who may call without gRPC, and from a browser.
#[derive(Debug, Args)]
pub struct WebArguments {
    /// Address for clients that do not speak gRPC: the page, the calls as JSON, and the contracts of LibreTranslate, DeepL and MTranServer
    /// [default: none].
    #[arg(long, env = "TRIGLOT_HTTP", value_name = "ADDRESS")]
    pub http: Option<SocketAddr>,

    /// Origins whose pages may call, such as `https://news.example`, or `*` for all; turns on gRPC-Web and HTTP/1.1 there. Separate
    /// several with commas, or repeat the flag [default: no page may call].
    #[arg(long = "web-origin", env = "TRIGLOT_WEB_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub web_origins: Vec<Origin>,
}
