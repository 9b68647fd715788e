//! `pullproof lsp`: a language server, so that an editor shows findings while one types.

mod actions;
mod analysis;
mod definition;
mod diagnostics;
mod documents;
mod hover;
mod place;
mod server;
mod settings;
mod transport;
mod uri;
mod wire;
mod workspace;

use anyhow::{Context as _, Result};
use clap::Args;
use server::Server;
use std::io::{BufReader, BufWriter};
use std::sync::mpsc;
use std::thread;
use transport::Incoming;

#[derive(Args)]
#[command(
    after_help = "The editor starts it and talks on standard input and output.\n\
    It looks at every YAML and JSON file of the workspace, as the editor has it open, with the\n\
    choices of the first folder's `.pullproof.toml`.\n\n\
    initializationOptions:\n  \
    openshift     the release to judge for, such as \"4.16\"; the newest by default\n  \
    releaseImage  the image of the release payload\n\n\
    Exit codes: 0 after `shutdown`, 1 when the editor leaves without it."
)]
pub(crate) struct Arguments {
    /// Taken for granted: some editors say so.
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Most messages that wait; then the client does.
const WAITING_MAX: usize = 1_000;

pub(crate) fn run(Arguments { stdio: _ }: &Arguments) -> Result<u8> {
    let (sender, receiver) = mpsc::sync_channel(WAITING_MAX);
    // Ends with the process: nothing can end a thread that waits for input.
    thread::spawn(move || {
        let mut input = BufReader::new(std::io::stdin());
        loop {
            let incoming = transport::read(&mut input).transpose();
            let is_last = !matches!(incoming, Some(Ok(_)));
            if sender.send(incoming).is_err() || is_last {
                break;
            }
        }
    });
    let mut output = BufWriter::new(std::io::stdout());
    let mut server = Server::new();
    let mut exit = None;
    while exit.is_none()
        && let Ok(first) = receiver.recv()
    {
        // What waits is taken together, so that typing is looked at in its pauses.
        for incoming in std::iter::once(first).chain(receiver.try_iter()) {
            match incoming.transpose().context("cannot read standard input")? {
                None => exit = Some(server.exit_code()),
                Some(Incoming::Message(message)) => exit = server.take(message),
                Some(Incoming::Malformed(reason)) => server.take_malformed(reason),
            }
            if exit.is_some() {
                break;
            }
        }
        if exit.is_none() {
            server.settle();
        }
        for message in server.outbox.drain(..) {
            transport::write(&mut output, &message).context("cannot answer")?;
        }
    }
    Ok(exit.unwrap_or_else(|| server.exit_code()))
}
