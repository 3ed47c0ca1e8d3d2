//! Names and places by culture, invented domains.
//!
//! An entry outside Latin letters is written `shown=ascii`; Latin letters lose their marks by
//! [`ascii`]. Within a culture no two first names and across all cultures no two last names may
//! have the same ASCII form: addresses are unique because of it (a test sees to that).

/// One culture's words.
pub(super) struct Culture {
    /// BCP 47 tag of the language.
    pub(super) language: &'static str,
    /// Where it is spoken, by ISO 3166-1: one place for each, for looks.
    pub(super) country: &'static str,
    pub(super) first: [&'static str; 16],
    pub(super) last: [&'static str; 16],
    pub(super) cities: [&'static str; 6],
}

/// Providers whose mail the capture server takes; large ones stand more than once.
pub(super) const DOMAINS: [&str; 8] = [
    "postbox.example",
    "postbox.example",
    "postbox.example",
    "mailhaus.example",
    "mailhaus.example",
    "oldpost.example",
    "correo.example",
    "tegami.example",
];

/// The text as shown and its ASCII form.
pub(super) fn split(entry: &'static str) -> (&'static str, String) {
    match entry.split_once('=') {
        Some((shown, ascii)) => (shown, ascii.to_owned()),
        None => (entry, ascii(entry)),
    }
}

/// Lower-case letters without their marks; what is no letter is left out.
fn ascii(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).filter_map(plain_letter).collect()
}

fn plain_letter(letter: char) -> Option<char> {
    Some(match letter {
        'a'..='z' => letter,
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' | 'ă' | 'ą' | 'ạ' | 'ả' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'đ' => 'd',
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ế' | 'ễ' | 'ẹ' => 'e',
        'ğ' => 'g',
        'í' | 'î' | 'ï' | 'ı' | 'ị' | 'ì' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' => 'n',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'ø' | 'ọ' | 'ồ' => 'o',
        'ş' | 'ś' | 'š' | 'ṣ' => 's',
        'ú' | 'ù' | 'û' | 'ü' | 'ư' | 'ũ' => 'u',
        'ý' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        _ => return None,
    })
}

#[rustfmt::skip]
pub(super) const CULTURES: [Culture; 12] = [
    Culture {
        language: "en",
        country: "GB",
        first: ["Alice", "Beth", "Callum", "Daisy", "Edwin", "Freya", "George", "Harriet", "Isaac", "Jemima", "Kit", "Laurence", "Mabel", "Ned", "Olive", "Percy"],
        last: ["Ashdown", "Birchall", "Crowther", "Dewhurst", "Eastwick", "Fairbairn", "Goodridge", "Hathersage", "Inchbald", "Jessop", "Kettlewell", "Larkham", "Merriweather", "O'Shea", "Pemberley", "Thistlewood"],
        cities: ["Larkfield", "Wexbridge", "Port Almond", "Nether Combe", "Hollowell", "St Brannock"],
    },
    Culture {
        language: "de",
        country: "DE",
        first: ["Anneliese", "Bärbel", "Clemens", "Dörte", "Eike", "Friedrich", "Grete", "Heiner", "Ingrid", "Jürgen", "Käthe", "Lothar", "Mechthild", "Niklas", "Ottilie", "Rüdiger"],
        last: ["Amselhof", "Brückner", "Dornbusch", "Eichhölzl", "Färber", "Grünewald", "Hasenclever", "Jägermann", "Kühnle", "Lindenschmidt", "Möllering", "Nußbaumer", "Petersilie", "Rübsamen", "Schöneweiß", "Zwickauer"],
        cities: ["Köln", "Lübeck", "Görlitz", "Münster", "Weimar", "Würzburg"],
    },
    Culture {
        language: "fr",
        country: "FR",
        first: ["Amélie", "Benoît", "Céline", "Didier", "Élodie", "Fabrice", "Gaëlle", "Hervé", "Inès", "Joël", "Kévin", "Léa", "Maïté", "Noémie", "Océane", "Rémi"],
        last: ["Aubépine", "Beauchêne", "Chantereau", "Desforêts", "Étiévant", "Fontanelle", "Grandpré", "Hautecoeur", "Jolivet", "Lachèvre", "Montclair", "Noisetier", "Perdrix", "Rossignol", "Sauvageot", "Villedieu"],
        cities: ["Lyon", "Besançon", "Orléans", "Nîmes", "Saint-Étienne", "Quimper"],
    },
    Culture {
        language: "sv",
        country: "SE",
        first: ["Åsa", "Björn", "Cecilia", "Daga", "Elof", "Frida", "Göran", "Hjördis", "Ivar", "Jöns", "Kerstin", "Linnéa", "Måns", "Nanna", "Östen", "Runa"],
        last: ["Almgren", "Björkdahl", "Dalström", "Ekelöv", "Fjällberg", "Granlöf", "Hedlind", "Israelsdotter", "Kvarnbäck", "Lövgren", "Mossberg", "Norrsken", "Rönnkvist", "Sjövall", "Tallroth", "Ängsmark"],
        cities: ["Malmö", "Umeå", "Göteborg", "Växjö", "Örebro", "Luleå"],
    },
    Culture {
        language: "pl",
        country: "PL",
        first: ["Agnieszka", "Bożena", "Czesław", "Dorota", "Elżbieta", "Felicja", "Grażyna", "Halina", "Ireneusz", "Józef", "Krystyna", "Łukasz", "Małgorzata", "Natalia", "Oskar", "Świętosław"],
        last: ["Brzeziński", "Chmielecka", "Dąbkowski", "Gołębiowska", "Jabłonecki", "Kwiatecka", "Leśniakowski", "Malinowiak", "Nowicjusz", "Ożarowska", "Pszczoła", "Rzepkowicz", "Sikorzanka", "Śliwka", "Wróbel", "Żurawska"],
        cities: ["Łódź", "Kraków", "Wrocław", "Gdańsk", "Poznań", "Białystok"],
    },
    Culture {
        language: "pt",
        country: "PT",
        first: ["Antônia", "Benedito", "Conceição", "Davi", "Estêvão", "Flávia", "Gonçalo", "Heloísa", "Inácio", "João", "Laís", "Marília", "Natércia", "Otávio", "Raíssa", "Tomás"],
        last: ["Araújo", "Brandão", "Carvalhal", "Damásio", "Falcão", "Guimarães", "Jordão", "Leitão", "Magalhães", "Nóbrega", "Oliveiral", "Pessoa", "Queirós", "Rebouças", "Sabiá", "Vasconcelos"],
        cities: ["Belém", "São Luís", "Évora", "Coimbra", "Niterói", "Florianópolis"],
    },
    Culture {
        language: "es",
        country: "ES",
        first: ["Álvaro", "Begoña", "Candela", "Desiderio", "Encarnación", "Fermín", "Guadalupe", "Hernán", "Íñigo", "Jimena", "Leandro", "Marisol", "Nicanor", "Olalla", "Pilar", "Ramón"],
        last: ["Acebedo", "Bermejo", "Castañar", "Duarte", "Espinosa", "Figueroa", "Golondrino", "Hinojosa", "Ibáñez", "Jaramillo", "Lozano", "Madroñero", "Núñez", "Ordóñez", "Peñalver", "Zorzal"],
        cities: ["Cádiz", "León", "Mérida", "Córdoba", "Oaxaca", "Medellín"],
    },
    Culture {
        language: "tr",
        country: "TR",
        first: ["Ayşe", "Barış", "Çiğdem", "Deniz", "Emre", "Fatma", "Gülay", "Hakan", "Işıl", "Kerem", "Leyla", "Mehmet", "Nazlı", "Orhan", "Şebnem", "Tülin"],
        last: ["Akçay", "Bahçeci", "Çınaroğlu", "Demirağ", "Erdoğdu", "Fındıkçı", "Gümüşay", "Hızarcı", "Kavaklı", "Limoncu", "Menekşe", "Özyurt", "Serçe", "Şimşekli", "Turna", "Yıldızhan"],
        cities: ["İzmir", "Muğla", "Eskişehir", "Çanakkale", "Kayseri", "Diyarbakır"],
    },
    Culture {
        language: "el",
        country: "GR",
        first: ["Αλέξης=alexis", "Βασιλική=vasiliki", "Γιώργος=giorgos", "Δήμητρα=dimitra", "Ελένη=eleni", "Ζωή=zoi", "Ηλίας=ilias", "Θάλεια=thaleia", "Ιάσων=iason", "Κατερίνα=katerina", "Λευτέρης=lefteris", "Μυρτώ=myrto", "Νίκος=nikos", "Ξένια=xenia", "Πέτρος=petros", "Σοφία=sofia"],
        last: ["Αηδονίδης=aidonidis", "Βερίκοκος=verikokos", "Γαλάνης=galanis", "Δεντράκης=dentrakis", "Ελιάς=elias", "Ζαχαρίου=zachariou", "Θαλασσινός=thalassinos", "Καρυδάκης=karydakis", "Λεμονής=lemonis", "Μαραγκός=marangos", "Νεραντζής=nerantzis", "Πλατάνου=platanou", "Ροδίτης=roditis", "Σταφυλάς=stafylas", "Τριανταφύλλου=triantafyllou", "Χελιδόνης=chelidonis"],
        cities: ["Αθήνα", "Πάτρα", "Χανιά", "Βόλος", "Ιωάννινα", "Καβάλα"],
    },
    Culture {
        language: "uk",
        country: "UA",
        first: ["Андрій=andrii", "Богдана=bohdana", "Віра=vira", "Галина=halyna", "Данило=danylo", "Євген=yevhen", "Зоряна=zoriana", "Ігор=ihor", "Катерина=kateryna", "Леся=lesia", "Марко=marko", "Назар=nazar", "Оксана=oksana", "Павло=pavlo", "Роман=roman", "Соломія=solomiia"],
        last: ["Барвінок=barvinok", "Вербовий=verbovyi", "Горобець=horobets", "Дубенко=dubenko", "Журавель=zhuravel", "Зозуля=zozulia", "Калинюк=kalyniuk", "Лелека=leleka", "Малинчук=malynchuk", "Нагірна=nahirna", "Омельчук=omelchuk", "Полуниця=polunytsia", "Ромашко=romashko", "Сорока=soroka", "Тополя=topolia", "Яворська=yavorska"],
        cities: ["Київ", "Львів", "Одеса", "Чернівці", "Полтава", "Ужгород"],
    },
    Culture {
        language: "ja",
        country: "JP",
        first: ["葵=aoi", "千尋=chihiro", "大輔=daisuke", "恵美=emi", "文子=fumiko", "悟朗=goro", "春香=haruka", "一郎=ichiro", "淳=jun", "和也=kazuya", "真理=mari", "直人=naoto", "玲奈=reina", "桜=sakura", "武=takeshi", "陽子=yoko"],
        last: ["秋庭=akiba", "千草=chigusa", "土井垣=doigaki", "藤棚=fujidana", "五十鈴=isuzu", "星合=hoshiai", "岩清水=iwashimizu", "梶原田=kajiwarada", "桑名=kuwana", "松葉=matsuba", "七海=nanami", "小鳥遊=takanashi", "大杉=osugi", "白鷺=shirasagi", "椿本=tsubakimoto", "山吹=yamabuki"],
        cities: ["京都市", "金沢市", "函館市", "松江市", "長崎市", "仙台市"],
    },
    Culture {
        language: "yo",
        country: "NG",
        first: ["Adébáyọ̀=adebayo", "Bọ́lá=bola", "Dáre=dare", "Ẹniọlá=eniola", "Fọlákẹ́=folake", "Gbénga=gbenga", "Ìfẹ́=ife", "Kẹ́hìndé=kehinde", "Lọlá=lola", "Morẹ́nikẹ́=morenike", "Olúwaṣeun=oluwaseun", "Rónkẹ́=ronke", "Ṣadé=sade", "Táíwò=taiwo", "Wálé=wale", "Yétúndé=yetunde"],
        last: ["Adéyẹmí=adeyemi", "Akínṣọlá=akinsola", "Balógun=balogun", "Dáramọ́lá=daramola", "Ẹkúndayọ̀=ekundayo", "Fálànà=falana", "Gbádébọ̀=gbadebo", "Ìdòwú=idowu", "Kúyẹ̀=kuye", "Ládipọ̀=ladipo", "Máfikúyọ̀mí=mafikuyomi", "Ògúnbámbo=ogunbambo", "Oyèkúnlé=oyekunle", "Ṣónibárẹ́=sonibare", "Tìámíyù=tiamiyu", "Wúràọlá=wuraola"],
        cities: ["Ìbàdàn", "Abẹ́òkúta", "Ilé-Ifẹ̀", "Ọ̀yọ́", "Àkúrẹ́", "Ìlọrin"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_have_distinct_ascii_forms() {
        let mut last = HashSet::new();
        for culture in &CULTURES {
            let first: HashSet<String> = culture.first.iter().map(|entry| split(entry).1).collect();
            assert_eq!(first.len(), culture.first.len(), "{}", culture.language);
            assert!(culture.last.iter().all(|entry| last.insert(split(entry).1)), "{}", culture.language);
        }
    }

    #[test]
    fn ascii_forms_lose_marks_but_no_letters() {
        assert_eq!(split("Świętosław").1, "swietoslaw");
        assert_eq!(split("O'Shea").1, "oshea");
        assert_eq!(split("陽子=yoko"), ("陽子", "yoko".to_owned()));
        let latin = CULTURES.iter().flat_map(|c| c.first.iter().chain(&c.last)).filter(|e| !e.contains('='));
        for entry in latin {
            let letters = entry.chars().filter(|c| c.is_alphabetic() && *c != 'ß').count();
            assert!(split(entry).1.len() >= letters, "{entry} has a letter that is not in the table");
        }
    }
}
