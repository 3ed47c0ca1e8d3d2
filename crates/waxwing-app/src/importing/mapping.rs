//! Which column of a file is which field.
//!
//! Promise: a field is filled from one column only, a column that nothing was found for is left
//! out and said to be. Limit: names are recognised in a few languages; the rest is for the person.

use super::file::{Cells, Row};
use crate::fields::{self, Field};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use waxwing_domain::{EmailAddress, FieldId};

/// What people call the built-in fields, in lower case and without anything but letters and digits.
const SYNONYMS: [(FieldId, &[&str]); 4] = [
    (
        FieldId::EMAIL,
        &[
            "email",
            "mail",
            "emailaddress",
            "emailadresse",
            "emailadress",
            "mailaddress",
            "mailadresse",
            "address",
            "subscriberemail",
            "contactemail",
            "primaryemail",
            "email1",
            "email1value",
            "adresseemail",
            "adressemail",
            "courriel",
            "correo",
            "correoelectronico",
            "correoelectrónico",
            "epost",
            "indirizzoemail",
        ],
    ),
    (
        FieldId::FIRST_NAME,
        &[
            "firstname",
            "first",
            "fname",
            "givenname",
            "forename",
            "vorname",
            "prénom",
            "prenom",
            "nombre",
            "nome",
            "voornaam",
            "förnamn",
        ],
    ),
    (
        FieldId::LAST_NAME,
        &[
            "lastname",
            "last",
            "lname",
            "surname",
            "familyname",
            "nachname",
            "familienname",
            "nom",
            "nomdefamille",
            "apellido",
            "apellidos",
            "cognome",
            "achternaam",
            "efternamn",
        ],
    ),
    (
        FieldId::PHONE,
        &[
            "phone",
            "phonenumber",
            "telephone",
            "tel",
            "mobile",
            "mobilephone",
            "cell",
            "cellphone",
            "telefon",
            "telefonnummer",
            "handy",
            "mobil",
            "mobiltelefon",
            "téléphone",
            "telefono",
            "teléfono",
            "telefoon",
        ],
    ),
];

/// What people call the field of the country, which is no built-in one.
const COUNTRY: [&str; 13] = [
    "country",
    "countrycode",
    "countryregion",
    "land",
    "länderkennung",
    "ländercode",
    "pays",
    "codepays",
    "país",
    "pais",
    "paese",
    "nazione",
    "kraj",
];

/// Which field each column fills; none where the column is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mapping {
    /// By the position of the column.
    pub columns: Vec<Option<FieldId>>,
    /// Whether the first row names the columns.
    pub header: bool,
}

/// What a file's first row says.
pub(crate) struct FirstRow {
    /// The names of the columns, or `Column 1` and so on where there are none.
    pub names: Vec<String>,
    /// What was found for them.
    pub mapping: Mapping,
}

impl FirstRow {
    /// Reads the first row: a header, unless it holds an address itself.
    pub(crate) fn read(row: &Row<'_>, cells: &Cells, fields: &[Arc<Field>]) -> Self {
        let cells = cells.all(row.text);
        let address = cells.iter().position(|cell| EmailAddress::parse(cell).is_ok());
        match address {
            None => {
                let columns = columns_of(&cells, fields);
                Self { mapping: Mapping { columns, header: true }, names: cells }
            }
            Some(email) => {
                let columns = (0..cells.len()).map(|at| (at == email).then_some(FieldId::EMAIL)).collect();
                let names = (1..=cells.len()).map(|n| format!("Column {n}")).collect();
                Self { names, mapping: Mapping { columns, header: false } }
            }
        }
    }
}

/// The field of each name; a field goes to the first column that asks for it.
fn columns_of(names: &[String], fields: &[Arc<Field>]) -> Vec<Option<FieldId>> {
    let mut columns: Vec<Option<FieldId>> = Vec::with_capacity(names.len());
    for name in names {
        let found = field_of(name, fields).filter(|found| !columns.contains(&Some(*found)));
        columns.push(found);
    }
    columns
}

fn field_of(name: &str, fields: &[Arc<Field>]) -> Option<FieldId> {
    let name = bare(name);
    if name.is_empty() {
        return None;
    }
    let own = fields.iter().find(|field| bare(&field.key) == name || bare(&field.label) == name);
    let known = || SYNONYMS.iter().find(|(_, words)| words.contains(&name.as_str())).map(|(id, _)| *id);
    let country = || fields.iter().find(|field| field.key == fields::COUNTRY).filter(|_| COUNTRY.contains(&&*name));
    own.or_else(country).map(|field| field.id).or_else(known)
}

/// Letters and digits in lower case.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Mapping {
    /// Refuses a mapping that no import can follow.
    ///
    /// # Errors
    /// Names the field that is missing or filled twice.
    pub(crate) fn check(&self, fields: &[Arc<Field>]) -> Result<()> {
        for field in fields {
            let count = self.columns.iter().filter(|column| **column == Some(field.id)).count();
            if count > 1 {
                return Err(Error::invalid(
                    "mapping",
                    format!("“{}” is chosen for {count} columns; choose one of them", field.label),
                ));
            }
        }
        if self.columns.contains(&Some(FieldId::EMAIL)) {
            return Ok(());
        }
        Err(Error::invalid("mapping", "no column holds the email address; choose which one does"))
    }

    /// Names that stand for the same field as a name before them: a person must say which one counts.
    pub(crate) fn ambiguous(&self, names: &[String], fields: &[Arc<Field>]) -> Vec<usize> {
        let left_out = |at: &usize| self.columns.get(*at) == Some(&None);
        (0..names.len()).filter(left_out).filter(|&at| field_of(&names[at], fields).is_some()).collect()
    }

    /// The columns that fill a field other than the address, with their fields.
    pub(crate) fn filled(&self, fields: &[Arc<Field>]) -> Vec<(usize, Arc<Field>)> {
        let field = |id: FieldId| fields.iter().find(|field| field.id == id && id != FieldId::EMAIL);
        let columns = self.columns.iter().enumerate();
        columns.filter_map(|(at, id)| Some((at, field((*id)?)?.clone()))).collect()
    }

    /// The column of the address.
    pub(crate) fn email(&self) -> Option<usize> {
        self.columns.iter().position(|column| *column == Some(FieldId::EMAIL))
    }
}
