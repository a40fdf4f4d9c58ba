"""Writes gemma3_logits.json: what llama.cpp's network says, position by position, for the model tests.

    pip install llama-cpp-python==0.3.36
    python tests/reference/gemma3_logits.py MODEL.gguf

Two texts are read with the ids given (teacher-forced): a translation prompt with its answer, and a
news text in three languages that is longer than the sliding window of 512 positions. For every 8th
position and the last 16 the file holds the argmax, its lead over the second (`margin`), and the
logits of 256 fixed vocabulary ids: half of them drawn over the whole vocabulary, half among the ids
that occur in the texts, where a fault shows most. Four significant digits are kept.

How to hold another implementation to it. Both quantise the activations of a product in their own
way, so bits differ and the right question is how far. Over all stored logits of a text the relative
RMS, sqrt(sum((ours - theirs)^2) / sum(theirs^2)), must be at most 0.05; and the argmax may differ
only where `margin` is under 0.5.

Why so wide: that is how far llama.cpp is from itself. The order of additions decides which way an
activation is rounded, and 18 layers carry it on. With a batch of 1 in place of 512 the relative RMS
is 0.042 (translation) and 0.038 (news), and over all positions 52 of 982 argmaxes change, two of them
at margins of 0.59 and 0.63, the rest under 0.41; flash attention or keys and values in f32 give 0.039
to 0.047. One position alone comes to 0.12, so a bound for each position would measure noise. A true
fault stands out: with the rotary base of the local layers used in the global ones it is 0.09 to 0.14,
and margins of 1.5 and more are overturned.

The batches are compared again by: python tests/reference/gemma3_logits.py MODEL.gguf --self-check
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
from gemma3_tokens import prompt
from llama_cpp import Llama

HERE = Path(__file__).resolve().parent
EVERY, TAIL, PROBES, SEED = 8, 16, 256, 270

TRANSLATION = prompt(
    "en",
    "fr",
    "Firefighters were still searching the collapsed warehouse on Thursday evening, "
    "more than thirty hours after the explosion.",
) + (
    " Jeudi soir, plus de trente heures après l'explosion, les pompiers fouillaient encore "
    "l'entrepôt effondré.\n\n"
)

NEWS = """\
Ferry line between the islands to close after ninety years

The last ferry between Marrow Point and the island of Saint Oran will sail on 31 October, the \
operator said on Monday, ending a service that has run, with one interruption, since 1934. Passenger \
numbers have fallen by more than 60 percent since the bridge opened, and the two remaining vessels \
would need repairs worth 14.2 million euros to pass their next inspection.

"We looked at every option, including electric boats," said Helen Marsh, who has managed the line for \
eleven years. "None of them would have paid for itself before 2050." The regional council, which \
covers about a third of the costs, had asked for a decision to be put off until spring. Residents of \
the island fear that the longer road will keep visitors away; a petition had gathered 3,418 signatures \
by Sunday night. Freight will be carried by lorry, and the pier is to become a museum.

Une panne informatique paralyse les gares de la région

Des milliers de voyageurs ont passé une partie de la nuit de mardi à mercredi dans les gares, après \
une panne qui a privé les aiguilleurs de leurs écrans pendant près de six heures. « Nous avons d'abord \
cru à une simple coupure de courant », a expliqué le directeur régional, Luc Arnaud, lors d'une \
conférence de presse. L'origine de l'incident n'est pas encore connue, mais la piste d'une attaque a \
été écartée. Le trafic devait revenir à la normale dans la journée ; les billets non utilisés seront \
remboursés jusqu'au 15 mars. Selon l'association des usagers, c'est la quatrième panne de ce genre en \
moins d'un an : elle réclame un audit indépendant et 25 % de réduction sur les abonnements. La ministre \
des Transports doit recevoir les deux parties vendredi à 10 h 30.

Учёные нашли в горном озере неизвестный вид рачков

Экспедиция университета обнаружила на дне высокогорного озера рачков, которые до сих пор не были \
описаны наукой. Длина взрослой особи не превышает четырёх миллиметров, а живут они на глубине более \
170 метров, где круглый год держится температура около трёх градусов. «Мы искали совсем другое — следы \
древних землетрясений, — рассказала руководитель экспедиции Ольга Самойлова. — Но в первой же пробе ила \
что-то зашевелилось». По её словам, ближайшие родственники находки обитают в северных морях, и пока \
неясно, как они попали в озеро. Описание вида выйдет в конце года. Местные власти уже пообещали \
ограничить движение моторных лодок и потратить на охрану берегов 9,5 миллиона рублей. Строительство \
гостиницы, против которого жители протестовали всё лето, отложено как минимум до 2027 года.

