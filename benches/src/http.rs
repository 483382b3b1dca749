//! A small HTTP/1.1 client that keeps its connection: it costs the machine little beside the server it measures.

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One connection, one request at a time.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back; the body lies in the connection's buffer until the next request.
pub struct Answer<'c> {
    /// The status code.
    pub status: u16,
    /// The body, without the marks of its chunks.
    pub body: &'c [u8],
}

impl Connection {
    /// Connects to `host:port`.
    pub async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("nobody at {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a whole request and reads its whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.read_more().await?;
        };
        let text = str::from_utf8(&self.buffer[..head])?.to_ascii_lowercase();
        let status = text.get(9..12).and_then(|code| code.parse().ok()).context("no status")?;
        let field = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
        };
        if let Some(length) = field("content-length") {
            let end = head + length.parse::<usize>()?;
            while self.buffer.len() < end {
                self.read_more().await?;
            }
            return Ok(Answer { status, body: &self.buffer[head..end] });
        }
        if field("transfer-encoding").as_deref() != Some("chunked") {
            // 204 and 304 have no body; nothing else is expected without a length.
            return Ok(Answer { status, body: &[] });
        }
        let end = self.join_chunks(head).await?;
        Ok(Answer { status, body: &self.buffer[head..end] })
    }

    /// Reads a chunked body and moves its parts together; gives where the body then ends.
    async fn join_chunks(&mut self, head: usize) -> Result<usize> {
        let (mut end, mut at) = (head, head);
        loop {
            let line = loop {
                match find(&self.buffer[at..], b"\r\n") {
                    Some(length) => break at + length,
                    None => self.read_more().await?,
                }
            };
            let size = str::from_utf8(&self.buffer[at..line])?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)?;
            let part = line + 2;
            while self.buffer.len() < part + size + 2 {
                self.read_more().await?;
            }
            if size == 0 {
                return Ok(end);
            }
            self.buffer.copy_within(part..part + size, end);
            end += size;
            at = part + size + 2;
        }
    }

    async fn read_more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

/// A request ready to be sent.
pub fn request(method: &str, path: &str, host: &str, token: &str, content_type: &str, body: &str) -> Vec<u8> {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\naccept: {content_type}\r\n\
         content-type: {content_type}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Where a part of a text begins.
pub fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_is_read_whole_however_it_is_cut() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let serve = async {
            let (mut stream, _) = listener.accept().await.expect("a client");
            for part in [
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chu",
                "nked\r\n\r\n3\r\nab",
                "c\r\n2;x=y\r\nde\r\n0\r\n\r\n",
            ] {
                stream.write_all(part.as_bytes()).await.expect("sent");
                stream.flush().await.expect("sent");
                tokio::task::yield_now().await;
            }
            let mut asked = [0; 1_024];
            while !asked.windows(6).any(|window| window == b"second") {
                assert_ne!(stream.read(&mut asked).await.expect("a request"), 0);
            }
            stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno").await.expect("sent");
        };
        let ask = async {
            let mut connection = Connection::open(&address).await.expect("a connection");
            let answer = connection.exchange(b"first").await.expect("an answer");
            assert_eq!((answer.status, answer.body), (200, &b"abcde"[..]));
            let answer = connection.exchange(b"second").await.expect("an answer");
            assert_eq!((answer.status, answer.body), (404, &b"no"[..]));
        };
        tokio::join!(serve, ask);
    }
}
