"""How a peer written in Python is raced: it takes steps when it is told to."""

import argparse
import json
import os
import platform
import resource
import sys
import time


def options():
    parser = argparse.ArgumentParser(description="Times the steps of workloads named on standard input.")
    parser.add_argument("--gan", required=True, help="JSON of the GAN's configuration")
    parser.add_argument("--compile", action="store_true", help="use torch.compile")
    parser.add_argument("--describe", action="store_true", help="print versions as JSON, and end")
    return parser.parse_args()


def threads():
    """As many as this process may use, as the engines of this project have."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def describe(facts):
    print(json.dumps({"Python": platform.python_version(), **facts}), flush=True)


def serve(prepare):
    """
    Answers each line, the name of a workload and a number of steps, with a line of JSON: `{ms,
    peakBytes}`, the time of one step, or `{error}`. Every workload has a process of its own.

    prepare: from the name of a workload to a function that takes one step, and is done when it returns
    """
    # Whatever libraries print is not an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    step = None
    for line in sys.stdin:
        name, times = line.split()
        try:
            if step is None:
                step = prepare(name)
                start = time.perf_counter()
                # The first step compiles; the second may find that it has to again.
                step()
                elapsed = time.perf_counter() - start
                for _ in range(2):
                    step()
            else:
                start = time.perf_counter()
                for _ in range(int(times)):
                    step()
                elapsed = (time.perf_counter() - start) / int(times)
            # Linux gives kilobytes, macOS bytes.
            unit = 1 if sys.platform == "darwin" else 1024
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
            answer = {"ms": 1000 * elapsed, "peakBytes": peak}
        except Exception as error:
            lines = str(error).strip().splitlines() or [""]
            answer = {"error": f"{type(error).__name__}: {lines[0]}"}
        print(json.dumps(answer), file=answers, flush=True)
