#!/usr/bin/env python3
"""Makes terminal.svg, the picture of the README, from a real run: docs/terminal.py

Needs target/release/triglot with its default model. The commands run in a terminal, so the colours are theirs. Only the lines are broken
at spaces, which a terminal would not do. The port 50051 must be free.
"""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
from fcntl import ioctl
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = 100
LINE, CHARACTER, EDGE = 18, 7.83, 16  # pixels
# Each command, with what the terminal must have before the next one.
COMMANDS = [
    ("triglot translate --to fr examples/article.en.txt", ""),
    ("triglot summarize --to ru --sentences 1 examples/article.en.txt", ""),
    (
        "echo 'Kwadwo Asante-Boateng beat Hlynur Sigurðsson by 0.03 seconds.' |\n"
        "    triglot translate --from en --to ru --json | grep -o '\"findings\":[^]]*]'",
        "",
    ),
    ("triglot serve &", " address="),
    ("triglot translate --server http://127.0.0.1:50051 --to fr <<< 'The talks ended on Monday.'", " status=Ok"),
]
ESCAPE = re.compile(r"(\x1b\[[0-9;]*[A-Za-z])")
STYLE = """text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#24292f;white-space:pre}
rect{fill:#f6f8fa;stroke:#d0d7de}.b{font-weight:bold}.d{fill:#6e7781}
.i{font-style:italic}.red{fill:#cf222e}.green{fill:#1a7f37}.yellow{fill:#9a6700}.blue{fill:#0969da}.magenta{fill:#8250df}.cyan{fill:#1b7c83}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#0d1117;stroke:#30363d}.green{fill:#3fb950}.d{fill:#8b949e}.red{fill:#ff7b72}
.yellow{fill:#d29922}.blue{fill:#58a6ff}.magenta{fill:#bc8cff}.cyan{fill:#39c5cf}}"""
CODES = {"1": "b", "2": "d", "3": "i", "31": "red", "32": "green", "33": "yellow", "34": "blue", "35": "magenta", "36": "cyan"}


def run(command, until, terminal, environment):
    """The output of a command, and its process, which may go on."""
    master, slave = terminal
    shell = ["bash", "-c", command.removesuffix(" &").replace("grep ", "grep --color=auto ")]
    process = subprocess.Popen(shell, cwd=ROOT, env=environment, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    output = b""
    while True:
        if select.select([master], [], [], 0.3)[0]:
            output += os.read(master, 65536)
        elif (command.endswith("&") or process.poll() is not None) and until in ESCAPE.sub("", output.decode()):
            break
    return output.decode().replace("\r\n", "\n"), process


class Screen:
    """What a terminal without an end shows: rows of characters with their classes."""

    def __init__(self):
        self.rows, self.line, self.column, self.classes = [[]], 0, 0, set()

    def write(self, text):
        for part in ESCAPE.split(text):
            if part.startswith("\x1b"):
                self.control(part[-1], part[2:-1])
            else:
                for character in part:
                    self.put(character, " ".join(sorted(self.classes)))

    def put(self, character, classes):
        if character == "\n":
            self.line, self.column = self.line + 1, 0
            self.rows += [[] for _ in range(self.line + 1 - len(self.rows))]
        elif character == "\r":
            self.column = 0
        else:
            row = self.rows[self.line]
            row += [(" ", "")] * (self.column + 1 - len(row))
            row[self.column] = character, classes
            self.column += 1

    def control(self, kind, numbers):
        """Moves of the cursor, erasures and colours: what progress bars and logs use."""
        if kind == "A":
            self.line = max(0, self.line - int(numbers or 1))
        elif kind == "K":
            del self.rows[self.line][0 if numbers == "2" else self.column :]
        elif kind == "m":
            for code in numbers.split(";"):
                code = code.lstrip("0")
                self.classes = self.classes | {CODES[code]} if code in CODES else self.classes if code else set()

    def lines(self):
        """The lines, broken at spaces where they are too long."""
        for row in self.rows:
            while len(row) > COLUMNS:
                space = max((place for place in range(COLUMNS) if row[place][0] == " "), default=COLUMNS)
                yield row[:space]
                row = row[space + 1 :]
            yield row


def row(pairs, y):
    """A line as SVG."""
    parts = []
    for character, kind in pairs:
        if parts and parts[-1][1] == kind:
            parts[-1][0] += character
        else:
            parts.append([character, kind])
    spanned = (f'<tspan class="{kind}">{escape(text)}</tspan>' if kind else escape(text) for text, kind in parts)
    return f'<text x="{EDGE}" y="{y}">{"".join(spanned)}</text>'


def main():
    terminal = pty.openpty()
    ioctl(terminal[1], termios.TIOCSWINSZ, struct.pack("HHHH", 50, 500, 0, 0))
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "TRIGLOT_DATA_DIR") if name in os.environ}
    environment = kept | {"PATH": f"{ROOT / 'target/release'}:{kept['PATH']}", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    screen, running = Screen(), []
    try:
        for command, until in COMMANDS:
            output, process = run(command, until, terminal, environment)
            running.append(process)
            screen.write(f"\x1b[32m$\x1b[0m \x1b[1m{command}\x1b[0m\n{output.rstrip()}\n\n")
    finally:
        for process in running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()
    lines = list(screen.lines())
    while not lines[-1]:
        lines.pop()
    rows = [row(line, EDGE + LINE * number - 5) for number, line in enumerate(lines, 1)]
    width, height = round(COLUMNS * CHARACTER + 2 * EDGE), LINE * len(rows) + 2 * EDGE
    label = '<title>triglot in a terminal</title>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
    box = f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>'
    Path(__file__).with_suffix(".svg").write_text("\n".join([svg, label, f"<style>{STYLE}</style>", box, *rows, "</svg>", ""]))


main()
