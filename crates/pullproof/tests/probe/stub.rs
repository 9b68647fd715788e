//! A server on loopback that answers as a test wants, for what real registries do elsewhere.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Method and path.
    pub(crate) line: String,
    /// The value of `Authorization`, empty without one.
    pub(crate) authorization: String,
    pub(crate) body: String,
}

/// A server; it goes with the test.
pub(crate) struct Stub {
    pub(crate) address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Stub {
    /// Answers each request with a status line, headers and a body; an empty text is no answer,
    /// and the connection stays open.
    pub(crate) fn start(answer: impl Fn(&Request) -> String + Send + Sync + 'static) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let seen = Arc::clone(&requests);
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                thread::spawn(move || serve(stream.unwrap(), &seen, &*answer));
            }
        });
        Stub { address, requests }
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request) -> String) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        seen.lock().unwrap().push(request.clone());
        let text = answer(&request);
        if reader.get_mut().write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

/// `None` at the end, and for what is no HTTP, such as the start of TLS.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut text = String::new();
    let mut n_bytes = 0;
    while !text.ends_with("\r\n\r\n") {
        let n_read = reader.read_line(&mut text).ok()?;
        if n_read == 0 {
            return None;
        }
    }
    let (line, headers) = text.split_once(" HTTP/1.1\r\n")?;
    let mut authorization = String::new();
    for header in headers.lines() {
        match header.split_once(": ") {
            Some(("authorization", value)) => authorization = value.to_owned(),
            Some(("content-length", value)) => n_bytes = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; n_bytes];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        line: line.to_owned(),
        authorization,
        body: String::from_utf8(body).unwrap(),
    })
}

/// An answer with headers, each ended by a line break.
pub(crate) fn reply(status: &str, headers: &str, body: &str) -> String {
    let headers = headers.replace('\n', "\r\n");
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
}
