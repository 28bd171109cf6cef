"""Compare two variants of a recipe over three seeds.

python examples/seed_study.py
"""

import ganarium

STEPS = 2000

if __name__ == "__main__":  # the runs are trained in processes that import this file
    comparison = ganarium.study(
        "plane",
        variants={"plain": {"remedies": {"r1": False}}, "r1": {"remedies": {"r1": {"gamma": 1}}}},
        seeds=3,
        steps=STEPS,
        n=2000,
        out="runs/studies/r1",
    )
    print(comparison)
