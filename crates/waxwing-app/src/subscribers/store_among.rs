//! SQL of counting many people by a plain field.

use waxwing_domain::SubjectNo;
use waxwing_store::{Chunk, Row, StoreError, Tx, args, statement};

// JSON is text on both engines; each has its own way into it.
statement! { VALUES,
sqlite: "SELECT CAST(json_extract(plain, '$.' || $2) AS TEXT), COUNT(*) FROM subscribers
 WHERE workspace_id = $1 AND subject IN [$3] GROUP BY 1",
postgres: "SELECT plain::json ->> $2::text, COUNT(*) FROM subscribers
 WHERE workspace_id = $1 AND subject IN [$3] GROUP BY 1" }
statement! { VALUES_OF_SPAN,
sqlite: "SELECT CAST(json_extract(plain, '$.' || $2) AS TEXT), COUNT(*) FROM subscribers
 WHERE workspace_id = $1 AND subject >= $3 AND subject <= $4 GROUP BY 1",
postgres: "SELECT plain::json ->> $2::text, COUNT(*) FROM subscribers
 WHERE workspace_id = $1 AND subject >= $3 AND subject <= $4 GROUP BY 1" }

// The same where many are alike: what stands for all fields together is grouped first, and read once for each kind.
statement! { VALUES_ALIKE,
sqlite: "SELECT CAST(json_extract(plain, '$.' || $2) AS TEXT), SUM(many), COUNT(*) FROM
   (SELECT plain, COUNT(*) AS many FROM subscribers WHERE workspace_id = $1 AND subject IN [$3] GROUP BY plain) AS alike
 GROUP BY 1",
postgres: "SELECT plain::json ->> $2::text, SUM(many)::bigint, COUNT(*) FROM
   (SELECT plain, COUNT(*) AS many FROM subscribers WHERE workspace_id = $1 AND subject IN [$3] GROUP BY plain) AS alike
 GROUP BY 1" }
statement! { VALUES_ALIKE_OF_SPAN,
sqlite: "SELECT CAST(json_extract(plain, '$.' || $2) AS TEXT), SUM(many), COUNT(*) FROM
   (SELECT plain, COUNT(*) AS many FROM subscribers
    WHERE workspace_id = $1 AND subject >= $3 AND subject <= $4 GROUP BY plain) AS alike GROUP BY 1",
postgres: "SELECT plain::json ->> $2::text, SUM(many)::bigint, COUNT(*) FROM
   (SELECT plain, COUNT(*) AS many FROM subscribers
    WHERE workspace_id = $1 AND subject >= $3 AND subject <= $4 GROUP BY plain) AS alike GROUP BY 1" }

/// What a chunk of people has.
pub(super) struct Valued {
    /// How many have which value; `None` for those without.
    pub counts: Vec<(Option<String>, u64)>,
    /// How many kinds of people there are by all plain fields together, where that was counted.
    pub kinds: Option<u64>,
}

/// How many of these people have which value. `alike` says that few kinds are expected: a guess that costs time where
/// it is wrong, and nothing else.
pub(super) async fn values(tx: &mut Tx, key: &str, people: &Chunk, alike: bool) -> Result<Valued, StoreError> {
    let count = |r: &Row<'_>| Ok((r.opt_text(0)?, r.int(1)?.cast_unsigned()));
    let kinds = |r: &Row<'_>| Ok((count(r)?, r.int(2)?.cast_unsigned()));
    if !alike {
        let counts = match people {
            Chunk::Span(first, last) => tx.all(&VALUES_OF_SPAN, args![key, *first, *last], count).await?,
            Chunk::Some(numbers) => tx.all(&VALUES, args![key, numbers.clone()], count).await?,
        };
        return Ok(Valued { counts, kinds: None });
    }
    let rows = match people {
        Chunk::Span(first, last) => tx.all(&VALUES_ALIKE_OF_SPAN, args![key, *first, *last], kinds).await?,
        Chunk::Some(numbers) => tx.all(&VALUES_ALIKE, args![key, numbers.clone()], kinds).await?,
    };
    let kinds = Some(rows.iter().map(|(_, kinds)| kinds).sum());
    Ok(Valued { counts: rows.into_iter().map(|(count, _)| count).collect(), kinds })
}

statement! { EACH,
sqlite: "SELECT subject, CAST(json_extract(plain, '$.' || $2) AS TEXT) FROM subscribers
 WHERE workspace_id = $1 AND subject IN [$3]",
postgres: "SELECT subject, plain::json ->> $2::text FROM subscribers WHERE workspace_id = $1 AND subject IN [$3]" }
statement! { EACH_OF_SPAN,
sqlite: "SELECT subject, CAST(json_extract(plain, '$.' || $2) AS TEXT) FROM subscribers
 WHERE workspace_id = $1 AND subject >= $3 AND subject <= $4",
postgres: "SELECT subject, plain::json ->> $2::text FROM subscribers
 WHERE workspace_id = $1 AND subject >= $3 AND subject <= $4" }

/// Which value each of these people has; `None` for those without.
pub(super) async fn each(
    tx: &mut Tx,
    key: &str,
    people: &Chunk,
) -> Result<Vec<(SubjectNo, Option<String>)>, StoreError> {
    let row = |r: &Row<'_>| Ok((r.subject(0)?, r.opt_text(1)?));
    match people {
        Chunk::Span(first, last) => tx.all(&EACH_OF_SPAN, args![key, *first, *last], row).await,
        Chunk::Some(numbers) => tx.all(&EACH, args![key, numbers.clone()], row).await,
    }
}
