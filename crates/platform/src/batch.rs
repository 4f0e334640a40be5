//! Work that arrives at once, done together: while one batch runs, the next one gathers. A lone caller waits
//! for nobody, and many callers share the cost of one transaction.

use crate::Ctx;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use kernel::{Outcome, Problem};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// The most items of one batch.
const MOST: usize = 64;

/// Does a batch: as many results as items, in their order, or nothing of it.
pub type Work<T, R> = for<'a> fn(&'a Ctx, &'a [T]) -> BoxFuture<'a, Outcome<Vec<R>>>;

/// A queue in front of a piece of work; a context keeps it (`ctx.kept`).
pub struct Batcher<T, R>(Mutex<Queue<T, R>>);

struct Queue<T, R> {
    waiting: Vec<(T, oneshot::Sender<Outcome<R>>)>,
    is_running: bool,
}

impl<T, R> Default for Batcher<T, R> {
    fn default() -> Batcher<T, R> {
        Batcher(Mutex::new(Queue { waiting: Vec::new(), is_running: false }))
    }
}

impl<T: Send + Sync + 'static, R: Send + 'static> Batcher<T, R> {
    /// Has `item` done with whatever else waits. It is done even when the caller goes away meanwhile.
    pub async fn run(self: Arc<Self>, ctx: &Ctx, item: T, work: Work<T, R>) -> Outcome<R> {
        let (done, result) = oneshot::channel();
        let leads = {
            let mut queue = self.lock();
            queue.waiting.push((item, done));
            !std::mem::replace(&mut queue.is_running, true)
        };
        if leads {
            let ctx = ctx.clone();
            tokio::spawn(async move {
                while let Some(batch) = self.next() {
                    // After a panic its callers are told, and the queue goes on.
                    let _ = AssertUnwindSafe(do_batch(&ctx, batch, work)).catch_unwind().await;
                }
            });
        }
        result.await.map_err(Problem::internal)?
    }

    /// What waits; `None` ends the run.
    fn next(&self) -> Option<Vec<(T, oneshot::Sender<Outcome<R>>)>> {
        let mut queue = self.lock();
        let count = queue.waiting.len().min(MOST);
        queue.is_running = count > 0;
        queue.is_running.then(|| queue.waiting.drain(..count).collect())
    }

    fn lock(&self) -> MutexGuard<'_, Queue<T, R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn do_batch<T, R>(ctx: &Ctx, batch: Vec<(T, oneshot::Sender<Outcome<R>>)>, work: Work<T, R>) {
    let (items, callers): (Vec<T>, Vec<_>) = batch.into_iter().unzip();
    match work(ctx, &items).await {
        Ok(results) => {
            for (caller, result) in callers.into_iter().zip(results) {
                // Whoever went away does not want to know.
                let _ = caller.send(Ok(result));
            }
        }
        // One of them may be the reason: each alone, so that it spoils nobody else's.
        Err(_) if items.len() > 1 => {
            for (item, caller) in items.iter().zip(callers) {
                let result = work(ctx, std::slice::from_ref(item)).await.map(|mut results| results.pop());
                let _ = caller.send(result.and_then(|one| one.ok_or_else(|| Problem::internal("a batch without a result"))));
            }
        }
        Err(problem) => {
            for (caller, problem) in callers.into_iter().zip([problem]) {
                let _ = caller.send(Err(problem));
            }
        }
    }
}
