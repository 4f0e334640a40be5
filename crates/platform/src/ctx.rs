use crate::breaker::Breakers;
use crate::events::Bus;
use crate::limits::Limits;
use crate::mail::Mailer;
use crate::passwords::Passwords;
use crate::payments::Payments;
use crate::settings::Settings;
use crate::sms::SmsSender;
use crate::{Db, Tx};
use chrono::{DateTime, SubsecRound, Utc};
use kernel::{Id, Outcome};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Everything a use case needs from the outside. Cheap to clone.
#[derive(Clone)]
pub struct Ctx(Arc<Parts>);

/// The parts of a [`Ctx`].
pub struct Parts {
    pub db: Db,
    /// For long reads of what may be a moment old: a replica, or the database itself.
    pub reports: Db,
    pub clock: Clock,
    pub settings: Settings,
    pub bus: Bus,
    pub mailer: Box<dyn Mailer>,
    pub sms: Box<dyn SmsSender>,
    pub payments: Box<dyn Payments>,
    pub breakers: Breakers,
    pub passwords: Passwords,
    /// What use cases keep in memory between calls.
    pub kept: Kept,
    pub limits: Box<dyn Limits>,
    /// Wakes the job workers of this process when a job was committed.
    pub wake: tokio::sync::Notify,
    /// How many requests are being answered.
    requests: AtomicUsize,
}

impl Ctx {
    /// A context on the system's clock with the providers that the settings name.
    pub fn new(db: Db, settings: Settings) -> anyhow::Result<Ctx> {
        Ctx::with_clock(db, settings, Clock::System)
    }

    /// As `new`, with a clock that the caller sets: for tests and demo data.
    pub fn with_clock(db: Db, settings: Settings, clock: Clock) -> anyhow::Result<Ctx> {
        Ok(Ctx(Arc::new(Parts {
            limits: crate::limits::of_settings(&settings, &db),
            reports: match &settings.database_read_url {
                Some(url) => Db::connect_replica(url)?,
                None => db.clone(),
            },
            db,
            clock,
            bus: Bus::default(),
            mailer: crate::mail::from_settings(&settings)?,
            sms: crate::sms::from_settings(&settings)?,
            payments: crate::payments::from_settings(&settings)?,
            breakers: Breakers::default(),
            passwords: Passwords::new(settings.bcrypt_cost),
            kept: Kept::default(),
            wake: tokio::sync::Notify::new(),
            requests: AtomicUsize::new(0),
            settings,
        })))
    }

    /// Counts a request, until what is returned is dropped.
    pub fn begin_request(&self) -> UnderWay {
        self.requests.fetch_add(1, Ordering::Relaxed);
        UnderWay(self.clone())
    }

    /// Whether requests wait for one another: there are more than this process can work at. What can wait gives way then.
    pub fn is_busy(&self) -> bool {
        static CORES: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(4, usize::from));
        self.requests.load(Ordering::Relaxed) > 2 * *CORES
    }

    /// The time, in UTC and cut to microseconds, which is what both engines keep.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A new record's identity: a UUIDv7, so that neighbours in time are neighbours in the index.
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    pub fn new_id(&self) -> Id {
        uuid::Uuid::now_v7().simple().to_string()
    }

    /// Random bytes, for what must not be guessed.
    #[expect(clippy::disallowed_methods, reason = "the one place that makes secrets")]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        rand::random()
    }

    /// 256 random bits as URL-safe text, for links and tokens.
    pub fn new_secret(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.random::<32>())
    }

    /// Begins a use case's transaction.
    pub async fn begin(&self) -> Outcome<Tx> {
        self.db.begin(self.clone()).await
    }
}

/// A request that is being answered.
pub struct UnderWay(Ctx);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Deref for Ctx {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// One value of each type, kept by this process: for what is read often and changes seldom.
#[derive(Default)]
pub struct Kept(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Kept {
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let value = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<T>()).cloned()?;
        value.downcast().ok()
    }

    /// The value, made at the first call.
    pub fn get_or_default<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value = values.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())).clone();
        value.downcast().unwrap_or_default()
    }

    pub fn set<T: Any + Send + Sync>(&self, value: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(TypeId::of::<T>(), Arc::new(value));
    }
}

/// How far the clocks of two machines may be apart before one of them is wrong.
pub const CLOCK_SKEW: chrono::Duration = chrono::Duration::seconds(60);

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    System,
    /// Stands still until it is set.
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    pub fn fixed(at: DateTime<Utc>) -> Clock {
        Clock::Fixed(Arc::new(Mutex::new(at)))
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Clock::System => Utc::now(),
            Clock::Fixed(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        }
        .trunc_subsecs(6)
    }

    /// Moves a fixed clock; the system's clock does not move.
    pub fn set(&self, to: DateTime<Utc>) {
        if let Clock::Fixed(at) = self {
            *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to;
        }
    }
}
