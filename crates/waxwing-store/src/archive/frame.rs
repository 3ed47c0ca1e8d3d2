//! What an archive is made of, frame by frame.
//!
//! A frame is a byte that says what it is, a length of 32 bits, and so many bytes. Rows are packed
//! cell by cell: a zero byte for null, else a one and the value; integers of 64 bits, texts and
//! bytes after their length of 32 bits; the highest byte always first.

use crate::{Column, Row, StoreError, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};

/// No frame is longer: one row and a little more. Far above the largest value that is stored.
const MOST: u32 = 256 << 20;
/// A block of rows is written when it has grown to this.
pub const BLOCK: usize = 256 << 10;

/// The table that the next rows belong to.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct TableHead {
    /// Its name.
    pub name: String,
    /// The columns, in the order of the cells.
    pub columns: Vec<(String, Column)>,
}

/// The end of an archive: what must have been in it.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq)]
pub struct Manifest {
    /// Rows by table.
    pub tables: BTreeMap<String, u64>,
    /// SHA-256 of everything before the manifest, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// All rows.
    pub fn total(&self) -> u64 {
        self.tables.values().sum()
    }
}

/// One frame.
#[derive(Debug, PartialEq)]
pub enum Frame {
    /// The digest of the header, so that it cannot be exchanged.
    Begin(Vec<u8>),
    /// Rows of another table follow.
    Table(TableHead),
    /// Packed rows.
    Rows(Vec<u8>),
    /// Nothing follows.
    End(Manifest),
}

fn json<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(io::Error::other)
}

fn from_json<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> io::Result<T> {
    serde_json::from_slice(bytes).map_err(|_| invalid("a frame that cannot be read"))
}

fn invalid(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

impl Frame {
    /// Writes the frame.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Frame::Begin(digest) => put(out, 1, digest),
            Frame::Table(head) => put(out, 2, &json(head)?),
            Frame::Rows(rows) => put(out, 3, rows),
            Frame::End(manifest) => put(out, 4, &json(manifest)?),
        }
    }

    /// Reads the next frame.
    pub fn read(input: &mut impl Read) -> io::Result<Self> {
        let mut head = [0u8; 5];
        input.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        if length > MOST {
            return Err(invalid("a frame that is too long"));
        }
        // Grows as bytes arrive: a length alone takes no memory.
        let mut bytes = Vec::new();
        if input.take(u64::from(length)).read_to_end(&mut bytes)? != length as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(match head[0] {
            1 => Frame::Begin(bytes),
            2 => Frame::Table(from_json(&bytes)?),
            3 => Frame::Rows(bytes),
            4 => Frame::End(from_json(&bytes)?),
            _ => return Err(invalid("a frame of an unknown kind")),
        })
    }
}

fn put(out: &mut impl Write, kind: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len())
        .ok()
        .filter(|length| *length <= MOST)
        .ok_or_else(|| invalid("a value of over 256 MB"))?;
    out.write_all(&[kind])?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(bytes)
}

/// Packs a row of the database.
pub fn pack(block: &mut Vec<u8>, row: &Row<'_>, columns: &[(String, Column)]) -> Result<(), StoreError> {
    for (at, (_, kind)) in columns.iter().enumerate() {
        match kind {
            Column::Int => pack_cell(block, row.opt_int(at)?.map(i64::to_be_bytes), false),
            Column::Text => pack_cell(block, row.opt_text(at)?, true),
            Column::Blob => pack_cell(block, row.opt_blob(at)?, true),
        }
    }
    Ok(())
}

fn pack_cell(block: &mut Vec<u8>, cell: Option<impl AsRef<[u8]>>, measured: bool) {
    let Some(bytes) = cell else { return block.push(0) };
    let bytes = bytes.as_ref();
    block.push(1);
    if measured {
        // A value of 4 GB cannot come from either engine; `put` refuses far smaller ones.
        block.extend((bytes.len() as u32).to_be_bytes());
    }
    block.extend_from_slice(bytes);
}

/// Unpacks a block; `None` when it is not made of such rows.
pub fn unpack(mut block: &[u8], columns: &[(String, Column)]) -> Option<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    while !block.is_empty() {
        // A table without columns would be read for ever.
        columns.first()?;
        rows.push(columns.iter().map(|(_, kind)| unpack_cell(&mut block, *kind)).collect::<Option<Vec<_>>>()?);
    }
    Some(rows)
}

fn unpack_cell(block: &mut &[u8], kind: Column) -> Option<Value> {
    let there = match take(block, 1)? {
        [0] => false,
        [1] => true,
        _ => return None,
    };
    Some(match kind {
        Column::Int if there => Value::Int(Some(i64::from_be_bytes(take(block, 8)?.try_into().ok()?))),
        Column::Text if there => Value::Text(Some(String::from_utf8(measured(block)?.to_vec()).ok()?)),
        Column::Blob if there => Value::Blob(Some(measured(block)?.to_vec())),
        Column::Int => Value::Int(None),
        Column::Text => Value::Text(None),
        Column::Blob => Value::Blob(None),
    })
}

fn measured<'a>(block: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_be_bytes(take(block, 4)?.try_into().ok()?);
    take(block, length as usize)
}

fn take<'a>(block: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, rest) = block.split_at_checked(count)?;
    *block = rest;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<(String, Column)> {
        [("a", Column::Int), ("b", Column::Text), ("c", Column::Blob)]
            .map(|(name, kind)| (name.to_owned(), kind))
            .to_vec()
    }

    fn block() -> Vec<u8> {
        let mut block = Vec::new();
        pack_cell(&mut block, Some((-7_i64).to_be_bytes()), false);
        pack_cell(&mut block, Some("zwölf"), true);
        pack_cell(&mut block, None::<Vec<u8>>, true);
        block
    }

    #[test]
    fn a_row_comes_back_as_it_was() {
        let rows = unpack(&block(), &columns()).expect("rows");
        assert!(rows == vec![vec![Value::Int(Some(-7)), Value::Text(Some("zwölf".into())), Value::Blob(None)]]);
    }

    #[test]
    fn a_cut_or_foreign_block_is_refused() {
        let whole = block();
        for cut in 1..whole.len() {
            assert!(unpack(&whole[..cut], &columns()).is_none(), "{cut}");
        }
        assert!(unpack(&[2], &columns()).is_none());
        assert!(unpack(&[0], &[]).is_none(), "rows of no columns");
        assert!(unpack(&[0, 1, 0xff, 0xff, 0xff, 0xff], &columns()).is_none(), "a length beyond the end");
    }

    #[test]
    fn frames_are_read_back_and_bad_ones_refused() {
        let frames = [
            Frame::Begin(vec![1, 2]),
            Frame::Table(TableHead { name: "t".into(), columns: vec![("a".into(), Column::Int)] }),
            Frame::Rows(block()),
            Frame::End(Manifest::default()),
        ];
        let mut bytes = Vec::new();
        for frame in &frames {
            frame.write(&mut bytes).expect("writes");
        }
        let mut input = bytes.as_slice();
        for frame in frames {
            assert_eq!(Frame::read(&mut input).expect("reads"), frame);
        }
        assert!(Frame::read(&mut input).is_err(), "nothing is left");
        assert!(Frame::read(&mut [9, 0, 0, 0, 0].as_slice()).is_err(), "an unknown kind");
        assert!(Frame::read(&mut [3, 0xff, 0, 0, 0].as_slice()).is_err(), "too long");
        assert!(Frame::read(&mut [3, 0, 0, 0, 9, 1].as_slice()).is_err(), "cut");
    }
}
