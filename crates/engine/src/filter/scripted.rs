//! A filter that does as its test says: it waits with heads for a permit, and tells what it sees.
//!
//! It stands in for the filter whose configured name begins with its own.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

use super::HttpFilter;
use crate::codec::Piece;
use crate::head::Head;
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, HeadAction, Pieces, Resume};

static SCRIPTS: LazyLock<Mutex<HashMap<String, Script>>> = LazyLock::new(Mutex::default);

/// What the filters of one name do.
#[derive(Debug, Clone)]
pub struct Script {
    name: &'static str,
    seen: Arc<Mutex<Vec<String>>>,
    /// A permit for each request that may go on.
    requests: Option<Arc<Semaphore>>,
    /// A permit for each response that may go on.
    responses: Option<Arc<Semaphore>>,
}

/// What is written by the filters of a test, in order.
#[derive(Debug, Default, Clone)]
pub struct Seen(pub Arc<Mutex<Vec<String>>>);

impl Seen {
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Puts a script in the place of the filter of a name, which no other test may use.
pub fn put(
    name: &'static str,
    seen: &Seen,
    requests: Option<&Arc<Semaphore>>,
    responses: Option<&Arc<Semaphore>>,
) {
    let script = Script {
        name,
        seen: Arc::clone(&seen.0),
        requests: requests.cloned(),
        responses: responses.cloned(),
    };
    let old = SCRIPTS.lock().unwrap_or_else(PoisonError::into_inner).insert(name.into(), script);
    assert!(old.is_none(), "two tests have a filter named {name}");
}

/// The script of a name, if a test has put one.
pub fn find(name: &str) -> Option<Script> {
    SCRIPTS.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
}

impl Script {
    pub fn stream(&self) -> Filter {
        Filter { script: self.clone(), wait: None }
    }
}

type Permit = Pin<Box<dyn Future<Output = ()>>>;

/// The filter on one stream.
pub struct Filter {
    script: Script,
    wait: Option<Permit>,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Filter").field("script", &self.script).finish_non_exhaustive()
    }
}

impl Filter {
    fn tell(&self, what: &str) {
        let line = format!("{} {what}", self.script.name);
        self.script.seen.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn wait_for(&mut self, gate: Option<Arc<Semaphore>>) -> HeadAction {
        let Some(gate) = gate else { return HeadAction::Continue };
        self.wait = Some(Box::pin(async move {
            let permit: Result<SemaphorePermit<'_>, AcquireError> = gate.acquire().await;
            permit.expect("no test closes it").forget();
        }));
        HeadAction::Wait
    }

    fn poll(&mut self, task: &mut Context<'_>) -> Poll<Resume> {
        match self.wait.as_mut().map(|wait| wait.as_mut().poll(task)) {
            Some(Poll::Pending) => Poll::Pending,
            Some(Poll::Ready(())) | None => {
                self.wait = None;
                self.tell("goes on");
                Poll::Ready(Resume::Continue)
            }
        }
    }
}

fn told(piece: &Piece) -> String {
    match piece {
        Piece::Data(data) => String::from_utf8_lossy(data).into_owned(),
        Piece::Trailers(_) => "trailers".into(),
        Piece::End => "end".into(),
    }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        self.tell(&format!("request {}", String::from_utf8_lossy(cx.request().path())));
        self.wait_for(self.script.requests.clone())
    }

    fn watches_request_body(&self) -> bool {
        true
    }

    fn request_piece(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        self.tell(&format!("request {}", told(&piece)));
        out.push(piece);
        Ok(())
    }

    fn poll_request(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        task: &mut Context<'_>,
    ) -> Poll<Resume> {
        self.poll(task)
    }

    fn response_head(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        head: &mut Head,
        _: bool,
    ) -> HeadAction {
        self.tell(&format!("response {}", head.status()));
        self.wait_for(self.script.responses.clone())
    }

    fn takes_response_body(&self) -> bool {
        self.wait.is_none()
    }

    fn watches_response_body(&self) -> bool {
        true
    }

    fn response_piece(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        self.tell(&format!("response {}", told(&piece)));
        out.push(piece);
        Ok(())
    }

    fn poll_response(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        _: &mut Head,
        task: &mut Context<'_>,
    ) -> Poll<Resume> {
        self.poll(task)
    }

    fn done(&mut self, _: &mut FilterContext<'_, '_>) {
        self.tell("done");
    }
}
