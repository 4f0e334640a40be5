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
    /// Has `item` done: at once when nobody is before it, otherwise with whatever else waits. What waits is done
    /// even when its caller goes away meanwhile; what is done at once ends with its caller.
    pub async fn run(self: Arc<Self>, ctx: &Ctx, item: T, work: Work<T, R>) -> Outcome<R> {
        let item = match self.join_queue(item) {
            Ok(result) => return result.await.map_err(Problem::internal)?,
            Err(item) => item,
        };
        // Those who came meanwhile have their turn afterwards, whatever becomes of this one.
        let _turn = Turn { batcher: self, ctx: ctx.clone(), work };
        work(ctx, &[item]).await?.pop().ok_or_else(no_result)
    }

    /// Gives the item back when nobody is before it: its caller begins the run.
    fn join_queue(&self, item: T) -> Result<oneshot::Receiver<Outcome<R>>, T> {
        let mut queue = self.lock();
        if !std::mem::replace(&mut queue.is_running, true) {
            return Err(item);
        }
        let (done, result) = oneshot::channel();
        queue.waiting.push((item, done));
        Ok(result)
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

/// The turn of the one who is done at once. Its end begins the next.
struct Turn<T: Send + Sync + 'static, R: Send + 'static> {
    batcher: Arc<Batcher<T, R>>,
    ctx: Ctx,
    work: Work<T, R>,
}

impl<T: Send + Sync + 'static, R: Send + 'static> Drop for Turn<T, R> {
    fn drop(&mut self) {
        let Some(first) = self.batcher.next() else { return };
        let (batcher, ctx, work) = (self.batcher.clone(), self.ctx.clone(), self.work);
        tokio::spawn(async move {
            let mut next = Some(first);
            while let Some(batch) = next {
                // After a panic its callers are told, and the queue goes on.
                let _ = AssertUnwindSafe(do_batch(&ctx, batch, work)).catch_unwind().await;
                next = batcher.next();
            }
        });
    }
}

fn no_result() -> Problem {
    Problem::internal("a batch without a result")
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
            let mut away: Option<String> = None;
            for (item, caller) in items.iter().zip(callers) {
                let result = match &away {
                    // The database is away: not each must wait for it in turn.
                    Some(why) => Err(Problem::Unavailable(why.clone())),
                    None => work(ctx, std::slice::from_ref(item)).await.and_then(|mut results| results.pop().ok_or_else(no_result)),
                };
                // A deadlock is one's own bad luck.
                if let Err(Problem::Unavailable(why)) = &result
                    && ctx.db.ping().await.is_err()
                {
                    away = Some(why.clone());
                }
                let _ = caller.send(result);
            }
        }
        Err(problem) => {
            for (caller, problem) in callers.into_iter().zip([problem]) {
                let _ = caller.send(Err(problem));
            }
        }
    }
}
