//! Pages that may call a server.

use clap::Args;

use crate::server::Origin;

/// Who may call from a browser.
#[derive(Debug, Args)]
pub struct WebArguments {
    /// Origins whose pages may call over gRPC-Web, such as `https://news.example`, or `*` for all; turns on gRPC-Web and HTTP/1.1. Separate
    /// several with commas, or repeat the flag [default: no page may call].
    #[arg(long = "web-origin", env = "TRIGLOT_WEB_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub web_origins: Vec<Origin>,
}
