//! The SQL of alerts.

use super::{Act, Alert, Detector, Filter, Subject, Verdict};
use waxwing_detect::Finding;
use waxwing_domain::{AccountId, AlertId, CampaignId, Ctx, ImportId, Micros, SourceId, Thing};
use waxwing_store::{Row, StoreError, Tx, Value, args, statement};

statement! { INSERT,
"INSERT INTO alerts (id, workspace_id, at, detector, about, campaign, finding, act, account, thing_kind, thing_id, first_at)
     VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING" }
statement! { PAGE,
"SELECT a.id, a.at, a.detector, a.campaign, a.finding, a.act, a.verdict, c.name, a.account, a.about,
       a.thing_kind, a.thing_id, a.first_at
     FROM alerts a LEFT JOIN campaigns c ON c.workspace_id = a.workspace_id AND c.id = a.campaign
     WHERE a.workspace_id = $1 AND a.id < $2 AND ($4 = '' OR a.detector = $4)
       AND ($5 = 'all' OR CASE WHEN a.verdict IS NULL THEN 'open' ELSE 'judged' END = $5)
     ORDER BY a.id DESC LIMIT $3" }
statement! { ASKING,
"SELECT a.id, a.at, a.detector, a.campaign, a.finding, a.act, a.verdict, c.name, a.account, a.about,
       a.thing_kind, a.thing_id, a.first_at
     FROM alerts a LEFT JOIN campaigns c ON c.workspace_id = a.workspace_id AND c.id = a.campaign
     WHERE a.workspace_id = $1 AND a.act IN ('containment_asked', 'containing') AND a.verdict IS NULL
     ORDER BY a.id DESC LIMIT 20" }
statement! { ONE,
"SELECT a.id, a.at, a.detector, a.campaign, a.finding, a.act, a.verdict, c.name, a.account, a.about,
       a.thing_kind, a.thing_id, a.first_at
     FROM alerts a LEFT JOIN campaigns c ON c.workspace_id = a.workspace_id AND c.id = a.campaign
     WHERE a.workspace_id = $1 AND a.id = $2" }
statement! { OF, "SELECT detector FROM alerts WHERE workspace_id = $1 AND about = $2" }
statement! { OPEN, "SELECT COUNT(*) FROM alerts WHERE workspace_id = $1 AND verdict IS NULL" }
statement! { JUDGE,
"UPDATE alerts SET verdict = $3, judged_at = $4, judged_by = $5 WHERE workspace_id = $1 AND id IN [$2]" }
statement! { TURN, "UPDATE alerts SET act = $3 WHERE workspace_id = $1 AND id = $2 AND act = 'containing'" }
statement! { VERDICTS,
"SELECT detector, verdict, COUNT(*) FROM alerts WHERE workspace_id = $1 GROUP BY detector, verdict ORDER BY detector" }
statement! { RECENT,
"SELECT id FROM sources WHERE workspace_id = $1 AND kind = 'campaign' AND started = 1
       AND (state = 'running' OR finished_at >= $2)
     ORDER BY id DESC LIMIT $3" }
// Finished campaigns that share a list with this source, newest first.
statement! { HISTORY,
"SELECT s.id FROM sources s
     WHERE s.workspace_id = $1 AND s.kind = 'campaign' AND s.state = 'done' AND s.id <> $2 AND EXISTS (
       SELECT 1 FROM source_lists theirs JOIN source_lists ours
         ON ours.workspace_id = theirs.workspace_id AND ours.list_id = theirs.list_id
       WHERE theirs.workspace_id = $1 AND theirs.source_id = s.id AND ours.source_id = $2)
     ORDER BY s.id DESC LIMIT $3" }

/// An alert to be raised.
pub(super) struct New {
    pub detector: Detector,
    /// The source, day, person or place that it speaks of.
    pub about: i64,
    pub campaign: Option<CampaignId>,
    pub account: Option<AccountId>,
    pub finding: Finding,
    /// The source that it is about, if any.
    pub source: Option<SourceId>,
    /// The import that it is about, if any.
    pub import: Option<ImportId>,
    /// What it is about, where that is none of these.
    pub subject: Option<Subject>,
    /// When there was the first sign of it; now where `None`.
    pub since: Option<Micros>,
}

impl New {
    /// One that is about no campaign and no person.
    pub const fn of(detector: Detector, about: i64, finding: Finding) -> Self {
        let (campaign, account, source, import) = (None, None, None, None);
        Self { detector, about, campaign, account, finding, source, import, subject: None, since: None }
    }

    /// The one thing that it is about.
    pub fn subject(&self) -> Option<Subject> {
        let import = self.import.map(Subject::Import);
        self.subject.or_else(|| of_columns(self.account, import, self.campaign))
    }
}

fn of_columns(account: Option<AccountId>, import: Option<Subject>, campaign: Option<CampaignId>) -> Option<Subject> {
    let account = account.map(|id| Subject::Thing(Thing::Account(id)));
    account.or(import).or(campaign.map(Subject::Campaign))
}

/// Raises an alert unless its detector spoke of this before; gives its id if it did not.
pub(super) async fn insert(tx: &mut Tx, ctx: &Ctx, new: &New, act: Act) -> Result<Option<AlertId>, StoreError> {
    let id = AlertId::from_i64(ctx.new_id());
    let finding = serde_json::to_string(&new.finding).map_err(|_| StoreError::Damaged("a finding".into()))?;
    let (kind, number) = new.subject().map(|one| (one.kind().to_owned(), one.number())).unzip();
    let (detector, act) = (new.detector.as_str(), act.as_str());
    let row =
        args![id, ctx.now(), detector, new.about, new.campaign, finding, act, new.account, kind, number, new.since];
    Ok((tx.exec(&INSERT, row).await? == 1).then_some(id))
}

fn read(r: &Row<'_>) -> Result<Alert, StoreError> {
    let (campaign, account) = (r.opt_int(3)?.map(CampaignId::from_i64), r.opt_int(8)?.map(AccountId::from_i64));
    let named = match (r.opt_text(10)?, r.opt_int(11)?) {
        (Some(kind), Some(number)) => Subject::from_columns(&kind, number),
        _ => None,
    };
    let at = r.time(1)?;
    Ok(Alert {
        id: AlertId::from_i64(r.int(0)?),
        at,
        since: r.opt_time(12)?.map_or(at, |first| first.min(at)),
        detector: r.word(2, Detector::parse)?,
        subject: named.or_else(|| of_columns(account, None, campaign)),
        campaign,
        finding: r.json(4)?,
        act: r.word(5, Act::parse)?,
        verdict: verdict(r.opt_text(6)?)?,
        name: r.opt_text(7)?,
        account,
        about: r.int(9)?,
    })
}

fn verdict(word: Option<String>) -> Result<Option<Verdict>, StoreError> {
    let read = |word: String| Verdict::parse(&word).ok_or_else(|| StoreError::Damaged("a verdict".into()));
    word.map(read).transpose()
}

pub(super) async fn page(tx: &mut Tx, filter: Filter, before: i64, limit: i64) -> Result<Vec<Alert>, StoreError> {
    let detector = filter.detector.map_or("", Detector::as_str);
    tx.all(&PAGE, args![before, limit, detector, filter.standing.as_str()], read).await
}

/// Alerts that ask for containment and that nobody judged, the newest first.
pub(super) async fn asking(tx: &mut Tx) -> Result<Vec<Alert>, StoreError> {
    tx.all(&ASKING, args![], read).await
}

pub(super) async fn by_id(tx: &mut Tx, id: AlertId) -> Result<Option<Alert>, StoreError> {
    tx.optional(&ONE, args![id], read).await
}

/// The detectors that spoke of a source.
pub(super) async fn of(tx: &mut Tx, source: SourceId) -> Result<Vec<Detector>, StoreError> {
    tx.all(&OF, args![source], |r| r.word(0, Detector::parse)).await
}

pub(super) async fn open(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.one(&OPEN, args![], |r| r.int(0)).await
}

/// Gives how many of these there were.
pub(super) async fn judge(tx: &mut Tx, ctx: &Ctx, ids: &[AlertId], verdict: Verdict) -> Result<u64, StoreError> {
    let ids = Value::Ints(ids.iter().map(|id| id.as_i64()).collect());
    tx.exec(&JUDGE, args![ids, verdict.as_str(), ctx.now(), ctx.actor.principal()]).await
}

/// Says what came of containing by itself; false where that was said before.
pub(super) async fn turn(tx: &mut Tx, id: AlertId, act: Act) -> Result<bool, StoreError> {
    Ok(tx.exec(&TURN, args![id, act.as_str()]).await? == 1)
}

/// How many alerts of each detector got each verdict.
pub(super) async fn verdicts(tx: &mut Tx) -> Result<Vec<(Detector, Option<Verdict>, i64)>, StoreError> {
    tx.all(&VERDICTS, args![], |r| Ok((r.word(0, Detector::parse)?, verdict(r.opt_text(1)?)?, r.int(2)?))).await
}

/// Campaigns' sources that run, or finished since `since`; newest first.
pub(super) async fn recent(tx: &mut Tx, since: Micros, limit: i64) -> Result<Vec<SourceId>, StoreError> {
    tx.all(&RECENT, args![since, limit], |r| Ok(SourceId::from_i64(r.int(0)?))).await
}

/// The sources that a source's history is made of; newest first.
pub(super) async fn history(tx: &mut Tx, source: SourceId, limit: i64) -> Result<Vec<SourceId>, StoreError> {
    tx.all(&HISTORY, args![source, limit], |r| Ok(SourceId::from_i64(r.int(0)?))).await
}
