"""Files that hold no invoice: each says so, and none ends the page."""

import factory as f
import pytest

from core.analysis.reconcile.invoicefile import HEADER, read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[" * 100_000, "nested too deeply"),
        (",".join(HEADER) + "\n", "holds no invoice"),
        ("[]", "holds no invoice"),
    ],
)
def test_a_file_without_an_invoice_is_refused_with_one_finding(text, why):
    rows, (finding,) = read(text, [f.platform()])
    assert rows == []
    assert (finding.code, finding.severity) == ("invoice_unreadable", "error")
    assert why in finding.cause


def test_an_amount_that_is_too_large_is_told_as_the_invoices():
    text = "month,source,total\n2026-10,platform," + "9" * 20 + "\n"
    rows, (finding,) = read(text, [f.platform()])
    assert rows == []
    assert finding.title == "Line 2: The invoice's total cannot be kept exactly."
    assert finding.fix == "Compare it with the invoice and correct it."
