"""Savings: every lever worked out by hand, and all of them together as one bill.

Prices by hand, per million tokens: Opus 5 $5 in, $25 out, $0.50 read, $6.25 and $10 written;
Opus 5.5 $4 in, $20 out; Sonnet 5.5 $2 in, $10 out. A row of $100 changes by ratios of these.
"""

from fractions import Fraction

import factory as f
import polars as pl
import pytest

from core.analysis.explore import ask
from core.analysis.query import Query
from core.analysis.savings import words
from core.analysis.savings.answer import savings
from core.analysis.savings.families import newest, published
from core.analysis.savings.plan import LEVERS, Plan, Swap, percent, share_of, swap_of
from core.analysis.savings.portions import portions
from core.analysis.savings.seats import a_month, fee
from core.calendar import Span
from core.errors import BadValue, UnknownName
from core.ledger.names import NameRow
from core.ledger.prices import ContractPrice

KEY, WHO, SHAPE = (f"platform/unified/cost/{name}" for name in ("key", "who", "shape"))
BILL = "platform/reports/cost/bill"
SEATS, SEAT_SHAPE, SEAT_USE = (
    f"enterprise/unified/{name}" for name in ("cost/who", "cost/shape", "usage/who")
)
OPUS, OPUS_NEW, SONNET, HAIKU = (
    "claude-opus-5", "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5",
)  # fmt: skip
NOV = f.span("11-01", "12-01")
DOLLAR = 10**10
HALF, TENTH = Fraction(1, 2), Fraction(1, 10)


def used(amount, operation="input", model=OPUS, day="11-01", **dims):
    """One cost in each of the three answers of the Platform's unified API."""
    row = {
        "workspace": "w1", "api_key": "k1", "product": "messages_api", "service_tier": "standard",
        "context_window": "0-200k", "inference_geo": "global", "speed": "standard",
        "model": model, "operation": operation, **dims,
    }  # fmt: skip
    return [
        f.fact(1, cut, day, amount=amount * DOLLAR, **{
            name: value for name, value in row.items() if name in f.BY_NAME[cut].dims
        })
        for cut in (KEY, WHO, SHAPE)
    ]  # fmt: skip


def plan(*levers, **values):
    return Plan(levers=frozenset(levers), **values)


def saved(rows, what, *prices, query=None, names=(), **options):
    book = f.book(rows, [f.platform()], names=names)
    query = query or Query((), "cost", NOV)
    found = savings(book, query, what, prices)
    assert found.before == ask(book, query).total
    assert found.alone == sum(lever.saving for lever in found.levers)
    return found


def test_without_a_lever_the_bill_is_the_bill():
    rows = [*used(100), *used(7, "output"), *used(3, "web_search", "")]
    found = saved(rows, plan())
    assert (found.before, found.after, found.alone) == (110 * DOLLAR, 110 * DOLLAR, 0)
    assert found.levers == ()
    assert {lever.name for lever in found.resting} == set(LEVERS)


def test_batch_halves_the_share_that_can_wait():
    rows = [*used(100), *used(50, "output", service_tier="batch", product="message_batches_api")]
    found = saved(rows, plan("batch", batch=Fraction(1, 5)))
    assert found.saving == 10 * DOLLAR
    assert found.levers[0].reach == 100 * DOLLAR


@pytest.mark.parametrize(
    "dims",
    [{"speed": "fast"}, {"product": "claude_code"}, {"service_tier": "batch"},
     {"product": "managed_agents_api"}],
)  # fmt: skip
def test_batch_leaves_what_cannot_be_batched(dims):
    assert saved(used(100, **dims), plan("batch", batch=Fraction(1))).saving == 0


def test_caching_is_worth_what_is_read_less_what_is_written():
    # Half of $100 is cached: 4/5 of it read at a tenth, 1/5 written at 1.25 times.
    found = saved(used(100), plan("cache", cacheable=HALF, hit_rate=Fraction(4, 5)))
    assert found.after == (50 + 4 + Fraction(25, 2)) * DOLLAR


