//! Leases: one holder at a time, with an epoch that fences whoever held it before.

use crate::{Lost, Store, StoreError, Tx, args, statement};
use waxwing_domain::{Micros, WorkspaceId};

/// How long a lease lasts without a heartbeat.
const LENGTH: i64 = 10 * Micros::SECOND;

statement! { system TAKE,
"INSERT INTO leases (name, owner, epoch, until) VALUES ($1, $2, 1, $3)
     ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until,
       epoch = leases.epoch + CASE WHEN leases.owner = excluded.owner THEN 0 ELSE 1 END
     WHERE leases.until < $4 OR leases.owner = excluded.owner
     RETURNING epoch" }
statement! { system RENEW, "UPDATE leases SET until = $3 WHERE name = $1 AND owner = $2 AND epoch = $4" }
statement! { system RELEASE, "UPDATE leases SET until = 0 WHERE name = $1 AND owner = $2" }
statement! { system CHECK, "SELECT epoch FROM leases WHERE name = $1 AND owner = $2 AND epoch = $3" }

/// A name that one process at a time may hold.
#[derive(Clone, Debug)]
pub struct Lease {
    name: &'static str,
    owner: String,
}

/// A held lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseHold {
    /// Grows with every change of holder.
    pub epoch: i64,
}

impl Lease {
    /// A lease that this process may try to take.
    pub fn new(name: &'static str, store: &Store) -> Self {
        let mut bytes = [0u8; 16];
        store.rng().fill(&mut bytes);
        Self { name, owner: hex::encode(bytes) }
    }

    /// Takes or keeps the lease; `None` while somebody else holds it.
    pub async fn take(&self, store: &Store) -> Result<Option<LeaseHold>, StoreError> {
        let now = store.clock().now();
        let mut tx = store.begin(WorkspaceId::from_i64(0), "lease.take").await?;
        let epoch = tx.optional(&TAKE, args![self.name, &self.owner, now.plus(LENGTH), now], |r| r.int(0)).await?;
        tx.commit().await?;
        Ok(epoch.map(|epoch| LeaseHold { epoch }))
    }

    /// Keeps the lease, or says that it is lost.
    pub async fn renew(&self, store: &Store, hold: LeaseHold) -> Result<(), StoreError> {
        let until = store.clock().now().plus(LENGTH);
        let mut tx = store.begin(WorkspaceId::from_i64(0), "lease.renew").await?;
        let kept = tx.exec(&RENEW, args![self.name, &self.owner, until, hold.epoch]).await?;
        tx.commit().await?;
        if kept == 1 { Ok(()) } else { Err(Lost(self.name).into()) }
    }

    /// Gives the lease back.
    pub async fn release(&self, store: &Store) -> Result<(), StoreError> {
        let mut tx = store.begin(WorkspaceId::from_i64(0), "lease.release").await?;
        tx.exec(&RELEASE, args![self.name, &self.owner]).await?;
        tx.commit().await
    }

    /// Inside a transaction: goes on only while the lease is still this hold.
    pub async fn fence(&self, tx: &mut Tx, hold: LeaseHold) -> Result<(), StoreError> {
        tx.optional(&CHECK, args![self.name, &self.owner, hold.epoch], |r| r.int(0))
            .await?
            .map(drop)
            .ok_or(Lost(self.name).into())
    }
}
