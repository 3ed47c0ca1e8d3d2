//! JSON routes: keys, problems, paging, the document.

use crate::site::{ask, routes};
use http::StatusCode;

#[tokio::test]
async fn a_problem_document_says_what_is_wrong() {
    let got = ask("POST", "/api/v1/lists").with("authorization", "Bearer ww_write").json("{\"name\":\"\"}").await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(got.header("content-type"), "application/problem+json");
    let problem = got.json();
    assert_eq!(problem["type"], "urn:waxwing:problem:invalid");
    assert_eq!(problem["status"], 422);
    assert_eq!(problem["errors"][0]["field"], "name");
    assert_eq!(problem["instance"], format!("urn:waxwing:request:{}", got.header("x-request-id")));
}

#[tokio::test]
async fn broken_json_is_a_problem_too() {
    for (body, status) in [("{", 400), ("", 400), ("{\"name\":1}", 422), ("[]", 422), ("\u{0}", 400)] {
        let got = ask("POST", "/api/v1/lists").with("authorization", "Bearer ww_write").json(body).await;
        assert_eq!(got.json()["status"], status, "{body:?}");
    }
    let got = ask("POST", "/api/v1/lists").with("authorization", "Bearer ww_write").form("name=x").await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_key_is_needed_and_a_session_is_none() {
    for value in ["", "Bearer", "Bearer ", "Basic d3d3", "Bearer wrong", "ww_read"] {
        let got = ask("GET", "/api/v1/lists").with("authorization", value).session("owner").get().await;
        assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{value:?}");
        assert_eq!(got.json()["type"], "urn:waxwing:problem:not-authenticated");
        assert!(got.header("www-authenticate").starts_with("Bearer"));
    }
}

#[tokio::test]
async fn a_key_without_the_scope_is_told_which_one() {
    let got = ask("POST", "/api/v1/lists").with("authorization", "Bearer ww_read").json("{\"name\":\"A\"}").await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    assert!(got.json()["detail"].as_str().expect("text").contains("“write”"));
}

#[tokio::test]
async fn pages_follow_one_another_by_cursor() {
    let page = |query: &'static str| async move {
        ask("GET", &format!("/api/v1/lists{query}")).with("authorization", "bearer ww_read").get().await
    };
    let first = page("?limit=2").await.json();
    assert_eq!((first["items"].as_array().map(Vec::len), &first["next"]), (Some(2), &"2".into()));
    let second = page("?limit=2&after=2").await.json();
    assert_eq!(second, serde_json::json!({ "items": [{ "name": "3" }] }));
    for query in ["?limit=0", "?limit=501", "?limit=x", "?after=x"] {
        assert!(page(query).await.status.is_client_error(), "{query}");
    }
}

#[tokio::test]
async fn unknown_api_paths_are_problems() {
    let got = ask("GET", "/api/v1/nothing").get().await;
    assert_eq!((got.status, got.header("content-type")), (StatusCode::NOT_FOUND, "application/problem+json"));
    let got = ask("PATCH", "/api/v1/lists").get().await;
    assert_eq!((got.status, got.json()["status"].as_u64()), (StatusCode::METHOD_NOT_ALLOWED, Some(405)));
}

#[test]
fn the_document_has_every_api_route_its_key_and_its_problems() {
    let document = serde_json::to_value(routes().api).expect("JSON");
    assert_eq!(document["openapi"], "3.1.0");
    let lists = &document["paths"]["/api/v1/lists"];
    assert_eq!(lists["get"]["security"][0]["api_key"][0], "read");
    assert_eq!(lists["post"]["security"][0]["api_key"][0], "write");
    assert!(lists["post"]["responses"]["default"]["content"]["application/problem+json"].is_object());
    for name in ["List", "NewList", "Problem", "ProblemError"] {
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}
