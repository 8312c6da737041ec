"""Contract prices: kept as entered, and refused where they cannot hold."""

from dataclasses import replace

import pytest
from ledger_factory import NOON, day

from core.errors import BadValue, UnknownName
from core.ledger.prices import WHOLE, ContractPrice, add_price, all_prices, check, delete_price

PRICE = ContractPrice(day(1), day(20), " claude-x ", "input", price=425, note=" deal ")
DISCOUNT = ContractPrice(day(5), discount=125_000)


def test_prices_come_back_in_the_order_in_which_they_were_entered(engine):
    ids = [add_price(engine, price, clock=lambda: NOON) for price in (DISCOUNT, PRICE)]
    assert all_prices(engine) == (
        replace(DISCOUNT, id=ids[0], entered_at=NOON),
        replace(PRICE, model="claude-x", note="deal", id=ids[1], entered_at=NOON),
    )


def test_a_price_holds_from_its_first_day_up_to_its_end():
    assert [PRICE.holds(day(n)) for n in (1, 19, 20)] == [True, True, False]
    assert [DISCOUNT.holds(day(n)) for n in (4, 5, 30)] == [False, True, True]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (replace(PRICE, discount=1), "either a price or a discount"),
        (replace(PRICE, price=None), "either a price or a discount"),
        (replace(PRICE, operation=""), "for one operation"),
        (replace(DISCOUNT, operation="session"), "no price of its own"),
        (replace(PRICE, price=-1), "cannot be negative"),
        (replace(DISCOUNT, discount=WHOLE + 1), "between -100 %"),
        (replace(DISCOUNT, discount=-WHOLE - 1), "between -100 %"),
        (replace(PRICE, end=day(1)), "before it holds for a day"),
    ],
)
def test_what_cannot_hold_is_refused_and_not_kept(engine, bad, why):
    with pytest.raises(BadValue) as caught:
        add_price(engine, bad)
    assert why in str(caught.value.finding())
    assert all_prices(engine) == ()


def test_the_ends_of_what_may_be_entered():
    for fits in (replace(DISCOUNT, discount=WHOLE), replace(DISCOUNT, discount=-WHOLE)):
        check(fits)
    check(replace(PRICE, price=0, end=day(2)))


def test_a_price_is_deleted_once(engine):
    id_ = add_price(engine, PRICE)
    delete_price(engine, id_)
    assert all_prices(engine) == ()
    with pytest.raises(UnknownName, match=f"no contract price {id_}"):
        delete_price(engine, id_)
