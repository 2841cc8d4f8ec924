# SPDX-License-Identifier: Apache-2.0
"""What other programs can be told of."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """Something that happened; behind each, what its data says."""

    DOCUMENT_POSTED = "document.posted"  # document, kind, number
    DOCUMENT_REVERSED = "document.reversed"  # document, kind, number, reverses
    CONSIGNMENT_DISPATCHED = "consignment.dispatched"  # consignment, number, to_place, expected_on
    CONSIGNMENT_CLOSED = "consignment.closed"  # consignment, number, short
    ORDER_TAKEN = "order.taken"  # order, channel, number
    ORDER_SHIPPED = "order.shipped"  # order, channel, parcel, number, on
    ORDER_CANCELLED = "order.cancelled"  # order, channel, number, units, state
    #: customs_document, kind, number, version, part, state, status, is_contradicted
    CUSTOMS_STATE = "customs.state"
    JOB_DONE = "job.done"  # job
    JOB_FAILED = "job.failed"  # job, code
