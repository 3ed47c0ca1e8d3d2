//! Strangers' pictures become ours: decoded under limits, turned upright, scaled, encoded anew.
//!
//! Guarantee: the output holds pixels and nothing else, and the same input gives the same output.
//! Limit: a moving picture keeps its first frame only, and colours outside sRGB are taken as sRGB.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::FilterType as Scaling;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// The largest file that is taken, in bytes.
pub const MAX_UPLOAD: usize = 10 << 20;
/// The largest file that is served, in bytes.
const MAX_SERVED: usize = 5 << 20;
/// The longest side that is decoded, in pixels.
const MAX_SIDE: u32 = 12_000;
/// The most pixels that are decoded: 160 MB of memory.
const MAX_PIXELS: u64 = 40_000_000;
/// Memory for one decoding, in bytes.
const MAX_MEMORY: u64 = 256 << 20;
/// Twice what the widest mails show; wider pictures are scaled down to it, in pixels.
const SERVED_WIDTH: u32 = 1_600;
/// JPEG quality of 100.
const QUALITY: u8 = 85;

/// How a picture is encoded here: the two formats that every mail program shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Lossless, may be transparent.
    Png,
    /// Photographs.
    Jpeg,
}

impl Format {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
        }
    }
    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Png, Self::Jpeg].into_iter().find(|format| format.as_str() == word)
    }
    /// What the address ends in.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Not one of the formats, whatever its name says.
    #[error("This is not a PNG, JPEG, GIF or WebP picture. SVG cannot be shown in mail; save it as PNG.")]
    Format,
    /// Begins like a picture and cannot be read.
    #[error("The picture is damaged and cannot be read. Save it again and upload the new file.")]
    Damaged,
    /// More pixels than are decoded.
    #[error("The picture is too large: at most 12,000 pixels a side and 40 million in all.")]
    Pixels,
    /// A file over [`MAX_UPLOAD`].
    #[error("The file is too large: at most 10 MB.")]
    Upload,
    /// Encoded anew it is over what a mail should load.
    #[error("Even scaled down, the picture has more than 5 MB. Save it as JPEG and upload that.")]
    Served,
}

/// A picture of ours.
pub(super) struct Encoded {
    pub(super) format: Format,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes: Vec<u8>,
}

impl Encoded {
    /// SHA-256 of the bytes.
    pub(super) fn hash(&self) -> [u8; 32] {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.bytes);
        // SHA-256 has 32 bytes; a shorter answer would leave zeros and still name one content.
        let mut hash = [0u8; 32];
        hash.copy_from_slice(digest.as_ref());
        hash
    }
}

/// Makes a picture of ours from any file. Takes up to a second: not for async threads.
pub(super) fn reencode(bytes: &[u8]) -> Result<Encoded, PictureError> {
    if bytes.len() > MAX_UPLOAD {
        return Err(PictureError::Upload);
    }
    let (source, image) = decode(bytes)?;
    let image =
        if image.width() > SERVED_WIDTH { image.resize(SERVED_WIDTH, u32::MAX, Scaling::CatmullRom) } else { image };
    let format = served_as(source, &image);
    let bytes = encode(&image, format)?;
    if bytes.len() > MAX_SERVED {
        return Err(PictureError::Served);
    }
    Ok(Encoded { format, width: image.width(), height: image.height(), bytes })
}

fn decode(bytes: &[u8]) -> Result<(ImageFormat, DynamicImage), PictureError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| PictureError::Damaged)?;
    let format = reader.format().ok_or(PictureError::Format)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP) {
        return Err(PictureError::Format);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PictureError::Pixels);
    }
    // A camera says which way is up in the metadata, which are not kept.
    let orientation = decoder.orientation().map_err(|error| refused(&error))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
    image.apply_orientation(orientation);
    Ok((format, image))
}

fn refused(error: &image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(_) => PictureError::Pixels,
        _ => PictureError::Damaged,
    }
}

/// Drawings stay lossless; photographs become JPEG unless something shines through.
fn served_as(source: ImageFormat, image: &DynamicImage) -> Format {
    match source {
        ImageFormat::Jpeg => Format::Jpeg,
        ImageFormat::WebP if !image.color().has_alpha() => Format::Jpeg,
        _ => Format::Png,
    }
}

fn encode(image: &DynamicImage, format: Format) -> Result<Vec<u8>, PictureError> {
    let mut out = Vec::new();
    let done = match format {
        Format::Jpeg => JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&image.to_rgb8()),
        Format::Png => {
            let encoder = PngEncoder::new_with_quality(&mut out, CompressionType::Default, FilterType::Adaptive);
            if image.color().has_alpha() {
                image.to_rgba8().write_with_encoder(encoder)
            } else {
                image.to_rgb8().write_with_encoder(encoder)
            }
        }
    };
    done.map(|()| out).map_err(|_| PictureError::Damaged)
}
