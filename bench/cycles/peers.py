"""What a user would pick instead of the segmenter, on the same samples.

Usage: peers.py FILE RATE: FILE holds float64 samples (NaN: missing). Prints one JSON object per method:
{"method", "onsetsS", "offsetsS", "cpuS", "samples"} or {"method", "why"} where it can't be run.
Missing samples are interpolated, as none of the methods knows them.
"""
import json
import math
import sys
import time

import numpy as np


def state_levels(x, bins=100):
    """IEEE 181: the most frequent bin of each half of the histogram."""
    counts, edges = np.histogram(x, bins)
    middle = (edges[:-1] + edges[1:]) / 2
    half = bins // 2
    return middle[np.argmax(counts[:half])], middle[half + np.argmax(counts[half:])]


def crossings(x, low, high, inner):
    """50 % crossings, interpolated, each between the reference levels `inner` and 1 - `inner` (hysteresis)."""
    step = high - low
    mid = (low + high) / 2
    above = x > high - inner * step
    below = x < low + inner * step
    known = np.flatnonzero(above | below)
    state = above[known]
    turns = np.flatnonzero(state[1:] != state[:-1])
    rises, falls = [], []
    for k in turns:
        first, last = known[k], known[k + 1]
        part = x[first : last + 1] - mid
        sign = 1.0 if state[k + 1] else -1.0
        at = np.flatnonzero((part[:-1] * sign < 0) & (part[1:] * sign >= 0))
        if len(at) == 0:
            continue
        # Several in noise: the one in the middle.
        j = at[len(at) // 2]
        (rises if sign > 0 else falls).append(first + j + part[j] / (part[j] - part[j + 1]))
    return rises, falls


def savitzky_golay(x):
    from scipy.signal import savgol_filter

    smooth = savgol_filter(x, 31, 3)
    low, high = state_levels(smooth)
    return crossings(smooth, low, high, 0.3)


def histogram_mid_crossing(x):
    low, high = state_levels(x)
    return crossings(x, low, high, 0.1)


def kernel_cpd(x):
    import ruptures

    rises, falls = [], []
    noise = np.median(np.abs(np.diff(x))) / 0.6745 / math.sqrt(2)
    block = 5000
    for start in range(0, len(x) - block + 1, block):
        part = x[start : start + block]
        found = ruptures.KernelCPD(kernel="linear", min_size=10).fit(part)
        points = found.predict(pen=6 * math.log(block) * max(noise, 0.05) ** 2)[:-1]
        bounds = [0, *points, block]
        means = [part[a:b].mean() for a, b in zip(bounds[:-1], bounds[1:])]
        low, high = state_levels(part)
        for k, point in enumerate(points):
            if abs(means[k + 1] - means[k]) < 0.5 * (high - low):
                continue
            (rises if means[k + 1] > means[k] else falls).append(start + point - 0.5)
    return rises, falls


def pulse_transitions(x):
    from pulse_transitions import detect_edges, detect_signal_levels, detect_thresholds

    t = np.arange(len(x), dtype=float)
    levels = detect_signal_levels(x=t, y=x)
    edges = detect_edges(t, x, *detect_thresholds(x=t, y=x, levels=levels))
    middle = [((e.start + e.end) / 2, e.sign) for e in edges]
    return [m for m, s in middle if s.value > 0], [m for m, s in middle if s.value < 0]


METHODS = {
    "Savitzky-Golay 31 + histogram levels + hysteresis (scipy)": (savitzky_golay, None),
    "histogram levels + mid-crossing": (histogram_mid_crossing, None),
    "ruptures KernelCPD linear": (kernel_cpd, 100_000),
    "pulse-transitions": (pulse_transitions, 100_000),
}


def main():
    x = np.fromfile(sys.argv[1], dtype=np.float64)
    rate = float(sys.argv[2])
    good = np.flatnonzero(~np.isnan(x))
    x = np.interp(np.arange(len(x)), good, x[good])
    for name, (method, most) in METHODS.items():
        part = x if most is None else x[:most]
        start = time.process_time()
        try:
            rises, falls = method(part)
        except Exception as error:  # said, not hidden: the reader sees which method could not be run
            print(json.dumps({"method": name, "why": f"{type(error).__name__}: {error}"}))
            continue
        cpu = time.process_time() - start
        print(
            json.dumps(
                {
                    "method": name,
                    "onsetsS": [float(r) / rate for r in rises],
                    "offsetsS": [float(f) / rate for f in falls],
                    "cpuS": cpu,
                    "samples": len(part),
                }
            )
        )


main()
