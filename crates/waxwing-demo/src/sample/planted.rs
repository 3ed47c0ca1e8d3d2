//! People made to be searched for: their address, names and telephone number occur nowhere else.
//!
//! Promise: each text below is long and odd enough that finding its bytes in a file means that the
//! file holds it in clear. Limit: searching for UTF-8 bytes does not find base64, compression or
//! other encodings; [`Planted::needles`] gives the cases a search should try.

use std::io::Write;

/// One planted person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Planted {
    /// Accepted by the capture server.
    pub email: &'static str,
    /// In their own script.
    pub first_name: &'static str,
    /// In their own script.
    pub last_name: &'static str,
    /// E.164, from the ranges the British regulator keeps for drama.
    pub phone: &'static str,
}

/// All of them.
pub const PLANTED: [Planted; 4] = [
    Planted {
        email: "quillonbrackmere@postbox.example",
        first_name: "Quillonette",
        last_name: "Brackmereside",
        phone: "+447700900417",
    },
    Planted {
        email: "Zephyrine.Oxtobury@mailhaus.example",
        first_name: "Zephyrinelle",
        last_name: "Oxtoburyham",
        phone: "+447700900583",
    },
    Planted {
        email: "vexelbrunn.yttersjo@oldpost.example",
        first_name: "Vexelbrunná",
        last_name: "Yttersjöholm",
        phone: "+447700900761",
    },
    Planted {
        email: "mizukakushi@tegami.example",
        first_name: "水隠之介",
        last_name: "霧ヶ峠原",
        phone: "+447700900892",
    },
];

impl Planted {
    /// The texts to look for in files: as given, in lower case, and the local part alone.
    pub fn needles(&self) -> Vec<String> {
        let local = self.email.split('@').next().unwrap_or(self.email);
        let national = self.phone.trim_start_matches("+44");
        let given = [self.email, local, self.first_name, self.last_name, self.phone, national];
        let mut all: Vec<String> = given.iter().flat_map(|text| [(*text).to_owned(), text.to_lowercase()]).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// Writes `email,first_name,last_name,phone` and a line for each of [`PLANTED`].
pub fn write_planted_csv(out: impl Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    for person in PLANTED {
        writer.serialize(person)?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Act, Rules};
    use crate::sample::{DEMO_SEED, People};

    #[test]
    fn planted_people_get_their_mail_and_have_valid_numbers() {
        for person in PLANTED {
            assert_eq!(Rules::providers().act_for(person.email), &Act::Accept);
            assert!(waxwing_domain::EmailAddress::parse(person.email).is_ok());
            assert!(person.phone.starts_with("+4477009") && person.phone.len() == 13);
        }
    }

    #[test]
    fn nobody_else_has_a_name_that_a_search_would_find() {
        let needles: Vec<String> = PLANTED.iter().flat_map(Planted::needles).collect();
        for person in People::new(DEMO_SEED).take(5_000) {
            let all = format!("{} {} {}", person.email, person.first_name, person.last_name);
            assert!(needles.iter().all(|needle| !all.contains(needle.as_str())), "{all}");
        }
    }
}
