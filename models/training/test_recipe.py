"""The recipe from raw lines to an adapter that triglot loads, on a corpus that is made up here.

    python -m unittest -v test_recipe        # TRIGLOT=BINARY and MODEL=FILE.gguf in the environment

A few steps teach nothing; what is held is that each part reads what the one before wrote, and that the rules do what they say.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import add
import faithful
import hard_cases
import names
from corpora import LANGUAGES

HERE = Path(__file__).parent


class Faithful(unittest.TestCase):
    def test_a_name_in_another_script_is_the_same(self):
        self.assertTrue(faithful.fits("Владимир Путин прибыл в Вену.", "In Vienna, Vladimir Putin arrived."))
        self.assertTrue(faithful.fits("Poutine a parlé à Obama.", "Говорил Путин с Обамой."))

    def test_a_name_from_nowhere_is_seen(self):
        self.assertEqual(faithful.lost_names("The mayor spoke.", "Le maire Lambert a parlé."), ["Lambert"])
        self.assertFalse(faithful.fits("The mayor spoke.", "Le maire Lambert a parlé."))

    def test_another_number_is_seen(self):
        self.assertTrue(faithful.fits("Some 1,250 people came.", "Quelque 1 250 personnes sont venues."))
        self.assertFalse(faithful.fits("Some 1,250 people came.", "Quelque 1 520 personnes sont venues."))

    def test_what_often_stands_together_is_learned(self):
        pairs = [(f"In Germany, {i} people.", f"En Allemagne, {i} personnes.") for i in range(4)]
        known = faithful.learn(pairs)
        self.assertFalse(faithful.fits("From Germany.", "Venu d'Allemagne ; en Allemagne."))
        self.assertTrue(faithful.fits("From Germany.", "Venu de l'Allemagne.", known))


class Spelling(unittest.TestCase):
    def test_russian_names_are_spelled_as_newspapers_do(self):
        for russian, english, french in (("Собянин", "Sobyanin", "Sobianine"), ("Лужков", "Luzhkov", "Loujkov"),
                                         ("Хрущев", "Khrushchev", "Khrouchtchev"), ("Медведев", "Medvedev", "Medvedev"),
                                         ("Чайковский", "Chaykovsky", "Tchaïkovski")):
            self.assertEqual((names.english_of(russian), names.french_of(russian)), (english, french))

    def test_both_sides_get_the_same_name_in_its_case(self):
        pairs = [dict(langs=["en", "ru"], text=["We met Obama there.", "Мы встретили там Обаму."], kind="news")] * 2
        known = names.Names(pairs)
        for seed in range(20):
            texts = known.exchanged(pairs[0], random.Random(seed))
            if texts and "Obama" not in texts[0]:
                self.assertTrue(texts[0].startswith("We met ") and texts[1].startswith("Мы встретили там "), texts)
                self.assertTrue(faithful.fits(*texts), texts)


def corpus(folder, rng):
    """Aligned files of sentences about amounts and people, as prepare.py wants them."""
    folder.mkdir()
    for stem, langs in (("news.en-fr", (0, 1)), ("news.en-ru", (0, 2)), ("newstest2012", (1, 2))):
        rows = {hard_cases.amounts(rng) for _ in range(60)}
        for lang in langs:
            lines = [row[lang] for row in sorted(rows)]
            (folder / f"{stem}.{LANGUAGES[lang]}").write_text("\n".join(lines) + "\n", encoding="utf-8")


class Recipe(unittest.TestCase):
    def test_raw_lines_become_an_adapter_that_triglot_loads(self):
        triglot, model = Path(os.environ["TRIGLOT"]).resolve(), Path(os.environ["MODEL"]).resolve()
        with tempfile.TemporaryDirectory() as made:
            made = Path(made)
            corpus(made / "train", random.Random(1))
            (made / "mono").mkdir()
            (made / "mono" / "factrueval2016.ru.txt").write_text("\n".join(
                f"Вчера в городе прошла выставка, на которой побывали {n} человек." for n in range(20, 40)), encoding="utf-8")
            for lang in LANGUAGES:
                (made / f"measured.{lang}").write_text("\n", encoding="utf-8")

            def run(script, *args):
                subprocess.run([sys.executable, HERE / script, *map(str, args)], check=True)

            run("prepare.py", "--data", made / "train", "--mono", made / "mono", "--exclude", made / "measured",
                "--out", made / "work", "--heldout", 4)
            lines = (made / "work" / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
            kinds = {json.loads(line)["kind"] for line in lines}
            self.assertLessEqual({"news", "rule", "names"}, kinds)
            run("pack.py", "--model", model, "--work", made / "work", "--out", made / "pack")
            few = ("--pack", made / "pack", "--out", made / "run", "--tokens", 256, "--rank", 2, "--alpha", 4, "--no-compile",
                   "--heldout-steps", 1000)
            run("train.py", *few, "--minutes", 0.6, "--seed", 1)
            log = (made / "run" / "train.log").read_text(encoding="utf-8")
            self.assertIn("step 1 ", log)
            # The same command goes on from its state, for what is left of the minutes.
            run("train.py", *few, "--minutes", 1, "--seed", 1)
            log = (made / "run" / "train.log").read_text(encoding="utf-8")
            self.assertIn("goes on from step", log)
            ends = [int(line.split(" step ")[1].split(",")[0]) for line in log.splitlines() if line.endswith(", end")]
            self.assertLess(ends[0], ends[1])
            # A second run writes sources with the adapter of the first, and its weights are its own.
            few = tuple(made / "run2" if arg == made / "run" else arg for arg in few)
            run("train.py", *few, "--minutes", 0.8, "--seed", 2, "--back-translate-with", made / "run" / "adapter",
                "--back-translation-seconds", 5)
            self.assertIn("back-translated", (made / "run2" / "train.log").read_text(encoding="utf-8"))

            run("add.py", made / "run" / "adapter", 0.6, made / "run2" / "adapter", 0.6, "--rank", 4, "--out", made / "sum")
            one, two, both = (add.read(folder) for folder in
                              (made / "run" / "adapter", made / "run2" / "adapter", made / "sum"))
            a = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
            b = a.replace("lora_A", "lora_B")
            wanted = sum(0.6 * scale * tensors[b] @ tensors[a] for tensors, scale, _ in (one, two))
            got = both[1] * both[0][b] @ both[0][a]
            # Rank 4 holds the sum of two of rank 2; what is left is what float16 costs.
            self.assertLessEqual(abs(got - wanted).max(), 0.01 * abs(wanted).max())

            manifest = HERE.parent / "gemma3-270m" / "news" / "manifest.toml"
            (made / "sum" / "manifest.toml").write_bytes(manifest.read_bytes())
            done = subprocess.run([triglot, "translate", "--from", "en", "--to", "fr", "--adapter", made / "sum", "-"],
                                  input=b"The talks ended on Monday.", stdout=subprocess.PIPE, check=True)
            self.assertTrue(done.stdout.strip())


if __name__ == "__main__":
    unittest.main()