Bakers win dispute over the name of a loaf

A court ruled on Wednesday that only bakeries in the valley may sell bread as "Orlen loaf", ending a \
quarrel of almost seven years with two supermarket chains. The judges found that shoppers link the \
name with a place, an oven and a method, not just with a shape. The chains have thirty days to appeal; \
one of them said it would rename its product instead. "We never wanted money," said the baker Tomas \
Reil, 61, whose family has kept the recipe since 1888. "We wanted our name back." About forty small \
bakeries, which together employ 310 people, are expected to profit from the ruling.
"""


def logits(model, ids, n_batch):
    """One row of logits for each id, read from the start."""
    llm = Llama(
        model,
        n_ctx=1024,
        n_batch=n_batch,
        n_ubatch=n_batch,
        n_threads=2,
        n_threads_batch=2,
        flash_attn=False,
        logits_all=True,
        verbose=False,
    )
    llm.eval(ids)
    rows = llm.scores[: len(ids)].copy()
    llm.close()
    return rows


def stored_positions(count):
    return sorted({*range(0, count, EVERY), *range(count - TAIL, count)})


def probe_ids(vocabulary, texts):
    """The ids whose logits are kept: half from anywhere, half from the texts."""
    rng = random.Random(SEED)
    seen = rng.sample(sorted({id for ids in texts for id in ids}), PROBES // 2)
    rest = sorted(set(range(vocabulary)) - set(seen))
    return sorted(seen + rng.sample(rest, PROBES - len(seen)))


def margins(rows):
    top = np.partition(rows, -2, axis=1)[:, -2:]
    return top[:, 1] - top[:, 0]


def relative_rms(ours, theirs):
    return float(np.sqrt(np.square(ours - theirs).sum() / np.square(theirs).sum()))


def short(value):
    return float(f"{value:.4g}")


def case(name, model, ids, probes, at):
    """What is kept of a text: its ids, and at these positions the argmax, its lead and the probes' logits."""
    rows = logits(model, ids, 512)
    lead = margins(rows)
    points = [
        {
            "at": at,
            "argmax": int(rows[at].argmax()),
            "margin": short(lead[at]),
            "logits": [short(value) for value in rows[at, probes]],
        }
        for at in at
    ]
    print(f"{name}: {len(ids)} tokens, {len(points)} positions stored")
    return {"name": name, "ids": ids, "positions": points}


def write(model, texts, vocabulary):
    probes = probe_ids(vocabulary, texts.values())
    cases = [case(name, model, ids, probes, stored_positions(len(ids))) for name, ids in texts.items()]
    out = HERE / "gemma3_logits.json"
    body = json.dumps({"probes": probes, "cases": cases}, separators=(",", ":"))
    out.write_text(body.replace('{"at"', '\n{"at"') + "\n", encoding="ascii")
    print(f"{out.stat().st_size} bytes")


def self_check(model, texts, vocabulary):
    """How far llama.cpp is from itself when only the batch size changes."""
    probes = probe_ids(vocabulary, texts.values())
    for name, ids in texts.items():
        one, many = logits(model, ids, 1), logits(model, ids, 512)
        at = stored_positions(len(ids))
        kept = np.ix_(at, probes)
        worst = max(relative_rms(one[p, probes], many[p, probes]) for p in at)
        flips = np.flatnonzero(one.argmax(1) != many.argmax(1))
        print(
            f"{name}: relative RMS {relative_rms(one[kept], many[kept]):.5f}, at worst {worst:.5f} "
            f"in one position; largest difference {np.abs(one - many).max():.3f}; argmax differs at "
            f"{len(flips)} of {len(ids)} positions, margins {margins(many)[flips].round(3).tolist()}"
        )


def main():
    args = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    args.add_argument("model")
    args.add_argument(
        "--self-check", action="store_true", help="compare batches of 1 and 512, write nothing"
    )
    args = args.parse_args()

    vocab = Llama(args.model, vocab_only=True, verbose=False)
    texts = {
        name: vocab.tokenize(text.encode(), add_bos=True, special=False)
        for name, text in {"translation": TRANSLATION, "news": NEWS}.items()
    }
    (self_check if args.self_check else write)(args.model, texts, vocab.n_vocab())


if __name__ == "__main__":
    main()
