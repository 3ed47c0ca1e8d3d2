//! The bitmaps that belong to a bundle of entries, as one file.
//!
//! For each entry in order: how many (2 bytes, highest first), then each with its length in front
//! (4 bytes, highest first). Limit: whether they are the right ones, the hashes in the entries say.

/// The bitmaps of each entry of a bundle.
pub(super) type People = Vec<Vec<Vec<u8>>>;

/// Writes the file; `None` when there are more bitmaps than it can hold.
pub(super) fn to_bytes(people: &People) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for bitmaps in people {
        bytes.extend(u16::try_from(bitmaps.len()).ok()?.to_be_bytes());
        for bitmap in bitmaps {
            bytes.extend(u32::try_from(bitmap.len()).ok()?.to_be_bytes());
            bytes.extend_from_slice(bitmap);
        }
    }
    Some(bytes)
}

/// Reads what [`to_bytes`] wrote for `entries` entries; `None` when it is cut or holds more.
pub(super) fn from_bytes(mut bytes: &[u8], entries: usize) -> Option<Vec<Vec<&[u8]>>> {
    let mut people = Vec::with_capacity(entries.min(256));
    for _ in 0..entries {
        let (count, mut rest) = bytes.split_first_chunk::<2>()?;
        let mut bitmaps = Vec::new();
        for _ in 0..u16::from_be_bytes(*count) {
            let (length, tail) = rest.split_first_chunk::<4>()?;
            let (bitmap, tail) = tail.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            bitmaps.push(bitmap);
            rest = tail;
        }
        people.push(bitmaps);
        bytes = rest;
    }
    bytes.is_empty().then_some(people)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitmaps_are_read_back_and_a_cut_file_is_refused() {
        let people: People = vec![vec![], vec![b"one".to_vec(), vec![]], vec![vec![7; 70_000]]];
        let bytes = to_bytes(&people).expect("few");
        assert_eq!(from_bytes(&bytes, 3).map(|read| read.concat().concat()), Some(people.concat().concat()));
        assert!((0..bytes.len()).all(|cut| from_bytes(&bytes[..cut], 3).is_none()));
        assert_eq!(from_bytes(&bytes, 2), None);
    }
}