def test_caching_breaks_even_where_it_is_said_to():
    # (1.25 - 1) / (1.25 - 0.1) = 5/23 and (2 - 1) / (2 - 0.1) = 10/19.
    found = saved(used(23), plan("cache", cacheable=Fraction(1), hit_rate=Fraction(5, 23)))
    row = found.breakevens[0]
    assert (row.five, row.hour) == (Fraction(5, 23), Fraction(10, 19))
    assert (row.again, row.repeat) == (Fraction(15, 23), Fraction(15, 38))
    assert found.saving == 0
    below = saved(used(23), plan("cache", hit_rate=Fraction(1, 5)))
    above = saved(used(23), plan("cache", hit_rate=Fraction(1, 4)))
    assert below.saving < 0 < above.saving


def test_the_hit_rate_is_that_of_tokens_not_of_dollars():
    # $0.50 reads a million tokens, $6.25 writes a million: 4 of 5 tokens were read.
    rows = [*used(2, "cache_read"), *used(25, "cache_write_5m", day="11-02")]
    found = saved(rows, plan("cache"))
    assert found.hit_rate == found.assumed == HALF
    assert saved(used(1), plan("cache")).hit_rate is None
    apps = saved(used(2, "cache_read", product="claude_code"), plan("cache"))
    assert apps.hit_rate is None


def test_an_hour_becomes_five_minutes_and_some_is_written_again():
    # $100 at $10 is 10 million tokens; 11 million at $6.25 less a million reads at $0.50.
    found = saved(used(100, "cache_write_1h"), plan("lifetime", again=TENTH))
    assert found.after == (Fraction(6875, 100) - Fraction(1, 2)) * DOLLAR
    even = saved(used(23, "cache_write_1h"), plan("lifetime", again=Fraction(15, 23)))
    assert even.saving == 0


def test_five_minutes_become_an_hour_and_what_repeats_is_read():
    # $62.50 is 10 million tokens: 6 million written at $10, 4 million read at $0.50.
    what = plan("lifetime", lifetime="1h", again=Fraction(2, 5))
    found = saved([*used(25, "cache_write_5m")], what)
    assert found.after == (24 + Fraction(8, 10)) * DOLLAR


def test_fast_mode_and_geography_cost_what_they_add():
    assert saved(used(100, speed="fast"), plan("fast")).after == 50 * DOLLAR
    assert saved(used(110, inference_geo="us"), plan("geography")).after == 100 * DOLLAR
    both = saved(used(110, speed="fast", inference_geo="us"), plan("fast", "geography"))
    assert (both.after, both.alone, both.saving) == (50 * DOLLAR, 65 * DOLLAR, 60 * DOLLAR)


def test_the_newest_of_a_family_takes_its_older_ones_place():
    found = saved([*used(100), *used(100, "output")], plan("newest"))
    assert found.after == 160 * DOLLAR
    assert found.newest == {OPUS: OPUS_NEW}
    # $200 become $160: tokens may grow by a quarter before it costs more.
    assert "less than 25 % more" in words.assumption(found, found.levers[0])
    more = saved(used(100), plan("newest", tokens=Fraction(5, 4)))
    assert more.saving == 0


def test_long_prompts_of_a_cheaper_model_are_told():
    # Haiku 4.5 costs $1, Haiku 5.5 $0.10, and $0.50 beyond 100,000 tokens, which no report shows.
    found = saved(used(100, model="claude-haiku-4-5"), plan("newest"))
    assert (found.saving, found.levers[0].least) == (90 * DOLLAR, 50 * DOLLAR)
    # $50 a day is $1,520.83 in a twelfth of a year.
    assert "it would save $1,520.83 a month" in words.assumption(found, found.levers[0])
    plain = saved(used(100), plan("newest"))
    assert plain.levers[0].least == plain.saving
    assert "that long" not in words.assumption(plain, plain.levers[0])


def test_a_newest_that_costs_more_is_no_saving():
    found = saved(used(100, model="claude-sonnet-4-5", speed="standard"), plan("newest"))
    assert found.saving > 0
    dear = ContractPrice(NOV.start, model=SONNET, operation="input", price=4 * DOLLAR)
    assert saved(used(100, model="claude-sonnet-4-5"), plan("newest"), dear).saving == 0


