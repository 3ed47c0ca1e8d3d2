//! Pictures: what goes in, and what never comes out.

use super::encode::{MAX_UPLOAD, PictureError, reencode};
use super::*;
use crate::AppConfig;
use image::{ImageFormat, Rgb, RgbImage, RgbaImage};
use std::io::Cursor;
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

fn app(t: &TestStore) -> App {
    let config = AppConfig {
        data: t.dir.path().to_owned(),
        public_url: "http://127.0.0.1:8080".into(),
        content_url: "http://127.0.0.1:8080".into(),
        dns: None,
        ehlo: "test.example".into(),
    };
    App::new(t.store.clone(), config, t.workspace)
}

fn file(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 90]));
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, format).expect("encodes");
    out.into_inner()
}

#[test]
fn every_format_becomes_one_that_mail_programs_show() {
    for (source, served) in
        [(ImageFormat::Png, Format::Png), (ImageFormat::Jpeg, Format::Jpeg), (ImageFormat::WebP, Format::Jpeg)]
    {
        let encoded = reencode(&file(source, 40, 30)).expect("a picture");
        assert_eq!((encoded.format, encoded.width, encoded.height), (served, 40, 30), "{source:?}");
    }
    let mut gif = Cursor::new(Vec::new());
    RgbaImage::new(8, 8).write_to(&mut gif, ImageFormat::Gif).expect("encodes");
    assert_eq!(reencode(gif.get_ref()).expect("a picture").format, Format::Png);
}

#[test]
fn what_a_camera_wrote_beside_the_pixels_is_gone() {
    let mut jpeg = file(ImageFormat::Jpeg, 16, 16);
    let mut note = b"\xff\xfe\x00\x1aplanted: 47.3769, 8.5417".to_vec();
    note.truncate(28);
    jpeg.splice(2..2, note);
    let encoded = reencode(&jpeg).expect("a picture");
    assert!(!encoded.bytes.windows(7).any(|window| window == b"planted"));
}

#[test]
fn pictures_that_are_none_are_refused_with_a_reason() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    assert_eq!(reencode(svg).err(), Some(PictureError::Format));
    assert_eq!(reencode(b"").err(), Some(PictureError::Format));
    assert_eq!(reencode(b"BM\x00\x00\x00\x00\x00\x00\x00\x00").err(), Some(PictureError::Format));
    let png = file(ImageFormat::Png, 64, 64);
    assert_eq!(reencode(&png[..png.len() / 2]).err(), Some(PictureError::Damaged));
    assert_eq!(reencode(&vec![0; MAX_UPLOAD + 1]).err(), Some(PictureError::Upload));
}

#[test]
fn a_small_file_of_endless_pixels_is_not_unpacked() {
    // A GIF's header says its size in four bytes and no checksum guards them.
    let mut gif = Cursor::new(Vec::new());
    RgbaImage::new(1, 1).write_to(&mut gif, ImageFormat::Gif).expect("encodes");
    let mut gif = gif.into_inner();
    for (width, height) in [(11_000_u16, 4_000_u16), (65_535, 1), (65_535, 65_535)] {
        gif[6..8].copy_from_slice(&width.to_le_bytes());
        gif[8..10].copy_from_slice(&height.to_le_bytes());
        assert_eq!(reencode(&gif).err(), Some(PictureError::Pixels), "{width} × {height}");
    }
}

#[test]
fn a_wide_picture_is_scaled_to_what_mail_shows() {
    let encoded = reencode(&file(ImageFormat::Jpeg, 2_000, 100)).expect("a picture");
    assert_eq!((encoded.width, encoded.height), (1_600, 80));
}

store_test! {
    async fn the_same_file_twice_is_one_picture(t) {
        let app = app(&t);
        let first = add(&app, &t.ctx(), "a.png", file(ImageFormat::Png, 10, 10)).await.expect("kept");
        let second = add(&app, &t.ctx(), "b.png", file(ImageFormat::Png, 10, 10)).await.expect("known");
        assert_eq!(first, second);
        let mut tx = app.begin(&t.ctx(), "test").await.expect("begins");
        assert_eq!(page(&mut tx, &t.ctx(), None, 10).await.expect("a page").len(), 1);
        remove(&app, &mut tx, &t.ctx(), first.id).await.expect("removed");
        assert!(matches!(remove(&app, &mut tx, &t.ctx(), first.id).await, Err(Error::NotFound(_))));
    }
}
