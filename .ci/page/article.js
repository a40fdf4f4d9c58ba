// The article of the tests, and what a model that errs makes of it.

export const sentences = [
  "Harbour reopens after storm",
  "The harbour of Port-Vallis reopened on Tuesday after a storm that damaged 42 boats.",
  "⚓ “We worked for three nights,” said the mayor, Élise Marchetti.",
  "Repairs will cost 60 million euros, of which the region pays half.",
  "The key rate of the central bank did not change.",
  "Fishermen say that they cannot wait until spring.",
];
const [title, first, second, third, fourth, fifth] = sentences;
export const article = `${title}\n\n${first} ${second} ${third}\n\n${fourth} ${fifth}\n`;

const fr = {
  [title]: { text: "Le port rouvre après la tempête" },
  [first]: {
    text: "Le port de Port-Vallis a rouvert mardi après une tempête qui a endommagé 24 bateaux.",
    findings: [{ warning: "WARNING_NUMBER_MISSING", expected: "42", found: "24" }],
    alternatives: [
      "Mardi, le port de Port-Vallis a rouvert après une tempête qui a endommagé 42 bateaux.",
      "Le port de Port-Vallis rouvrait mardi, après une tempête qui a abîmé 42 bateaux.",
    ],
  },
  [second]: { text: "⚓ « Nous avons travaillé trois nuits », a déclaré la maire, Élise Marchetti." },
  [third]: {
    text: "Les réparations coûteront 60 millions de dollars, dont la région paie la moitié.",
    findings: [{ warning: "WARNING_CURRENCY", expected: "60 million euros", found: "60 millions de dollars" }],
  },
  [fourth]: { text: "Le taux directeur de la banque centrale n’a pas changé." },
  [fifth]: {
    text: "Les pêcheurs disent qu’ils peuvent attendre le printemps.",
    findings: [{ warning: "WARNING_NEGATION", expected: "", found: "" }],
  },
};
const ru = {
  [title]: { text: "Порт открыт после шторма" },
  [first]: { text: "Порт Пор-Валлис открылся во вторник после шторма, который повредил 42 лодки." },
  [second]: { text: "⚓ «Мы работали три ночи», — сказала мэр Элиз Маркетти." },
  [third]: { text: "Ремонт обойдётся в 60 миллионов евро, половину из которых заплатит регион." },
  [fourth]: { text: "Ключевая ставка центрального банка не изменилась." },
  [fifth]: {
    text: "Рыбаки говорят, что не могут ждать до весны.",
    findings: [{ warning: "WARNING_DATE", expected: "spring", found: "" }],
  },
};
export const translations = { fr, ru };
