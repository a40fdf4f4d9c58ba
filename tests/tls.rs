//! A server with TLS, and clients that trust it, or not.

use std::{
    fs,
    io::Read,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Output, Stdio},
    thread,
    time::Duration,
};

use futures::{StreamExt, channel::mpsc};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use triglot::{
    client::{ClientTls, Server},
    wire::proto::translation_service_client::TranslationServiceClient,
};

use crate::support::{self, process};

/// A root, and files with what it signs.
struct Authority {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let key = KeyPair::generate().expect("a key can be made");
        let mut root = CertificateParams::new([]).expect("there are no names");
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = root.self_signed(&key).expect("it can be signed");
        fs::write(folder.path().join("root.pem"), certificate.pem()).expect("it can be written");
        Self { folder, issuer: Issuer::new(root, key) }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// Writes a certificate for this machine, and its key.
    fn sign(&self, certificate: &Path, key: &Path) {
        let leaf = KeyPair::generate().expect("a key can be made");
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let params = CertificateParams::new(names).expect("they are names");
        let signed = params.signed_by(&leaf, &self.issuer).expect("it can be signed");
        fs::write(key, leaf.serialize_pem()).expect("it can be written");
        fs::write(certificate, signed.pem()).expect("it can be written");
    }

    /// A new certificate and its key.
    fn pair(&self, name: &str) -> (PathBuf, PathBuf) {
        let file = |end: &str| self.folder.path().join(format!("{name}.{end}"));
        let pair = (file("pem"), file("key"));
        self.sign(&pair.0, &pair.1);
        pair
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("its name is text")
}

/// A server with TLS; returns it and its address.
fn server((certificate, key): &(PathBuf, PathBuf), more: &[&str]) -> (Child, String) {
    let flags = ["--model", "copy", "--tls-cert", text(certificate), "--tls-key", text(key)];
    let (server, address) = process::serving(&[&flags[..], more].concat());
    (server, address.replace("http://", "https://"))
}

fn end(mut server: Child) {
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}

fn run(server: &str, flags: &[&str]) -> Output {
    let mut command = process::triglot();
    command.args(["translate", "--from", "en", "--to", "fr", "--server", server]).args(flags);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program runs");
    // Fails if the program ends before it reads.
    let _ = std::io::Write::write_all(&mut child.stdin.take().expect("it is piped"), b"All is well.");
    child.wait_with_output().expect("it ends")
}

fn translates(server: &str, flags: &[&str]) -> bool {
    let output = run(server, flags);
    output.status.success() && output.stdout == b"All is well."
}

#[test]
fn a_client_trusts_the_root_that_it_is_given_and_no_other() {
    let authority = Authority::new();
    let (server, address) = server(&authority.pair("server"), &[]);
    let root = authority.root();
    assert!(translates(&address, &["--tls-ca", text(&root)]));
    let health = ["health", "--server", &address, "--tls-ca", text(&root)];
    assert!(process::triglot().args(health).status().expect("the program runs").success());

    let said = |server: &str, flags: &[&str]| {
        let output = run(server, flags);
        assert!(!output.status.success() && output.stdout.is_empty(), "{server} {flags:?}: {output:?}");
        String::from_utf8(output.stderr).expect("it is text")
    };
    let stranger = Authority::new();
    let other = stranger.root();
    for flags in [&[][..], &["--tls-ca", text(&other)]] {
        let said = said(&address, flags);
        assert!(said.contains("certificate") && !said.contains("transport error"), "{said}");
    }
    let plain = address.replace("https://", "http://");
    said(&plain, &[]);
    assert!(said(&plain, &["--tls-ca", text(&root)]).contains("https://"), "the text would be open");
    assert!(said(plain.trim_start_matches("http://"), &[]).contains("must begin with https://"));
    end(server);
}

/// A server without TLS gets no word of the text.
#[test]
fn https_never_falls_back_to_plain_text() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = format!("https://{}", listener.local_addr().expect("it has an address"));
    let heard = thread::spawn(move || {
        let mut stream = listener.accept().expect("it connects").0;
        let mut bytes = [0; 3];
        stream.read_exact(&mut bytes).expect("it speaks");
        bytes
    });
    let authority = Authority::new();
    assert!(!run(&address, &["--tls-ca", text(&authority.root())]).status.success());
    // The first bytes of a handshake of TLS; plain text would begin with "PRI".
    assert_eq!(heard.join().expect("it ends")[..2], [22, 3]);
}

#[test]
fn a_server_can_ask_for_the_certificates_of_its_clients() {
    let (authority, others) = (Authority::new(), Authority::new());
    let roots = authority.root();
    let (server, address) = server(&authority.pair("server"), &["--tls-client-ca", text(&roots)]);
    let trusted = ["--tls-ca", text(&roots)];
    assert!(!translates(&address, &trusted), "a client without a certificate is refused");
    for (of, is_known) in [(&authority, true), (&others, false)] {
        let (certificate, key) = of.pair("client");
        let identity = ["--client-cert", text(&certificate), "--client-key", text(&key)];
        assert_eq!(translates(&address, &[&trusted[..], &identity].concat()), is_known);
    }
    end(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_certificates_are_used_and_no_call_ends() {
    let (old, new) = (Authority::new(), Authority::new());
    let pair = old.pair("server");
    let (server, address) = server(&pair, &[]);
    let trusting = |authority: &Authority| Server {
        url: address.clone(),
        tls: ClientTls { roots: Some(authority.root()), identity: None },
        key: None,
    };
    let mut client =
        TranslationServiceClient::new(trusting(&old).connect(None).await.expect("it is trusted"));
    let (send, messages) = mpsc::unbounded();
    send.unbounded_send(support::stream_start()).expect("it is open");
    let mut answers = client.translate_stream(messages).await.expect("it begins").into_inner();
    trusting(&new).connect(None).await.expect_err("it has another certificate");

    fs::write(&pair.0, "half of a file").expect("it can be written");
    tokio::time::sleep(Duration::from_secs(3)).await;
    trusting(&old).connect(None).await.expect("an invalid file changes nothing");
    new.sign(&pair.0, &pair.1);
    while trusting(&new).connect(None).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    trusting(&old).connect(None).await.expect_err("the new certificate is of another root");
    send.unbounded_send(support::stream_text(b"All is well.")).expect("it is open");
    drop(send);
    let answer = answers.next().await.expect("there is an answer");
    answer.expect("the stream goes on");
    end(server);
}

#[test]
fn an_open_address_needs_tls_or_insecure() {
    let refused = |flags: &[&str]| {
        let output = process::triglot().args(["serve", "--model", "copy"]).args(flags).output();
        let output = output.expect("the program runs");
        assert!(!output.status.success(), "{flags:?}");
        String::from_utf8(output.stderr).expect("it is text")
    };
    let said = refused(&["--listen", "0.0.0.0:0"]);
    assert!(said.contains("--tls-cert") && said.contains("--insecure"), "{said}");
    let (server, address) = process::serving(&["--model", "copy", "--listen", "0.0.0.0:0", "--insecure"]);
    assert!(translates(&address.replace("0.0.0.0", "127.0.0.1"), &[]));
    end(server);

    let authority = Authority::new();
    let (certificate, key) = authority.pair("server");
    fs::write(&key, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n")
        .expect("it is written");
    let said = refused(&["--tls-cert", text(&certificate), "--tls-key", text(&key)]);
    assert!(said.contains(text(&key)) && !said.contains("c2VjcmV0"), "{said}");
}
