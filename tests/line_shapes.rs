//! The meaning of line ends in plain text: a table of shapes in each language. `|` marks a cut and is not part of the text.

use triglot::lang::Language::{self, English, French, Russian};
use triglot::text::{Format, Limits, LineBreaks, PieceKind, Splitter};

fn segments(text: &str, language: Language, line_breaks: LineBreaks) -> Vec<String> {
    let splitter = Splitter::new(Format::Plain, language, Limits::default());
    let mut splitter = splitter.with_line_breaks(line_breaks);
    let mut pieces = Vec::new();
    splitter.push(text.as_bytes(), &mut pieces).expect("it is text");
    splitter.finish(&mut pieces).expect("it is text");
    let segments = pieces.into_iter().filter(|piece| piece.kind != PieceKind::Gap);
    segments.map(|piece| piece.text).collect()
}

/// Checks all shapes before it fails, so that one run shows all wrong cuts.
fn check(language: Language, line_breaks: LineBreaks, shapes: &[&str]) {
    let wrong: Vec<String> = shapes
        .iter()
        .filter_map(|shape| {
            let expected: Vec<&str> = shape.split('|').map(str::trim).collect();
            let found = segments(&shape.replace('|', ""), language, line_breaks);
            (found != expected).then(|| format!("wanted {shape}\n   got {}", found.join(" | ")))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} wrong\n{}", wrong.len(), shapes.len(), wrong.join("\n"));
}

#[test]
fn english_headlines_captions_and_datelines_are_blocks() {
    check(
        English,
        LineBreaks::Auto,
        &[
            "Floods reach the old harbour of Northwick\n|The mayor closed two roads on Monday.",
            "Floods reach the old harbour of Northwick\n|Mayor Hill closed two roads on Monday.",
            "Council approves new tram line\n|The first trams will run in 2027. |Work begins in May.",
            "Bakers of the old town strike for a second week over pay\n|Shops in the centre were closed.",
            "A ferry leaves the port of Northwick in heavy rain\n|Rain is expected until Friday, forecasters said.",
            "LEEDS, 4 March\n|A fire destroyed a warehouse on Tuesday.",
            "By Ann Lee\n|LEEDS — A fire destroyed a warehouse on Tuesday.",
            "FIRE DESTROYS WAREHOUSE IN NORTHWICK\n|Nobody was hurt, the fire brigade said.",
            "Fire destroys warehouse\n|Owner had warned of old cables\n|Ann Lee, Northwick\n|The warehouse burned down on Tuesday.",
            "Ten dead in storm\n|Trains cancelled across the north\n|Schools closed until Monday",
            "Minister quits over letters to bank\n|She denies any wrong. |The prime minister thanked her.",
            "Photo: the harbour on Sunday morning, seen from the castle\n|Engineers have found cracks in the bridge.",
            "Harbour bridge to close for two years, engineers say after long study\n|The bridge over the harbour will close on 1 May, the governor said on Tuesday, because two of its four old pillars are cracked.",
            "Is this the end of the old bridge?\n|The council will decide in May.",
            "Storm hits coast\n|“We lost everything”, says a fisherman from the village.",
            "Markets fall for a third day as banks report losses\n|6 May 2024\n|Shares fell again on Monday.",
        ],
    );
}

#[test]
fn english_wrapped_prose_is_joined() {
    check(
        English,
        LineBreaks::Auto,
        &[
            "The council voted on Monday to\nclose the old bridge, which had\nbeen built in 1931, after engineers\nfound cracks in two of its pillars.",
            "The governor said on Tuesday that the tunnel under the bay would open\nin June, four years later than it was planned, and that President\nMoreau would be the first to drive through it.",
            "Storm shuts the port\n|The port authority stopped all ferries on Tuesday because of the wind and\nsaid that it would decide on Wednesday whether to let them sail again. |It\nadvised passengers to stay at home.",
            "The bank lost 40 million euros last year, its head told a reporter, and\nit will close 8 of its branches in the north of the country and another\n12 in the south before the summer.",
            "The tunnel was opened on Monday by the mayor of\nNorthwick, who had cut the first stone.",
            "Nobody knows why the engineers of the company left the site before\nthe end of the week. |Mr. Hill and Mrs. Stone, who had hired them in\nMarch, did not answer.\n\n|The police are looking for the\nplans.",
            "> quoted line of a letter\n|> goes on here",
            "The fire began in a store behind the station, and spread within\nminutes to the roof of the hall,\nwhere it burned until the evening.",
        ],
    );
}

#[test]
fn english_verse_and_lists_are_kept() {
    check(
        English,
        LineBreaks::Auto,
        &[
            "The sea was calm,\n|the night was long,\n|and no one heard\n|the fisher's song.",
            "The boats came home against the wind,\n|The lamps were lit along the shore,\n|The women counted all their men,\n|And found that there were five no more.",
            "Ingredients\n|Two onions\n|One litre of water\n|Salt",
            "flour from the old mill by the river\n|two eggs\n|a cup of milk\n|butter for the pan\n|salt",
            "- |first item of the list, which is\n  long\n|- |second item",
            "1. |Open the door\n|2. |Close the window",
            "Monday: rain\n|Tuesday: sun\n|Wednesday: wind and snow in the hills",
            "Northwick 3\n|Leeds 1",
            "Ann Lee, mayor\n|Tom Hill, engineer\n|Mary Stone, head of the port",
            "Roses are red in the garden behind the wall,\n|violets are blue,\n|nobody came to the ball,\n|nobody knew.",
        ],
    );
}

#[test]
fn french_shapes() {
    check(
        French,
        LineBreaks::Auto,
        &[
            "La crue atteint le vieux port de Villeneuve\n|Le maire a fermé deux routes lundi.",
            "L'eau monte dans la vieille ville de Saint-Aubin\n|Les écoles resteront fermées jusqu'à jeudi.",
            "Incendie dans un entrepôt du port\n|Aucun blessé n'est à déplorer, selon les pompiers.",
            "Le ministre démissionne après trois semaines de crise\n|Élue en mai, la députée lui succède.",
            "VILLENEUVE, 4 mars\n|Un incendie a détruit un entrepôt mardi.",
            "Par Anne Leroy\n|Un incendie a détruit un entrepôt mardi.",
            "Légende : le port dimanche matin, vu du château\n|Des fissures ont été trouvées dans le pont.",
            "Faut-il fermer le pont ?\n|Le conseil en décidera en mai.",
            "Grève des boulangers\n|Deuxième semaine sans pain\n|Les boutiques du centre étaient fermées.",
            "Le conseil a voté lundi la fermeture\ndu vieux pont, construit en 1931,\naprès la découverte de fissures dans\ndeux de ses piliers.",
            "Le gouverneur a déclaré mardi que le tunnel sous la baie ouvrirait en\njuin, quatre ans plus tard que prévu, et que le président de la\nRépublique serait le premier à le traverser.",
            "Tempête sur la côte\n|Les bateaux sont restés au port mardi à cause du vent, et la capitainerie\ndécidera mercredi s'ils peuvent reprendre la mer. |Elle\nconseille d'attendre.",
            "Le maire de la ville a reçu mercredi M.\nDurand et son avocat.",
            "La mer était calme,\n|la nuit était longue,\n|et nul n'entendait\n|le chant du pêcheur.",
            "Les barques rentraient contre le vent du nord,\n|Les lampes brillaient au bord de la mer,\n|Les femmes comptaient les hommes du port,\n|Et cinq manquaient depuis hier.",
            "Deux oignons\n|Un litre d'eau\n|Du sel",
            "- |premier point de la liste, qui est\n  long\n|- |deuxième point",
            "Lundi : pluie\n|Mardi : soleil\n|Mercredi : vent et neige sur les collines",
        ],
    );
}

#[test]
fn russian_shapes() {
    check(
        Russian,
        LineBreaks::Auto,
        &[
            "Вода поднялась в старой гавани Заречья на метр\n|Мэр закрыл две дороги в понедельник.",
            "Паводок дошёл до старого порта\n|В городе закрыты две дороги, сообщил мэр.",
            "Министр ушёл в отставку после трёх недель споров\n|Он отрицает вину. |Премьер поблагодарил его.",
            "Пожар на складе в порту\n|Пострадавших нет, сообщили пожарные.",
            "ЗАРЕЧЬЕ, 4 марта\n|Пожар уничтожил склад во вторник.",
            "Анна Лисина\n|Пожар уничтожил склад во вторник.",
            "Фото: гавань в воскресенье утром, вид с крепости\n|Инженеры нашли трещины в мосту.",
            "Закроют ли мост?\n|Совет решит это в мае.",
            "Пекари бастуют вторую неделю\n|Магазины в центре закрыты\n|Анна Лисина, Заречье\n|Переговоры начнутся в четверг.",
            "Совет проголосовал в понедельник за\nзакрытие старого моста, построенного\nв 1931 году, после того как инженеры\nнашли трещины в двух опорах.",
            "Губернатор сообщил во вторник, что тоннель под заливом откроют в июне, на\nчетыре года позже, чем обещали, и что первым по нему проедет президент\nМорозов, который подписал проект.",
            "Шторм закрыл порт\n|Паромы во вторник не вышли в море из-за сильного ветра, и начальник порта\nобещал решить в среду, когда они пойдут снова. |Он\nпросил пассажиров остаться дома.",
            "Мост открыл в понедельник мэр города, который в\nСеверске родился и вырос.",
            "Было тихо море,\n|ночь была длинна,\n|и никто не слышал\n|песню рыбака.",
            "Домой вернулись лодки против ветра,\n|Огни зажглись на берегу морском,\n|Считали жёны всех своих мужей,\n|И пятерых не досчитался дом.",
            "Две луковицы\n|Литр воды\n|Соль",
            "- |первый пункт списка, который\n  длинный\n|- |второй пункт",
            "Понедельник: дождь\n|Вторник: солнце\n|Среда: ветер и снег в горах",
        ],
    );
}

#[test]
fn a_line_of_many_items_is_cut_at_the_items() {
    check(
        English,
        LineBreaks::Auto,
        &[
            "- |added modules and attributes of imports |- |added a print function |- |better tracker of promises |- |added a flag for patterns |- |misc fixes",
            "• |Bridge closed for two years from the first of May |• |Repairs cost 120 million euros in all |• |Shops in the old town fear losses |• |Ferries run every hour",
            "Today |• |Bridge closed for two years from the first of May |• |Repairs cost 120 million euros |• |Shops fear losses |• |Ferries run",
            "The old bridge - built in 1931 and closed twice since then - will be closed again, said the mayor - who had denied it in May - on Tuesday.",
        ],
    );
    check(
        French,
        LineBreaks::Auto,
        &[
            "- |nouveau pont sur la rivière |- |deux écoles dans le quartier du port |- |une ligne de tramway |- |divers travaux de voirie",
        ],
    );
    check(
        Russian,
        LineBreaks::Auto,
        &[
            "- |новый мост через реку |- |две школы в районе старого порта |- |линия трамвая до вокзала |- |разные дорожные работы",
        ],
    );
}

#[test]
fn kept_lines_are_blocks() {
    check(
        English,
        LineBreaks::Keep,
        &[
            "The council voted on Monday to\n|close the old bridge, which had\n|been built in 1931. |It\n|rained.",
        ],
    );
}

#[test]
fn joined_lines_are_one_text_up_to_a_blank_line_or_an_item() {
    check(
        English,
        LineBreaks::Join,
        &[
            "The sea was calm,\nthe night was long,\n  And no one heard\nThe song.\n|It rained\n\n|Fine\n|- |bread\n|- |milk",
            "Floods reach Northwick\nThe mayor closed two roads.",
        ],
    );
}
