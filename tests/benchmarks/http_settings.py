"""The product's settings with one more address: the bare view that `bench http` compares with."""

from config.settings import *  # noqa: F403 - the product's own

ROOT_URLCONF = "tests.benchmarks.bare"
