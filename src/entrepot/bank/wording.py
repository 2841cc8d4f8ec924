# SPDX-License-Identifier: Apache-2.0
"""Why a payout or credit is where the matching put it, and what to do next."""

from __future__ import annotations

#: By the code of a row: why, and the next step, empty where there is nothing to do.
WAYS = {
    "nothing_to_pay": ("The payout is zero: nothing has to arrive.", ""),
    "reference": ("The bank names the payout, and the amount is equal.", ""),
    "reference_sum": ("The bank names them, and the sum is equal.", ""),
    "reference_charges": ("The bank names it, and states charges that explain the rest.", ""),
    "amount": ("Amount, currency and days fit each other only.", ""),
    "amount_charges": ("With the charges that the bank states, they fit each other only.", ""),
    "sum": ("Exactly one sum within the days is equal.", ""),
    "reference_exchange": (
        "The bank names the payout; it arrived in another currency.",
        "Compare the rate with the bank's note of the exchange, then confirm.",
    ),
    "reference_differs": (
        "The bank names the payout; the amount is another.",
        "Look for a part that is still to come, or for charges, then confirm.",
    ),
    "reference_unclear": (
        "Several payouts and credits name each other.",
        "Say which belongs to which.",
    ),
    "several_fit": (
        "Several of one amount fit; these are nearest in their days.",
        "Compare the payers, then confirm.",
    ),
    "exchange_stated": (
        "The bank says that this amount was paid, and exchanged it.",
        "Compare the rate with the bank's note of the exchange, then confirm.",
    ),
    "exchange_implied": (
        "Nothing else within the days fits; the currency is another.",
        "Compare the rate with that of the day, and the payer, then confirm.",
    ),
    "less_arrived": (
        "A little less arrived, and nothing else fits.",
        "Ask the bank what it took, then confirm.",
    ),
    "pending": ("The bank has an entry of this amount that is not booked yet.", "Wait."),
    "no_statement": (
        "There is no statement of an account in this currency.",
        "Read the statements of the account that it is paid to.",
    ),
    "before_statements": (
        "It was paid before the first statement.",
        "Read the earlier statements.",
    ),
    "on_the_way": (
        "The statements end before it must have arrived.",
        "Read the next statements once they are there.",
    ),
    "not_arrived": (
        "Nothing that arrived within the days fits.",
        "Ask the payer when it paid, and to which account.",
    ),
    "several_sums": ("Several sums fit.", "Say which of them belong together."),
    "too_many": (
        "There are too many candidates to look for sums.",
        "Give fewer days, or say which belong together.",
    ),
    "named_settled": (
        "The payout that it names has its money already.",
        "Look whether it was paid twice.",
    ),
    "named_elsewhere": (
        "It names a payout that its day, its account or its sign does not fit.",
        "Compare the two.",
    ),
    "before_payouts": (
        "It arrived before the first payout that was given.",
        "Read the earlier settlements, if it is a payout.",
    ),
    "no_payout": (
        "No payout fits: another payer, or a settlement that was not read.",
        "Read the missing settlement, or book it for what it is.",
    ),
}
