"""What do 8 bits cost? Sentences of the tests' grammar through the small trained Marian, in 32 and in 8 bits.

    pip install -r benches/quality/requirements.txt
    python benches/quality/compute_types.py --triglot target/release/triglot --sentences 1000

The sentences are drawn as those that the model was trained on (tests/reference/marian.py), and are none of them. For each
precision and beam the table has chrF and BLEU against the grammar's own translation, and how many lines are those of 32 bits.
"""

import argparse
import ast
import random
import subprocess
from pathlib import Path

import sacrebleu

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "reference" / "marian.py"
TRAINED = 900


def grammar():
    """What draws sentences in marian.py, without torch and the rest that it imports."""
    wanted = {"SEED", "SUBJECTS", "PREDICATES", "TIMES", "PLACES", "EVENTS", "FRAMES", "sentence", "corpus"}
    names = lambda node: {t.id for target in node.targets for t in ast.walk(target) if isinstance(t, ast.Name)}
    keep = [
        node
        for node in ast.parse(SCRIPT.read_text(encoding="utf-8")).body
        if (isinstance(node, ast.FunctionDef) and node.name in wanted) or (isinstance(node, ast.Assign) and names(node) & wanted)
    ]
    space = {"random": random}
    exec(compile(ast.Module(keep, []), str(SCRIPT), "exec"), space)
    return space["corpus"]


def translate(args, kind, beam, lines):
    command = [args.triglot, "translate", "--from", "en", "--to", "fr", "--model", args.model, "--compute-type", kind]
    done = subprocess.run(
        [*command, "--beam-size", str(beam), "--log", "error"], input="\n".join(lines) + "\n", text=True, capture_output=True, check=True
    )
    return done.stdout.splitlines()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--triglot", default=str(ROOT / "target" / "release" / "triglot"))
    parser.add_argument("--model", default=str(ROOT / "tests" / "reference" / "marian-tiny"))
    parser.add_argument("--sentences", type=int, default=1000)
    args = parser.parse_args()
    pairs = grammar()(TRAINED + args.sentences)[TRAINED:]
    sources, references = map(list, zip(*pairs))
    print("| bits | beam | chrF | BLEU | lines as in 32 bits |\n| --- | --- | --- | --- | --- |")
    for beam in (1, 4):
        exact = translate(args, "f32", beam, sources)
        for bits, lines in ((32, exact), (8, translate(args, "int8", beam, sources))):
            chrf = sacrebleu.corpus_chrf(lines, [references]).score
            bleu = sacrebleu.corpus_bleu(lines, [references]).score
            same = sum(a == b for a, b in zip(exact, lines, strict=True))
            print(f"| {bits} | {beam} | {chrf:.2f} | {bleu:.2f} | {same} of {len(lines)} |")


if __name__ == "__main__":
    main()
