//! Tables of common given and family names, from which made-up people are put together.
//!
//! Limit: a pair of common names is somebody's name; what makes a person made up is the address.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// In which language made-up people of a domain are named.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CanaryNames)]
pub enum Locale {
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Italian.
    It,
}

impl Locale {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::En, Self::De, Self::Fr, Self::Es, Self::It];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
            Self::It => "it",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.as_str() == word)
    }

    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "German",
            Self::Fr => "French",
            Self::Es => "Spanish",
            Self::It => "Italian",
        }
    }

    /// Given names.
    pub(super) const fn given(self) -> &'static [&'static str] {
        match self {
            Self::En => EN_GIVEN,
            Self::De => DE_GIVEN,
            Self::Fr => FR_GIVEN,
            Self::Es => ES_GIVEN,
            Self::It => IT_GIVEN,
        }
    }

    /// Family names.
    pub(super) const fn family(self) -> &'static [&'static str] {
        match self {
            Self::En => EN_FAMILY,
            Self::De => DE_FAMILY,
            Self::Fr => FR_FAMILY,
            Self::Es => ES_FAMILY,
            Self::It => IT_FAMILY,
        }
    }

    /// The beginning and the free digits of telephone numbers that the country set aside for fiction, so that no call
    /// reaches anybody: Ofcom's 07700 900 000–999, Bundesnetzagentur's 030 23125 000–999, Arcep's 06 39 98 00 00–99 99.
    pub(super) const fn fictional_numbers(self) -> Option<(&'static str, usize)> {
        match self {
            Self::En => Some(("+447700900", 3)),
            Self::De => Some(("+493023125", 3)),
            Self::Fr => Some(("+3363998", 4)),
            Self::Es | Self::It => None,
        }
    }
}