@pytest.mark.parametrize(
    ("swap", "after"),
    [(f"{OPUS}={SONNET}", 160), (f"{OPUS}={SONNET}@workspace=Research", 220),
     (f"{OPUS}={SONNET}@api_key=k2", 240), ("claude-opus-5-20260728=claude-sonnet-5-5", 160)],
)  # fmt: skip
def test_a_swap_is_for_its_workspace_or_key(swap, after):
    rows = [*used(100), *used(100, workspace="w2"), *used(100, workspace="w2", api_key="k2"),
            *used(40, model=SONNET)]  # fmt: skip
    names = [(1, "workspace", NameRow("w2", "Research"))]
    found = saved(rows, plan("swap", swaps=(swap_of(swap),)), names=names)
    assert found.before == 340 * DOLLAR
    # Opus 5 to Sonnet 5.5 is $5 to $2: three fifths of the matching rows go.
    gone = {160: 300, 220: 200, 240: 100}[after]
    assert found.saving == gone * 3 * DOLLAR // 5


def test_a_model_without_fast_mode_answers_at_standard_speed():
    # Opus 5 costs twice its $5 in fast mode; Sonnet 5.5 has none, and costs $2.
    found = saved(used(100, speed="fast"), plan("swap", swaps=(Swap(OPUS, SONNET),)))
    assert found.after == 20 * DOLLAR


def test_a_swap_somewhere_unknown_is_refused():
    what = plan("swap", swaps=(Swap(OPUS, SONNET, "workspace", "Nowhere"),))
    with pytest.raises(UnknownName):
        saved(used(100), what)


def test_a_model_without_a_price_is_a_line_of_its_own_and_never_swapped():
    rows = [*used(100, model="claude-unheard-1"), *used(10, model="")]
    found = saved([*rows, *used(5)], Plan(swaps=(Swap("claude-unheard-1", SONNET),)))
    assert found.lines["unpriced"] == (110 * DOLLAR, 110 * DOLLAR)
    assert "savings_unpriced" in {finding.code for finding in words.findings(found)}
    unknown = saved(used(100), plan("swap", swaps=(Swap(OPUS, "claude-unheard-1"),)))
    assert unknown.saving == 0
    assert "No price of 'claude-unheard-1' is known" in words.action(unknown, unknown.levers[0])
    unused = saved(used(100), plan("swap", swaps=(Swap(SONNET, OPUS),)))
    assert words.action(unused, unused.levers[0]).startswith("Nothing here to change")


