//! Redirects: not unless asked, and then each judged like the first.

use crate::support::{Pki, Server, answer, client, config, get};
use waxwing_egress::{Config, Egress, EgressError, Exceptions, Kind, Request, Response, UrlError};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn to(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
}

async fn following(client: &Egress, url: &str) -> Result<Response, EgressError> {
    let request =
        Request::get(client.target(url).expect("works")).header("authorization", "Bearer s3cr3t").expect("works");
    client.request(request.follow_redirects(3)).await
}

#[tokio::test]
async fn a_redirect_is_not_followed_unless_asked() {
    let end = Server::answering(OK).await;
    let server = Server::answering(to(&end.url("/"))).await;
    assert_eq!(get(&client(), &server.url("/")).await.expect("works").status(), 302);
    assert!(end.heard().is_empty());
}

#[tokio::test]
async fn a_post_is_never_redirected() {
    let end = Server::answering(OK).await;
    let server = Server::answering(to(&end.url("/"))).await;
    let client = client();
    let post = Request::post(client.target(&server.url("/")).expect("works"), "text/plain", "x").expect("works");
    assert_eq!(client.request(post.follow_redirects(3)).await.expect("works").status(), 302);
    assert!(end.heard().is_empty());
}

#[tokio::test]
async fn a_redirect_inside_is_refused() {
    for (location, kind) in [
        ("https://169.254.169.254/latest/meta-data/", Kind::Metadata),
        ("https://10.0.0.1/", Kind::Private),
        ("https://[fd00::1]/", Kind::Private),
        ("https://[::ffff:169.254.169.254]/", Kind::Carrier),
    ] {
        let server = Server::answering(to(location)).await;
        let error = following(&client(), &server.url("/")).await.expect_err("is refused");
        assert_eq!(error, EgressError::RedirectUrl(UrlError::Refused(kind)), "{location}");
    }
    for location in ["http://169.254.169.254/", "file:///etc/passwd", "gopher://10.0.0.1:70/x", "//10.0.0.1:25/"] {
        let server = Server::answering(to(location)).await;
        assert!(matches!(following(&client(), &server.url("/")).await, Err(EgressError::RedirectUrl(_))), "{location}");
    }
}

#[tokio::test]
async fn secrets_are_left_behind_at_another_origin_only() {
    let end = Server::answering(OK).await;
    let server = Server::answering(to(&end.url("/end"))).await;
    assert_eq!(following(&client(), &server.url("/")).await.expect("works").body(), b"ok");
    assert!(server.heard().concat().contains("s3cr3t"));
    assert!(!end.heard().concat().contains("s3cr3t"), "{:?}", end.heard());
    let home = Server::answering(to("/again")).await;
    assert!(following(&client(), &home.url("/")).await.is_err());
    assert!(home.heard()[1].contains("GET /again") && home.heard()[1].contains("s3cr3t"));
}

#[tokio::test]
async fn a_circle_ends_after_three() {
    let server = Server::answering(to("/round")).await;
    assert_eq!(following(&client(), &server.url("/")).await.expect_err("is refused"), EgressError::TooManyRedirects);
    assert_eq!(server.heard().len(), 4);
}

#[tokio::test]
async fn https_is_never_left_again() {
    let plain = Server::answering(OK).await;
    let pki = Pki::vouching_for("localhost");
    let secure = Server::listen("127.0.0.1:0", Some(pki.acceptor.clone()), answer(to(&plain.url("/")))).await;
    let port = secure.address.port();
    let exceptions = Exceptions { plain_loopback: true, ports: vec![port], ..Exceptions::default() };
    let roots = Some(pki.roots.path().to_owned());
    let client = Egress::new(Config { extra_roots: roots, exceptions, ..config() }).expect("works");
    let error = following(&client, &format!("https://localhost:{port}/")).await.expect_err("is refused");
    assert_eq!(error, EgressError::RedirectUrl(UrlError::NotHttps));
    assert!(plain.heard().is_empty());
}
