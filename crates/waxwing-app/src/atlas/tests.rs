//! Databases of addresses, made here: a search tree of 24-bit records and a handful of entries.
//!
//! The format is MaxMind DB 2.0 (maxmind.github.io/MaxMind-DB). Making a small one keeps the tests free of a
//! download, and lets them say where an address is.

use super::*;

/// An address and what stands beside it.
pub(crate) struct Row {
    pub(crate) network: [u8; 3],
    pub(crate) country: &'static str,
    pub(crate) provider: u32,
}

/// One of ours: networks of 24 bits with their country and provider.
pub(crate) fn database(rows: &[Row], made: u64) -> Vec<u8> {
    let mut tree: Vec<[Option<Branch>; 2]> = vec![[None, None]];
    let mut data = Vec::new();
    for row in rows {
        let at = data.len();
        map(&mut data, 2);
        pair(&mut data, "country_code", |to| text(to, row.country));
        pair(&mut data, "autonomous_system_number", |to| number(to, 6, u64::from(row.provider)));
        plant(&mut tree, row.network, at);
    }
    let nodes = tree.len();
    let record = |branch: &Option<Branch>| match branch {
        None => nodes,
        Some(Branch::Node(node)) => *node,
        Some(Branch::Data(at)) => nodes + 16 + at,
    };
    let mut file: Vec<u8> =
        tree.iter().flatten().flat_map(|branch| (record(branch) as u32).to_be_bytes()[1..].to_vec()).collect();
    file.extend([0; 16]);
    file.extend(data);
    file.extend(b"\xab\xcd\xefMaxMind.com");
    metadata(&mut file, nodes, made);
    file
}

enum Branch {
    Node(usize),
    Data(usize),
}

fn plant(tree: &mut Vec<[Option<Branch>; 2]>, network: [u8; 3], at: usize) {
    let mut node = 0;
    for bit in 0..24 {
        let side = usize::from(network[bit / 8] >> (7 - bit % 8) & 1);
        if bit == 23 {
            tree[node][side] = Some(Branch::Data(at));
            return;
        }
        node = match tree[node][side] {
            Some(Branch::Node(next)) => next,
            _ => {
                tree.push([None, None]);
                let next = tree.len() - 1;
                tree[node][side] = Some(Branch::Node(next));
                next
            }
        };
    }
}

fn metadata(file: &mut Vec<u8>, nodes: usize, made: u64) {
    map(file, 9);
    pair(file, "node_count", |to| number(to, 6, nodes as u64));
    pair(file, "record_size", |to| number(to, 5, 24));
    pair(file, "ip_version", |to| number(to, 5, 4));
    pair(file, "database_type", |to| text(to, "Test"));
    pair(file, "binary_format_major_version", |to| number(to, 5, 2));
    pair(file, "binary_format_minor_version", |to| number(to, 5, 0));
    pair(file, "build_epoch", |to| number(to, 9, made));
    pair(file, "description", |to| map(to, 0));
    // An extended type: an array, of nothing.
    pair(file, "languages", |to| to.extend([0, 11 - 7]));
}

fn map(to: &mut Vec<u8>, pairs: u8) {
    to.push(7 << 5 | pairs);
}

fn pair(to: &mut Vec<u8>, key: &str, value: impl FnOnce(&mut Vec<u8>)) {
    text(to, key);
    value(to);
}

fn text(to: &mut Vec<u8>, text: &str) {
    if text.len() < 29 {
        to.push(2 << 5 | text.len() as u8);
    } else {
        to.extend([2 << 5 | 29, (text.len() - 29) as u8]);
    }
    to.extend(text.as_bytes());
}

/// An unsigned number of the given type (5: 16 bits, 6: 32 bits, 9: 64 bits), without leading zeros.
fn number(to: &mut Vec<u8>, kind: u8, value: u64) {
    let bytes: Vec<u8> = value.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    match kind {
        0..=7 => to.push(kind << 5 | bytes.len() as u8),
        extended => to.extend([bytes.len() as u8, extended - 7]),
    }
    to.extend(bytes);
}

/// An atlas with these networks in it.
pub(crate) fn atlas(rows: &[Row]) -> Atlas {
    let bytes = database(rows, 1_790_000_000);
    Atlas { files: vec![Reader::from_source(bytes).expect("a database")] }
}

const HOME: Row = Row { network: [192, 0, 2], country: "de", provider: 3_320 };
const FAR: Row = Row { network: [203, 0, 113], country: "AU", provider: 1_221 };

#[test]
fn an_address_leads_to_country_and_provider_and_others_to_nothing() {
    let atlas = atlas(&[HOME, FAR]);
    let found = atlas.find("192.0.2.77".parse().expect("an address"));
    assert_eq!((found.country.as_deref(), found.provider), (Some("DE"), Some(3_320)));
    assert_eq!(found.whereabouts(), Some(Whereabouts::Country("DE".into())));
    assert_eq!(atlas.find("::ffff:203.0.113.1".parse().expect("an address")).provider, Some(1_221));
    assert_eq!(atlas.find("198.51.100.1".parse().expect("an address")), Location::default());
    assert_eq!(atlas.find("2001:db8::1".parse().expect("an address")), Location::default());
    assert_eq!(atlas.made_at(), Some(Micros::from_i64(1_790_000_000_000_000)));
}

#[test]
fn files_that_are_no_database_are_refused_in_words() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("places.mmdb");
    let refused = |file: &PathBuf| Atlas::open(std::slice::from_ref(file)).expect_err("refused").to_string();
    assert!(refused(&file).contains("cannot be read"), "{}", refused(&file));
    std::fs::write(&file, b"not a database").expect("written");
    assert!(refused(&file).contains("not a database in MaxMind's format"), "{}", refused(&file));
    std::fs::write(&file, database(&[HOME], 5)).expect("written");
    assert!(!Atlas::open(&[file]).expect("opens").is_empty());
}

#[test]
fn a_damaged_database_knows_nothing_and_does_not_break() {
    let whole = database(&[HOME, FAR], 5);
    for cut in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[cut] ^= 0xff;
        let Ok(reader) = Reader::from_source(bytes) else { continue };
        let atlas = Atlas { files: vec![reader] };
        let _ = atlas.find("192.0.2.77".parse().expect("an address"));
    }
}
