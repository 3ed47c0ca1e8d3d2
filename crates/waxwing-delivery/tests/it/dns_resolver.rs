//! The difference between "no such record" and "nobody could say".

use waxwing_delivery::dns::{LookupError, Resolver};
use waxwing_testkit::dns::DnsServer;

#[tokio::test]
async fn records_are_found_whole_and_in_order() {
    let server = DnsServer::start().await.unwrap();
    let long = "x".repeat(600);
    server.txt("_a.example.org", &long).mx("example.org", 20, "b.example.org").mx("example.org", 10, "A.example.org");
    server.address_of("a.example.org", "192.0.2.1".parse().unwrap());
    server.address_of("a.example.org", "2001:db8::1".parse().unwrap());
    let resolver = Resolver::at(server.address()).unwrap();
    assert_eq!(resolver.txt("_a.example.org").await, Ok(vec![long]));
    let hosts: Vec<String> = resolver.mx("example.org").await.unwrap().into_iter().map(|mx| mx.host).collect();
    assert_eq!(hosts, ["a.example.org", "b.example.org"]);
    assert_eq!(resolver.addresses("a.example.org").await.unwrap().len(), 2);
}

#[tokio::test]
async fn nothing_is_no_error_and_failure_is_no_nothing() {
    let server = DnsServer::start().await.unwrap();
    server.txt("here.example.org", "x").fails("broken.example.org").stays_silent("silent.example.org");
    let resolver = Resolver::at(server.address()).unwrap();
    assert_eq!(resolver.txt("nowhere.example.org").await, Ok(vec![]));
    assert_eq!(resolver.mx("here.example.org").await, Ok(vec![]), "the name exists, the type does not");
    assert_eq!(resolver.txt("broken.example.org").await, Err(LookupError::Failed));
    assert_eq!(resolver.txt("silent.example.org").await, Err(LookupError::Silent));
    assert_eq!(resolver.txt("two..dots").await, Err(LookupError::Name));
}

#[tokio::test]
async fn a_mended_record_is_seen_at_once() {
    let server = DnsServer::start().await.unwrap();
    let resolver = Resolver::at(server.address()).unwrap();
    assert_eq!(resolver.txt("example.org").await, Ok(vec![]));
    server.txt("example.org", "mended");
    assert_eq!(resolver.txt("example.org").await, Ok(vec!["mended".to_owned()]));
}
