"""How add-ons are split into shards."""

from __future__ import annotations

import itertools
import random

import pytest

from pipeline.core.errors import InputError
from pipeline.test.shards import parse_shard, split


def random_seconds(seed: int) -> dict[str, float]:
    """Made-up times of up to 80 add-ons: many short ones, some long ones, equal ones among them."""
    chance = random.Random(seed)
    count = chance.randint(1, 80)
    return {f"addon_{number}": round(chance.expovariate(0.1), 1) for number in range(count)}


@pytest.mark.parametrize("text", ["1/1", "2/4", "4/4", "60/9999"])
def test_a_shard_is_a_number_of_a_count(text: str) -> None:
    assert str(parse_shard(text)) == text


@pytest.mark.parametrize(
    "text",
    [*("0/3", "4/3", "x", "", "1", "/", "1/", "/2", "1/0", "-1/3", "1/-3", "1/3/5", "1.0/3"),
     *(" 1/3", "1/3 ", "01/3", "1/03", "1/3\n", "１/３", "1/10000", "+1/3")],
)  # fmt: skip
def test_what_is_no_shard_is_named(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_shard(text)
    assert caught.value.message == f"{text!r} is not a valid shard"
    assert "such as 2/4" in caught.value.fix


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
def test_every_name_is_in_one_shard_and_loads_are_balanced(seed: int, count: int) -> None:
    seconds = random_seconds(seed)
    parts = split(seconds, count)
    assert len(parts) == count
    assert sorted(name for part in parts for name in part) == sorted(seconds)
    assert all(part == tuple(sorted(part)) for part in parts)
    loads = [sum(seconds[name] for name in part) for part in parts]
    assert max(loads) <= sum(seconds.values()) / count + max(seconds.values())


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("count", [2, 3])
def test_no_shard_gets_more_than_a_third_above_the_best_split(seed: int, count: int) -> None:
    times = list(random_seconds(seed).values())[:8]
    choices = itertools.product(range(count), repeat=len(times))
    best = min(
        max(
            sum(itertools.compress(times, (part == one for one in chosen))) for part in range(count)
        )
        for chosen in choices
    )
    parts = split({str(number): time for number, time in enumerate(times)}, count)
    longest = max(sum(times[int(name)] for name in part) for part in parts)
    assert longest <= best * 4 / 3 + 1e-9


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_the_input_does_not_matter(seed: int) -> None:
    seconds = random_seconds(seed)
    shuffled = list(seconds.items())
    random.Random(seed + 1).shuffle(shuffled)
    assert split(dict(shuffled), 4) == split(seconds, 4)


def test_equal_times_are_dealt_evenly() -> None:
    parts = split({f"a{number:02}": 5.0 for number in range(60)}, 4)
    assert [len(part) for part in parts] == [15, 15, 15, 15]


def test_what_only_the_first_shard_does_counts_for_it() -> None:
    parts = split({name: 10.0 for name in "abcd"}, 2, first=30.0)
    assert parts == [("d",), ("a", "b", "c")]


def test_more_shards_than_names_leave_some_empty() -> None:
    assert split({"a": 1.0}, 3) == [("a",), (), ()]
    assert split({}, 2) == [(), ()]
