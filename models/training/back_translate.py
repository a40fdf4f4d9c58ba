"""Sources that the model writes for targets that people wrote.

There are few French-Russian news pairs, but many that have English on one side: their English half is put into the third
language and stands beside the other half; sentences of one language get a source in another. As a source, the machine's
half teaches to write what people wrote (Sennrich et al. 2016, "Improving Neural Machine Translation Models with
Monolingual Data"). As a target it is not used. What does not name and count what its target does is left out.
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

import faithful
from batches import MACHINE
from corpora import LANGUAGES
from generate import Generator, batches
from pack import KINDS

DOCS_SHARE = 0.15


def tasks(pack, rng, open_only):
    """(language to read, language to write, ids, language of the target, target's ids)."""
    en = LANGUAGES.index("en")
    for source, target, kind, is_open, s, t in pack.pairs:
        usable = KINDS[kind] in ("news", "joined") or KINDS[kind] == "docs" and rng.random() < DOCS_SHARE
        if source == en and usable and (is_open or not open_only):
            (third,) = {0, 1, 2} - {en, int(target)}
            yield en, third, pack.texts[s], int(target), pack.texts[t]
    for language, is_open, t in pack.mono:
        if is_open or not open_only:
            other = int(rng.choice([x for x in range(len(LANGUAGES)) if x != language]))
            yield int(language), other, pack.texts[t], int(language), pack.texts[t]


def plausible(ids, made):
    """Whether an answer has an end, a length that fits, and no loop, and is no copy."""
    if made is None or not 0.4 < len(made) / len(ids) < 2.5:
        return False
    loops = len(made) > 10 and len(set(made.tolist())) < 0.45 * len(made)
    return not loops and not np.array_equal(ids, made)


def _fits(pair):
    langs, source, target = pair
    return faithful.fits(source, target, _fits.known.get(langs, frozenset()))


def _learn(known):
    _fits.known = {key: {tuple(row) for row in rows} for key, rows in known.items()}


def judges(pack):
    """Processes that judge: made before a device is touched, as they are forks."""
    pool = ProcessPoolExecutor(max(1, (os.cpu_count() or 2) - 3), get_context("fork"), _learn, (pack.known,))
    pool.submit(int).result()
    return pool


def back_translate(model, pack, examples, pool, seconds, rng, open_only, log):
    """Adds pairs with a machine's source to the examples, as many as there is time for."""
    todo, until = list(tasks(pack, rng, open_only)), time.time() + seconds
    by_direction = {}
    for task in todo:
        by_direction.setdefault(task[:2], []).append(task)
    # prompts' lengths decide, and directions and lengths are mixed: time may be up at any moment
    device = model.embedding.device
    chunks = [[rows[i] for i in batch] for rows in by_direction.values()
              for batch in batches([len(row[2]) for row in rows], device)]
    rng.shuffle(chunks)
    generator, read, made = Generator(model, pack.newline, pack.writes), 0, []
    for chunk in chunks:
        if time.time() > until:
            break
        source, target = chunk[0][:2]
        longest = int(max(len(row[2]) for row in chunk) * 1.7) + 8
        answers = generator.translate([pack.prompt(source, target, row[2]) for row in chunk], target, longest)
        read += len(chunk)
        made += [(row, ids) for row, ids in zip(chunk, answers) if plausible(row[2], ids)]
    question = [("-".join(LANGUAGES[i] for i in sorted((row[1], row[3]))), pack.text(ids), pack.text(row[4])) for row, ids in made]
    kept = 0
    for good, (row, ids) in zip(pool.map(_fits, question, chunksize=400), made):
        if good:
            kept += 1
            examples.add(row[1], row[3], MACHINE, ids, row[4])
    log(f"back-translated {read} of {len(todo)}: {len(made)} plausible, {kept} faithful, "
        f"{ {f'{LANGUAGES[a]}-{LANGUAGES[b]}': len(v) for (a, b, k), v in examples.groups.items() if k == MACHINE} }")
