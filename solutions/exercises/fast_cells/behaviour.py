"""The behavioural question of the assignment `fast-cells`: an LSTM that keeps one marked sign, trained by fast passes.

unrolled-canary-1730abdb61c3
"""

from __future__ import annotations

from solutions.exercises.lstm_backward.behaviour import kept_sign, of_former_releases

MARKED_SIGN = kept_sign(
    "fast-{part}-{net}",
    "Does time come first in what lstm_fast gets? Does the forget gate's bias, the second block of b, start at 4? "
    "Do lstm_fast and lstm_fast_backward pass their checks?",
)
judge_kept_sign = MARKED_SIGN.judge
# The hidden test of releases from before.
judge_marked_sign = of_former_releases(MARKED_SIGN).judge
