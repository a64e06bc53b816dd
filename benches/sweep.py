"""The sweep of a routing table as a data scientist writes it with pandas: 101 thresholds of a router score and 101 random mixes, quality and cost
overall and by segment, and the oracle. Prints the seconds that it takes once the table is read.

    python3 benches/sweep.py TABLE.csv CHEAP CAPABLE SCORE
"""

import sys
import time

import numpy as np
import pandas as pd

path, cheap, capable, score = sys.argv[1:]
table = pd.read_csv(path)
start = time.perf_counter()
results = []
for share in np.linspace(0.0, 1.0, 101):
    cut = table[score].quantile(share)
    routed = np.where(table[score] < cut, table[cheap], table[capable])
    cost = np.where(table[score] < cut, table[f"{cheap}|cost"], table[f"{capable}|cost"])
    frame = pd.DataFrame({"segment": table["segment"], "quality": routed, "cost": cost})
    by_segment = frame.groupby("segment").mean()
    results.append(("threshold", share, frame["quality"].mean(), frame["cost"].mean(), by_segment))
    mix = share * table[cheap] + (1 - share) * table[capable]
    cost = share * table[f"{cheap}|cost"] + (1 - share) * table[f"{capable}|cost"]
    frame = pd.DataFrame({"segment": table["segment"], "quality": mix, "cost": cost})
    by_segment = frame.groupby("segment").mean()
    results.append(("random", share, frame["quality"].mean(), frame["cost"].mean(), by_segment))
best = table[[cheap, capable]].max(axis=1)
results.append(("oracle", 0.0, best.mean(), 0.0, best.groupby(table["segment"]).mean()))
print(time.perf_counter() - start)
