"""An independent computation of a replayed table's frontier with numpy, compared with the program's to 1e-9.

    python3 tests/replay_check.py PARETOSCOPE TABLE.csv

The table has one row a request, `segment`, `prompt_chars` and one column of 0 and 1 for each of two models. A router score is added that is the length of
the prompt: it has many ties. Checked are every tier alone, the random mix, the oracle and the threshold on that score, at 101 settings, quality
and cost, overall and by segment.
"""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

program, source = sys.argv[1:]
PRICES = [(0.24, 0.24), (10.0, 30.0)]
CHARS_PER_TOKEN, OUTPUT_TOKENS = 4.0, 300.0
TOLERANCE = 1e-9

with open(source, newline="") as file:
    rows = list(csv.DictReader(file))
models = [name for name in rows[0] if name not in ("request", "segment", "prompt_chars")]
score = {model: np.array([float(row[model]) for row in rows]) for model in models}
cheap, capable = sorted(models, key=lambda m: score[m].mean())
chars = np.array([float(row["prompt_chars"]) for row in rows])
segment = np.array([row["segment"] for row in rows])
names = sorted(set(segment))
usd = {
    model: (chars / CHARS_PER_TOKEN * price[0] + OUTPUT_TOKENS * price[1]) / 1e6
    for model, price in zip((cheap, capable), PRICES)
}

with tempfile.TemporaryDirectory() as folder:
    table, scenario = Path(folder, "table.csv"), Path(folder, "scenario.toml")
    with open(table, "w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], "router|length"])
        writer.writeheader()
        writer.writerows({**row, "router|length": row["prompt_chars"]} for row in rows)
    price = [f"--price={m}={p[0]}/{p[1]}" for m, p in zip((cheap, capable), PRICES)]
    subprocess.run([program, "import", table, "--out", scenario, *price], check=True, stdout=subprocess.DEVNULL)
    command = [program, "frontier", scenario, "--format", "json", "--points", "101"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

# The part of each row that goes to the cheap tier when a share of all rows does: rows with the same score share what is left for them.
order = np.sort(chars)
first, end = np.searchsorted(order, chars, "left"), np.searchsorted(order, chars, "right")


def to_cheap(kind, share):
    if kind == "classifier":
        return np.clip((share * len(rows) - first) / (end - first), 0.0, 1.0)
    return np.full(len(rows), share)


worst = 0.0
compared = 0


def compare(what, point, quality, cost):
    global worst, compared
    pairs = [(point["quality"], quality.mean()), (point["inference_usd_per_1k"] / 1000, cost.mean())]
    pairs += [(point["quality_by_segment"][name], quality[segment == name].mean()) for name in names]
    for ours, theirs in pairs:
        worst = max(worst, abs(ours - theirs))
        compared += 1
        if not abs(ours - theirs) <= TOLERANCE:
            sys.exit(f"{what}: {ours!r} against {theirs!r}")


for policy in found["launch"]["policies"] if "launch" in found else found["policies"]:
    kind, name = policy["kind"], policy["name"]
    if kind == "single":
        model = name.removeprefix("All ")
        compare(name, policy["operating_point"], score[model], usd[model])
    elif kind in ("random", "classifier"):
        for point in [policy["operating_point"], *policy["sweep"]]:
            part = to_cheap(kind, point["knob"])
            mix = lambda of: part * of[cheap] + (1 - part) * of[capable]
            compare(f"{name} at {point['knob']}", point, mix(score), mix(usd))
    elif kind == "oracle":
        quality = np.maximum(score[cheap], score[capable])
        # The cheapest tier that succeeds; where none does, the cheapest of all.
        needed = (score[cheap] == 0) & (score[capable] == 1)
        compare(name, policy["operating_point"], quality, np.where(needed, usd[capable], usd[cheap]))
print(f"{compared} figures agree; the largest difference is {worst:.1e}")