def test_the_lines_are_the_bill():
    rows = [*used(100), *used(40, api_key=""), *used(20, product="claude_code", api_key="k3"),
            *used(3, "code_execution", ""), *used(9, service_tier="flex", api_key="k4"),
            f.rest(1, KEY, "11-01", amount=2 * DOLLAR),
            f.rest(1, WHO, "11-01", amount=2 * DOLLAR),
            f.rest(1, SHAPE, "11-01", amount=2 * DOLLAR)]  # fmt: skip
    found = saved(rows, plan("batch", batch=Fraction(1)))
    before = {name: b // DOLLAR for name, (b, _) in found.lines.items()}
    assert before == {"api": 100, "no_key": 40, "apps": 20, "charges": 3, "unpriced": 9,
                      "not_attributed": 2, "seats": 0}  # fmt: skip
    after = {name: a // DOLLAR for name, (_, a) in found.lines.items()}
    assert after == before | {"api": 50, "no_key": 20}


def test_levers_that_meet_are_not_counted_twice():
    # $100 fast: alone standard speed halves it and batch cannot reach it; together a quarter stays.
    found = saved(used(100, speed="fast"), plan("fast", "batch", batch=Fraction(1)))
    assert {lever.name: lever.saving // DOLLAR for lever in found.levers} == {
        "fast": 50,
        "batch": 0,
    }
    assert found.saving == 75 * DOLLAR
    # Newest then batch: 100 to 80 to 40; alone 20 and 50.
    meeting = saved(used(100), plan("newest", "batch", batch=Fraction(1)))
    assert (meeting.alone, meeting.saving) == (70 * DOLLAR, 60 * DOLLAR)


def test_the_own_discount_is_in_every_figure():
    rows = used(86)
    for row in rows:
        row["list_amount"] = 100 * DOLLAR
    found = saved(rows, plan("batch", batch=Fraction(1)))
    assert (found.listed, found.saving) == (100 * DOLLAR, 43 * DOLLAR)
    assert "14 % off list prices" in words.basis(found)
    assert "no report says how large" in words.basis(saved(used(1), plan()))
    at_list = used(5)
    for row in at_list:
        row["list_amount"] = 5 * DOLLAR
    assert "takes nothing off" in words.basis(saved(at_list, plan()))
    priced = ContractPrice(NOV.start, model=SONNET, discount=500_000)
    swapped = saved(rows, plan("swap", swaps=(Swap(OPUS, SONNET),)), priced)
    # Opus at $5, Sonnet at half of $2: a fifth of the bill stays.
    assert swapped.after == 86 * DOLLAR // 5
    assert "Contract prices" in words.basis(swapped)


def test_tiers_and_speeds_of_one_cell_are_told_apart():
    rows = [
        f.fact(1, KEY, "11-01", workspace="w1", api_key="k1", model=OPUS, operation="input",
               service_tier=tier, context_window="0-200k", amount=n * DOLLAR)
        for tier, n in (("standard", 60), ("batch", 40))
    ] + [
        f.fact(1, SHAPE, "11-01", workspace="w1", model=OPUS, operation="input",
               context_window="0-200k", inference_geo="global", speed=speed, amount=n * DOLLAR)
        for speed, n in (("standard", 70), ("fast", 30))
    ] + [
        f.fact(1, WHO, "11-01", workspace="w1", api_key="k1", model=OPUS, operation="input",
               product=product, amount=n * DOLLAR)
        for product, n in (("messages_api", 60), ("message_batches_api", 40))
    ]  # fmt: skip
    got = portions(f.book(rows, [f.platform()]), Query((), "cost", NOV))
    sums = got.group_by("service_tier", "speed", "product").agg(pl.col("amount").sum() // DOLLAR)
    assert sorted(sums.rows()) == [
        ("batch", "standard", "message_batches_api", 40),
        ("standard", "fast", "messages_api", 30),
        ("standard", "standard", "messages_api", 30),
    ]


@pytest.mark.parametrize(("speed", "saved_"), [("fast", 15), ("standard", 0)])
def test_a_filter_by_speed_keeps_the_speed(speed, saved_):
    rows = [*used(30, speed="fast"), *used(70)]
    query = Query((), "cost", NOV, where=(("speed", speed),))
    found = saved(rows, plan("fast"), query=query)
    assert (found.saving, found.slow_unknown) == (saved_ * DOLLAR, 0)


def older(amount, **dims):
    row = {"model": OPUS, "operation": "input", "service_tier": "standard",
           "context_window": "0-200k", "inference_geo": "global", **dims}  # fmt: skip
    return f.fact(1, BILL, "11-01", amount=amount * DOLLAR, **row)


def tokens(count, speed):
    row = {"model": OPUS, "operation": "input", "context_window": "0-200k"}
    return f.fact(1, "platform/reports/usage/shape", "11-01", inference_geo="global",
                  speed=speed, tokens=count, **row)  # fmt: skip


def test_the_usage_report_tells_the_speed_that_the_older_bill_does_not():
    # A million tokens at $5 and a million fast ones at $10: $10 of the $15 are fast.
    found = saved([older(15), tokens(10**6, "standard"), tokens(10**6, "fast")], plan("fast"))
    assert (found.saving, found.slow_unknown) == (5 * DOLLAR, 0)


def test_batch_is_no_part_of_the_speed_that_usage_tells():
    # Two million batch tokens at $2.50, a million at $5, a million fast ones at $10.
    rows = [older(15), older(5, service_tier="batch"),
            tokens(3 * 10**6, "standard"), tokens(10**6, "fast")]  # fmt: skip
    got = portions(f.book(rows, [f.platform()]), Query((), "cost", NOV))
    sums = got.group_by("service_tier", "speed").agg(pl.col("amount").sum() // DOLLAR)
    assert sorted(sums.rows()) == [
        ("batch", "standard", 5), ("standard", "fast", 10), ("standard", "standard", 5),
    ]  # fmt: skip


def test_the_older_cost_report_says_that_it_does_not_know_the_speed():
    row = f.fact(1, BILL, "11-01", model=OPUS, operation="input", service_tier="standard",
                 context_window="0-200k", inference_geo="us", amount=110 * DOLLAR)  # fmt: skip
    found = saved([row], plan("fast", "geography", "batch", batch=Fraction(1)))
    assert (found.saving, found.slow_unknown) == (60 * DOLLAR, 110 * DOLLAR)
    assert "savings_speed_unknown" in {finding.code for finding in words.findings(found)}


def people(*actors, role=True):
    details = {"role": "user"} if role else {}
    names = [
        (2, "user", NameRow("u1", "Ada", "ada@x.example", "active", details)),
        (2, "user", NameRow("u2", "Ben", "ben@x.example", "active", details)),
        (2, "user", NameRow("u3", "Cy", "cy@x.example", "active", details)),
        (2, "user", NameRow("u4", "Di", "di@x.example", "removed", details)),
    ]
    rows = [
        f.fact(2, SEATS, "11-01", user="u1", product="chat", model=OPUS, operation="input",
               amount=10 * DOLLAR),
        f.fact(2, SEAT_SHAPE, "11-01", product="chat", model=OPUS, operation="input",
               amount=10 * DOLLAR),
        f.fact(2, SEAT_USE, "11-01", user="u1", model=OPUS, operation="input", tokens=5),
    ]  # fmt: skip
    days = [f.state(2, cut, f"11-{n:02d}") for n in range(1, 31) for cut in (SEATS, SEAT_USE)]
    activity = pl.DataFrame(
        {"connection_id": [2] * len(actors), "day": [f.day("11-02")] * len(actors),
         "actor": list(actors), "surface": ["chat"] * len(actors), "detail": [""] * len(actors),
         "metric": ["message_count"] * len(actors), "value": [1] * len(actors)}
    )  # fmt: skip
    return f.book(rows, [f.enterprise()], days, names, activity)


def test_idle_seats_are_members_without_a_trace():
    book = people("BEN@x.example")
    found = savings(book, Query((), "cost", NOV), plan("seats", seat_price=73 * DOLLAR))
    assert (found.seats.members, found.seats.idle) == (3, (("u3", "Cy"),))
    # $73 a month for 30 days of a 365-day year: 73 * 12 * 30 / 365 = $72.
    assert found.lines["seats"] == (216 * DOLLAR, 144 * DOLLAR)
    assert found.saving == 72 * DOLLAR
    assert found.month(found.saving) == 73 * DOLLAR
    assert "Take back 1 of 3 seats: Cy" in words.action(found, found.levers[0])


def test_seats_without_a_price_or_a_directory_are_no_dollars():
    free = savings(people("u2"), Query((), "cost", NOV), Plan())
    assert free.lines["seats"] == (0, 0)
    lever = next(lever for lever in free.levers if lever.name == "seats")
    assert "Enter what a seat costs" in words.action(free, lever)
    blind = savings(people(role=False), Query((), "cost", NOV), Plan(seat_price=DOLLAR))
    assert (blind.seats.members, blind.lines["seats"]) == (0, (0, 0))
    assert "savings_members_unknown" in {finding.code for finding in words.findings(blind)}


def test_nobody_is_idle_on_days_that_nobody_has_read():
    before = Span(f.day("09-01"), f.day("10-01"))
    found = savings(people(), Query((), "cost", before), Plan(seat_price=DOLLAR))
    assert (found.seats.members, found.lines["seats"]) == (0, (0, 0))
    lever = next(lever for lever in found.levers if lever.name == "seats")
    assert "no day has figures" in words.action(found, lever)
    newest = next(lever for lever in found.levers if lever.name == "newest")
    assert "the move pays" not in words.assumption(found, newest)


def test_seats_are_no_part_of_a_filtered_bill():
    where = (("product", "chat"),)
    found = savings(people(), Query((), "cost", NOV, where=where), Plan(seat_price=DOLLAR))
    assert found.before == 10 * DOLLAR
    assert "savings_members_unknown" not in {f.code for f in words.findings(found)}


def test_chat_is_reached_by_models_only():
    found = savings(people(), Query((), "cost", NOV), plan("batch", "cache", "newest"))
    assert {lever.name: lever.saving // DOLLAR for lever in found.levers} == {
        "newest": 2, "batch": 0, "cache": 0,
    }  # fmt: skip
    assert words.place(found.levers[0].places[0]) == "Chat"


def test_a_price_that_changes_counts_by_its_own_days():
    # A cache read of Sonnet 5.5 cost $0.20 until 6 October, $0.10 from the 7th on.
    rows = [*used(20, "cache_read", OPUS, "10-06"), *used(20, "cache_read", OPUS, "10-07")]
    query = Query((), "cost", f.span("10-01", "11-01"))
    found = saved(rows, plan("swap", swaps=(Swap(OPUS, SONNET),)), query=query)
    # Opus 5 reads at $0.50: two fifths stay of the first day, one fifth of the second.
    assert found.after == (8 + 4) * DOLLAR


def test_every_lever_says_what_it_assumes_and_what_to_do():
    found = saved([*used(100), *used(9, "cache_write_1h")], Plan(swaps=(Swap(OPUS, SONNET),)))
    for lever in found.levers:
        assert words.assumption(found, lever).endswith((".", ")."))
        assert words.action(found, lever).endswith(".")
    hour = saved(used(9, "cache_write_5m"), plan("lifetime", lifetime="1h"))
    assert "pays from 39.5 % on" in words.assumption(hour, hour.levers[0])


def test_families_are_read_from_the_price_list():
    assert newest([OPUS, OPUS_NEW, "claude-opus-4-5-20251101", "gpt-4"]) == {
        OPUS: OPUS_NEW, "claude-opus-4-5-20251101": OPUS_NEW,
    }  # fmt: skip
    assert published()[0].endswith("5-5")


def test_shares_are_read_and_written_exactly():
    assert share_of("12.5 %") == Fraction(1, 8)
    assert [percent(Fraction(*p)) for p in ((1, 8), (1, 3), (-1, 400), (1, 1))] == [
        "12.5", "33.3", "-0.3", "100",
    ]  # fmt: skip
    for text in ("", "1/3", "1e2", "nan", "twenty"):
        with pytest.raises(BadValue):
            share_of(text)


def test_swaps_are_read_as_they_are_written():
    text = f"{OPUS}={SONNET}@workspace=Research"
    assert str(swap_of(text)) == text
    assert swap_of(f"{OPUS} = {SONNET}") == Swap(OPUS, SONNET)
    for wrong in ("", OPUS, f"{OPUS}=", f"={SONNET}", f"{OPUS}={SONNET}@user=u"):
        with pytest.raises(BadValue):
            swap_of(wrong)


@pytest.mark.parametrize(
    "values",
    [{"batch": Fraction(2)}, {"cacheable": Fraction(-1)}, {"hit_rate": Fraction(3, 2)},
     {"tokens": Fraction(11)}, {"tokens": Fraction(0)}, {"seat_price": -1},
     {"seat_price": 10_001 * DOLLAR}, {"lifetime": "2h"}],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused(values):
    with pytest.raises(BadValue):
        Plan(**values)


def test_an_unknown_lever_is_refused():
    with pytest.raises(UnknownName):
        plan("magic")


def test_months_are_a_twelfth_of_a_year():
    assert a_month(30 * DOLLAR, 365) == 30 * DOLLAR // 12
    assert (a_month(12, 365), a_month(-12, 365), a_month(5, 0)) == (1, -1, 0)
    assert fee(2, 365, 1) == 24
