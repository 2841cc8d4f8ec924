-- SPDX-License-Identifier: Apache-2.0
-- The yardstick: first in, first out as plain DuckDB SQL, the fastest form that we found.
--
-- Both sides are laid along their SKU's line as half-open ranges of units, from past - qty to past.
-- Joining ranges that overlap would compare every sale of a SKU with every lot of it, so the line
-- is divided into stretches of 64 units first: a range is listed once for each stretch that it
-- touches, ranges meet by (SKU, stretch), and a pair that meets in several stretches is kept where
-- its overlap begins.
--
-- sales(sale_id, sku, ts, qty > 0), lots(lot_id, sku, date, qty > 0); one row per overlap comes out.
WITH laid_sales AS (
    SELECT sale_id, sku, qty, (sum(qty) OVER line)::BIGINT AS past FROM sales
    WINDOW line AS (PARTITION BY sku ORDER BY ts, sale_id ROWS UNBOUNDED PRECEDING)
), laid_lots AS (
    SELECT lot_id, sku, qty, (sum(qty) OVER line)::BIGINT AS past FROM lots
    WINDOW line AS (PARTITION BY sku ORDER BY date, lot_id ROWS UNBOUNDED PRECEDING)
), sales_by_stretch AS (
    SELECT *, unnest(range((past - qty) // 64, (past - 1) // 64 + 1)) AS stretch FROM laid_sales
), lots_by_stretch AS (
    SELECT *, unnest(range((past - qty) // 64, (past - 1) // 64 + 1)) AS stretch FROM laid_lots
)
SELECT sale_id, lot_id,
    (least(sold.past, lot.past) - greatest(sold.past - sold.qty, lot.past - lot.qty))::INTEGER AS qty
FROM sales_by_stretch AS sold
JOIN lots_by_stretch AS lot
    ON sold.sku = lot.sku AND sold.stretch = lot.stretch
    AND sold.past - sold.qty < lot.past AND lot.past - lot.qty < sold.past
WHERE sold.stretch = greatest(sold.past - sold.qty, lot.past - lot.qty) // 64