#[rustfmt::skip]
const EN_GIVEN: &[&str] = &[
    "Alice", "Andrew", "Anna", "Ben", "Beth", "Caroline", "Charlotte", "Chris", "Claire", "Daniel", "David", "Emily",
    "Emma", "Fiona", "George", "Grace", "Hannah", "Harry", "Helen", "Ian", "Jack", "James", "Jane", "Jenny", "Joe",
    "Karen", "Kate", "Laura", "Liam", "Lucy", "Mark", "Martin", "Megan", "Nick", "Olivia", "Paul", "Rachel", "Robert",
    "Ruth", "Sam", "Sarah", "Simon", "Sophie", "Steve", "Susan", "Thomas", "Tim", "Victoria",
];
#[rustfmt::skip]
const EN_FAMILY: &[&str] = &[
    "Adams", "Allen", "Bailey", "Baker", "Barker", "Bennett", "Brooks", "Carter", "Chapman", "Clarke", "Collins",
    "Cooper", "Cox", "Davies", "Dixon", "Ellis", "Evans", "Fisher", "Foster", "Gibson", "Graham", "Grant", "Green",
    "Griffiths", "Harris", "Harvey", "Holmes", "Hughes", "Hunt", "Jenkins", "Kelly", "Kennedy", "Knight", "Lloyd",
    "Marshall", "Mason", "Matthews", "Mills", "Morgan", "Murray", "Owen", "Palmer", "Parker", "Pearson", "Phillips",
    "Powell", "Price", "Reid", "Richards", "Rogers", "Russell", "Shaw", "Simpson", "Spencer", "Stevens", "Turner",
    "Walsh", "Watson", "Webb", "Wells", "Wood",
];
#[rustfmt::skip]
const DE_GIVEN: &[&str] = &[
    "Andrea", "Andreas", "Anja", "Anna", "Barbara", "Bernd", "Birgit", "Christian", "Claudia", "Daniel", "Daniela",
    "Dirk", "Eva", "Florian", "Frank", "Hannah", "Heike", "Ines", "Jan", "Jana", "Jens", "Jonas", "Julia", "Katharina",
    "Katrin", "Klaus", "Lars", "Laura", "Lena", "Lukas", "Manuela", "Maria", "Markus", "Martin", "Matthias", "Monika",
    "Nicole", "Paul", "Petra", "Ralf", "Sabine", "Sandra", "Sebastian", "Simone", "Stefan", "Susanne", "Tobias", "Uwe",
];
#[rustfmt::skip]
const DE_FAMILY: &[&str] = &[
    "Albrecht", "Arnold", "Bauer", "Baumann", "Beck", "Becker", "Berger", "Bergmann", "Brandt", "Busch", "Dietrich",
    "Engel", "Ernst", "Fischer", "Franke", "Friedrich", "Fuchs", "Graf", "Günther", "Haas", "Hahn", "Hartmann",
    "Heinrich", "Herrmann", "Hofmann", "Horn", "Huber", "Jung", "Kaiser", "Keller", "Koch", "Köhler", "König", "Kramer",
    "Krause", "Kühn", "Lang", "Lehmann", "Lorenz", "Ludwig", "Maier", "Martin", "Mayer", "Möller", "Neumann", "Otto",
    "Peters", "Pfeiffer", "Richter", "Roth", "Sauer", "Schäfer", "Scholz", "Schubert", "Schulte", "Seidel", "Simon",
    "Sommer", "Stein", "Vogel", "Vogt", "Voigt", "Wagner", "Walter", "Weber", "Winkler", "Winter", "Wolff", "Ziegler",
];
#[rustfmt::skip]
const FR_GIVEN: &[&str] = &[
    "Alain", "Alexandre", "Alice", "Amélie", "Anne", "Antoine", "Arthur", "Aurélie", "Benoît", "Camille", "Caroline",
    "Catherine", "Céline", "Charlotte", "Claire", "Clément", "Delphine", "Élise", "Emma", "Éric", "Fabien", "Florence",
    "François", "Guillaume", "Hélène", "Hugo", "Isabelle", "Jean", "Julie", "Julien", "Laurent", "Léa", "Louis", "Lucie",
    "Manon", "Marie", "Mathieu", "Nathalie", "Nicolas", "Olivier", "Pauline", "Philippe", "Pierre", "Sophie", "Sylvie",
    "Thomas", "Valérie", "Vincent",
];
#[rustfmt::skip]
const FR_FAMILY: &[&str] = &[
    "André", "Aubert", "Barbier", "Benoit", "Bernard", "Bertrand", "Blanc", "Bonnet", "Boyer", "Brun", "Chevalier",
    "Clément", "Colin", "David", "Denis", "Dubois", "Dufour", "Dumas", "Dupont", "Durand", "Fabre", "Faure", "Fontaine",
    "Fournier", "Gaillard", "Garnier", "Gauthier", "Gérard", "Girard", "Giraud", "Guérin", "Henry", "Lacroix", "Lambert",
    "Laurent", "Leclerc", "Lefebvre", "Legrand", "Lemaire", "Leroy", "Lucas", "Marchand", "Masson", "Mathieu", "Mercier",
    "Meunier", "Moreau", "Morin", "Nicolas", "Noël", "Perrin", "Petit", "Picard", "Renard", "Renaud", "Richard",
    "Robin", "Roche", "Rousseau", "Roux", "Roy", "Simon", "Thomas", "Vidal", "Vincent",
];
#[rustfmt::skip]
const ES_GIVEN: &[&str] = &[
    "Alba", "Alberto", "Alejandro", "Alicia", "Álvaro", "Ana", "Andrea", "Ángel", "Antonio", "Beatriz", "Carlos",
    "Carmen", "Clara", "Cristina", "Daniel", "David", "Diego", "Elena", "Enrique", "Fernando", "Francisco", "Ignacio",
    "Irene", "Isabel", "Javier", "Jorge", "José", "Juan", "Julia", "Laura", "Lucía", "Luis", "Manuel", "María", "Marta",
    "Miguel", "Mónica", "Nuria", "Óscar", "Pablo", "Paula", "Pedro", "Pilar", "Raúl", "Rosa", "Sara", "Sergio", "Silvia",
];
#[rustfmt::skip]
const ES_FAMILY: &[&str] = &[
    "Aguilar", "Alonso", "Álvarez", "Arias", "Blanco", "Bravo", "Cabrera", "Calvo", "Campos", "Cano", "Castillo",
    "Castro", "Cortés", "Crespo", "Cruz", "Delgado", "Díaz", "Domínguez", "Fuentes", "Gallego", "Garrido", "Gil",
    "Giménez", "Guerrero", "Gutiérrez", "Herrera", "Herrero", "Iglesias", "Jiménez", "León", "Lozano", "Marín",
    "Márquez", "Medina", "Méndez", "Molina", "Montero", "Mora", "Morales", "Moreno", "Muñoz", "Navarro", "Núñez",
    "Ortega", "Ortiz", "Pascual", "Peña", "Prieto", "Ramírez", "Ramos", "Reyes", "Rojas", "Romero", "Rubio", "Ruiz",
    "Santana", "Santos", "Sanz", "Serrano", "Soto", "Suárez", "Torres", "Vargas", "Vázquez", "Vega", "Vidal",
];
#[rustfmt::skip]
const IT_GIVEN: &[&str] = &[
    "Alessandra", "Alessandro", "Alessia", "Alice", "Andrea", "Angela", "Anna", "Antonio", "Barbara", "Carlo", "Chiara",
    "Claudio", "Cristina", "Daniele", "Davide", "Elena", "Elisa", "Enrico", "Fabio", "Federica", "Federico", "Francesca",
    "Francesco", "Gabriele", "Giorgia", "Giorgio", "Giovanni", "Giulia", "Giuseppe", "Ilaria", "Laura", "Lorenzo",
    "Luca", "Lucia", "Marco", "Maria", "Marta", "Martina", "Massimo", "Matteo", "Michele", "Paola", "Paolo", "Roberto",
    "Sara", "Silvia", "Stefano", "Valentina",
];
#[rustfmt::skip]
const IT_FAMILY: &[&str] = &[
    "Barbieri", "Bassi", "Battaglia", "Bellini", "Benedetti", "Bernardi", "Bianchi", "Bianco", "Bruno", "Caputo",
    "Carbone", "Caruso", "Cattaneo", "Colombo", "Conte", "Conti", "Coppola", "Costa", "De Luca", "De Santis", "Esposito",
    "Fabbri", "Farina", "Ferrara", "Ferrari", "Ferraro", "Ferri", "Fiore", "Fontana", "Galli", "Gallo", "Gatti",
    "Gentile", "Giordano", "Grassi", "Greco", "Grasso", "Guerra", "Leone", "Lombardi", "Longo", "Mancini", "Marchetti",
    "Mariani", "Marini", "Marino", "Martinelli", "Martini", "Messina", "Monti", "Morelli", "Moretti", "Negri", "Orlando",
    "Palumbo", "Parisi", "Pellegrini", "Ricci", "Rinaldi", "Riva", "Rizzo", "Romano", "Rossetti", "Sala", "Santoro",
    "Serra", "Silvestri", "Sorrentino", "Testa", "Valentini", "Villa", "Vitale",
];
