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

/// How many of these people have which value; `None` for those without.
pub(super) async fn values(tx: &mut Tx, key: &str, people: &Chunk) -> Result<Vec<(Option<String>, u64)>, StoreError> {
    let row = |r: &Row<'_>| Ok((r.opt_text(0)?, r.int(1)?.cast_unsigned()));
    match people {
        Chunk::Span(first, last) => tx.all(&VALUES_OF_SPAN, args![key, *first, *last], row).await,
        Chunk::Some(numbers) => tx.all(&VALUES, args![key, numbers.clone()], row).await,
    }
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
