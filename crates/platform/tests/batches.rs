//! What arrives at once shares a run, and nobody pays for what is another's.

use futures::future::join_all;
use kernel::{Outcome, Problem};
use platform::batch::Batcher;
use platform::testing::sqlite;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const WRONG: u32 = 100;
const REFUSED: u32 = 101;

/// A number, and how many runs there were.
type Item = (u32, Arc<AtomicUsize>);

async fn double(items: &[Item]) -> Outcome<Vec<u32>> {
    // The others come meanwhile.
    tokio::task::yield_now().await;
    items[0].1.fetch_add(1, Ordering::SeqCst);
    let has = |wanted: u32| items.iter().any(|(number, _)| *number == wanted);
    if has(WRONG) {
        return Err(Problem::internal("wrong"));
    }
    if has(REFUSED) {
        return Err(Problem::Unavailable("refused".into()));
    }
    Ok(items.iter().map(|(number, _)| number * 2).collect())
}

/// What each is told, and how many runs it took.
async fn doubled(numbers: [u32; 5], is_away: bool) -> (Vec<Outcome<u32>>, usize) {
    let (db, batcher, runs) = (sqlite().await, Arc::<Batcher<Item, u32>>::default(), Arc::<AtomicUsize>::default());
    if is_away {
        db.ctx.db.close().await;
    }
    let all = numbers.map(|number| batcher.clone().run(&db.ctx, (number, runs.clone()), |_, items| Box::pin(double(items))));
    (join_all(all).await, runs.load(Ordering::SeqCst))
}

#[tokio::test]
async fn those_who_wait_share_a_run_and_one_that_is_wrong_spoils_nobodys() {
    let (told, runs) = doubled([0, 1, 2, 3, 4], false).await;
    let told: Vec<u32> = told.into_iter().map(|one| one.expect("done")).collect();
    assert_eq!((told, runs), (vec![0, 2, 4, 6, 8], 2));
    for spoiled in [WRONG, REFUSED] {
        let (told, runs) = doubled([0, 1, spoiled, 3, 4], false).await;
        let told: Vec<Option<u32>> = told.into_iter().map(Result::ok).collect();
        assert_eq!((told, runs), (vec![Some(0), Some(2), None, Some(6), Some(8)], 6));
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_not_waited_for_by_each_in_turn() {
    let (told, runs) = doubled([0, REFUSED, 2, 3, 4], true).await;
    assert!(told[1..].iter().all(|one| matches!(one, Err(Problem::Unavailable(why)) if why == "refused")), "{told:?}");
    assert_eq!(runs, 3, "the first alone, all others together, and one of them once more");
}
