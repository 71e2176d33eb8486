"""Keras runs on PyTorch in these tests; it reads this when it is first imported."""

import os

os.environ["KERAS_BACKEND"] = "torch"
