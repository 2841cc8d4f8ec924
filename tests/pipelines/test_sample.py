# SPDX-License-Identifier: Apache-2.0
"""The sample: the same bytes every time, structurally sound, and with everything it promises."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from stdnum.cn import uscc

from entrepot.cli import entrepot
from entrepot.engine.duck import Duck, text
from entrepot.engine.schema import Kind, Table
from entrepot.errors import Misused
from entrepot.pipelines.sample import actions
from entrepot.pipelines.sample.actions import make_around, make_sample
from entrepot.pipelines.sample.batches import batches
from entrepot.pipelines.sample.chance import Chance
from entrepot.pipelines.sample.write import TABLES as MADE

TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.DAY: "DATE",
    Kind.QUANTITY: "BIGINT",
    Kind.CHANGE: "BIGINT",
    Kind.NUMBER: "BIGINT",
    Kind.MONEY: "DECIMAL(18,2)",
    Kind.RATE: "DECIMAL(5,4)",
    Kind.FX_RATE: "DECIMAL(18,6)",
    Kind.FLAG: "BOOLEAN",
}
TABLES = {table.name: table for table in MADE}


class Season:
    """A season opened with DuckDB: each table a view, `find` for the rows of a query.

    `shipped`: one row per receipt line and declaration line that it came from.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connection = duckdb.connect()
        for path in folder.glob("*.parquet"):
            rows = f"read_parquet({text(str(path))})"
            self.connection.execute(f"CREATE VIEW {path.stem} AS FROM {rows}")
        if (folder / "receipts.parquet").exists():
            self.connection.execute("""
                CREATE VIEW shipped AS
                SELECT declaration_no, item_no, sku, received_on, exported_on, d.quantity AS sent,
                    r.quantity AS received, d.warehouse AS toward, r.warehouse AS came_to
                FROM receipts AS r JOIN declarations AS d USING (declaration_no, item_no, sku)
            """)

    def find(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()

    def count(self, query: str) -> int:
        return self.find(f"SELECT count(*) FROM ({query})")[0][0]

    def values(self, query: str) -> set:
        return {value for (value,) in self.find(query)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Season:
    folder = tmp_path_factory.mktemp("sample") / "season"
    make_sample(folder, 4000, 1)
    return Season(folder)


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Season:
    """A season around a handful of sales with SKUs of every sort."""
    folder = tmp_path_factory.mktemp("around")
    skus = ["a", "A", " b", "ü", "红", "it's", 'say "hi"', "x,y", "😀", "NULL"]
    rows = ", ".join(
        f"('shop', 'N{number}', 0, DATE '2019-03-01' + {number * 7}, 'W''1', {text(sku)}, "
        f"{number + 1}, {'-5.00' if number == 3 else '19.90'}, 'XYZ', 'FR')"
        for number, sku in enumerate(skus)
    )
    names = ", ".join(TABLES["sales"].names)
    connection = duckdb.connect()
    connection.execute(
        f"COPY (SELECT * FROM (VALUES {rows}) AS t ({names})) TO '{folder}/sales.parquet'"
    )
    connection.execute(
        f"""COPY (SELECT 'R1' AS return_no, 0 AS line_no, 'shop' AS channel, 'N9' AS order_no,
            0 AS order_line_no, DATE '2019-05-20' AS returned_on, 'W''1' AS warehouse,
            1 AS quantity, 'restocked' AS outcome) TO '{folder}/returns.parquet'"""
    )
    connection.execute(
        f"COPY (SELECT '红' AS sku, 'Red lamp' AS name) TO '{folder}/products.parquet'"
    )
    make_around(folder / "season", folder / "sales.parquet", 5)
    return Season(folder / "season")


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_whatever_the_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(threads: int):
        def open_duck(spill: Path, memory: str) -> Duck:
            duck = Duck(spill, memory)
            duck.connection.execute(f"SET threads = {threads}")
            return duck

        return open_duck

    for threads in (1, 4):
        monkeypatch.setattr(actions, "Duck", opened(threads))
        make_sample(tmp_path / str(threads), 1500, 3)
    make_sample(tmp_path / "other", 1500, 4)

    assert bytes_of(tmp_path / "1") == bytes_of(tmp_path / "4")
    other = bytes_of(tmp_path / "other")
    assert all(
        other[name] != written
        for name, written in bytes_of(tmp_path / "1").items()
        if name != "refund_rates.parquet"
    )


@pytest.mark.parametrize("season", ["made", "around"])
@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_its_columns_its_order_and_whole_keys(
    request: pytest.FixtureRequest, season: str, name: str
) -> None:
    found, table = request.getfixturevalue(season), TABLES[name]
    columns = [column for column in table.columns if column.since < 5]  # no weights
    described = found.find(f"DESCRIBE {name}")
    key = ", ".join(f'"{column}"' for column in table.key)
    rows = found.find(f"SELECT {key} FROM {name}")

    assert [(column[0], column[1]) for column in described] == [
        (column.name, TYPES[column.kind]) for column in columns
    ]
    assert rows == sorted(set(rows))
    for column in columns:
        wrong = _wrong(table, column.name)
        assert found.count(f"FROM {name} WHERE {wrong}") == 0, column.name


def _wrong(table: Table, name: str) -> str:
    """SQL that is true for a cell that its column forbids."""
    column, cell = table.column(name), f'"{name}"'
    faults = [f"{cell} IS NULL"] if not column.empty else []
    if column.pattern:
        faults.append(f"NOT regexp_full_match({cell}, {text(column.pattern)})")
    if column.values:
        faults.append(f"{cell} NOT IN {column.values}")
    if column.kind is Kind.QUANTITY:
        faults.append(f"{cell} < 1 OR {cell} >= 2**30")
    if column.kind in (Kind.MONEY, Kind.NUMBER, Kind.RATE) and not column.negative:
        faults.append(f"{cell} < 0")
    return " OR ".join(faults) or "false"


@pytest.mark.parametrize("season", ["made", "around"])
@pytest.mark.parametrize(
    ("case", "broken"),
    [
        (
            "a reference leads nowhere",
            "\nUNION ALL ".join(
                f"SELECT '{table.name}' AS a FROM {table.name} AS mine WHERE NOT EXISTS (FROM"
                f" {reference.table} AS other WHERE "
                + " AND ".join(
                    f"mine.{column} = other.{to}"
                    for column, to in zip(reference.columns, reference.to_columns, strict=True)
                )
                + ")"
                for table in MADE
                for reference in table.references
            ),
        ),
        (
            "more returned than sold",
            """FROM sales JOIN (
                SELECT channel, order_no, order_line_no AS line_no, sum(quantity) AS back
                FROM returns GROUP BY ALL) USING (channel, order_no, line_no)
            WHERE back > quantity""",
        ),
        (
            "linked beyond the declaration",
            """FROM declarations JOIN (
                SELECT declaration_no, item_no, sku, sum(quantity) AS linked FROM invoice_links
                GROUP BY ALL) USING (declaration_no, item_no, sku) WHERE linked > quantity""",
        ),
        (
            "linked beyond the invoice",
            """FROM purchases JOIN (
                SELECT invoice_no, line_no, sku, sum(quantity) AS linked FROM invoice_links
                GROUP BY ALL) USING (invoice_no, line_no, sku) WHERE linked > quantity""",
        ),
        (
            "rates of one code overlap",
            """FROM refund_rates AS a JOIN refund_rates AS b USING (hs_code)
            WHERE a.valid_from < b.valid_from AND (a.valid_to IS NULL OR a.valid_to > b.valid_from)
                OR a.valid_to <= a.valid_from""",
        ),
        (
            "a sign that the reason forbids",
            "FROM adjustments WHERE (quantity > 0) <> (reason = 'found')",
        ),
        (
            "a sign that the claim forbids",
            """FROM refund_claims WHERE CASE WHEN kind IN ('advance', 'ordinary') THEN amount <= 0
                WHEN kind = 'confirmation' THEN amount <> 0 ELSE amount >= 0 END""",
        ),
        (
            "a settlement of nothing",
            """FROM refund_claims AS mine
            WHERE (of_claim IS NULL) <> (kind IN ('advance', 'ordinary'))
            OR of_claim IS NOT NULL AND NOT EXISTS (FROM refund_claims AS other
                WHERE other.claim_no = mine.of_claim AND other.kind = 'advance'
                AND other.declaration_no = mine.declaration_no AND other.item_no = mine.item_no
                AND other.finished_on <= mine.filed_on)""",
        ),
        (
            "a claim filed before the export",
            """FROM refund_claims JOIN declarations USING (declaration_no, item_no)
            WHERE filed_on <= exported_on OR finished_on <= filed_on""",
        ),
        (
            "items of several HS codes or modes",
            """SELECT 1 FROM declarations JOIN products USING (sku) GROUP BY declaration_no, item_no
            HAVING count(DISTINCT hs_code) > 1 OR count(DISTINCT mode) > 1""",
        ),
        (
            "one number, two documents",
            """SELECT 1 FROM purchases GROUP BY invoice_no
            HAVING count(DISTINCT (issued_on, supplier_uscc)) > 1
            UNION ALL SELECT 1 FROM refund_claims GROUP BY claim_no
            HAVING count(DISTINCT (kind, filed_on, finished_on)) > 1""",
        ),
    ],
)
def test_nothing_is_structurally_wrong(
    request: pytest.FixtureRequest, season: str, case: str, broken: str
) -> None:
    assert request.getfixturevalue(season).count(broken) == 0, case


@pytest.mark.parametrize("season", ["made", "around"])
def test_the_season_says_who_and_until_when(request: pytest.FixtureRequest, season: str) -> None:
    found = request.getfixturevalue(season)
    about = tomllib.loads((found.folder / "season.toml").read_text())
    end = about["as_of"]

    assert (about["kind"], uscc.is_valid(about["uscc"])) == ("trading", True)
    assert all(uscc.is_valid(code) for code in found.values("SELECT supplier_uscc FROM purchases"))
    for table in MADE:
        if table.day:
            assert found.count(f"FROM {table.name} WHERE \"{table.day}\" > DATE '{end}'") == 0


@pytest.mark.parametrize(
    ("feature", "query", "least"),
    [
        ("several warehouses", "SELECT DISTINCT warehouse FROM sales", 3),
        ("orders of several lines", "FROM sales WHERE line_no > 1", 100),
        ("items of several SKUs", """SELECT 1 FROM declarations
            GROUP BY declaration_no, item_no HAVING count(*) > 1""", 10),
        ("invoice lines of several SKUs", """SELECT 1 FROM purchases
            GROUP BY invoice_no, line_no HAVING count(*) > 1""", 1),
        ("every mode", "SELECT DISTINCT mode FROM declarations", 5),
        ("both flags", "SELECT DISTINCT statistics_flag FROM declarations WHERE mode = '9610'", 2),
        ("sold at export", "FROM declarations WHERE sold_at_export", 1),
        ("forgotten exports", "FROM declarations WHERE exported_on < DATE '2023-10-31'", 1),
        ("in transit", """FROM declarations ANTI JOIN shipped USING (declaration_no, item_no, sku)
            WHERE mode = '9810' AND exported_on > DATE '2026-09-15'""", 5),
        ("weeks late", "FROM shipped WHERE received_on > exported_on + 60", 3),
        ("received on several days", """SELECT 1 FROM shipped GROUP BY declaration_no, item_no, sku
            HAVING count(DISTINCT received_on) > 1""", 5),
        ("received elsewhere", "FROM shipped WHERE came_to <> toward", 1),
        ("received before it left", "FROM shipped WHERE received_on < exported_on", 1),
        ("over-received", """SELECT 1 FROM shipped GROUP BY declaration_no, item_no, sku, sent
            HAVING sum(received) > sent""", 1),
        ("every rate of VAT", "SELECT DISTINCT vat_rate FROM purchases", 3),
        ("links for a part", "SELECT DISTINCT declaration_no FROM invoice_links", 3),
        ("more declared than invoiced", """FROM
            (SELECT sku, sum(quantity) AS sent FROM declarations GROUP BY sku) LEFT JOIN
            (SELECT sku, sum(quantity) AS bought FROM purchases GROUP BY sku) USING (sku)
            WHERE sent > coalesce(bought, 0)""", 2),
        ("every outcome", "SELECT DISTINCT outcome FROM returns", 3),
        ("every reason", "SELECT DISTINCT reason FROM adjustments", 4),
        ("every kind of claim", "SELECT DISTINCT kind FROM refund_claims", 6),
        ("unfinished claims", "FROM refund_claims WHERE finished_on IS NULL", 1),
        ("a rate that changes", """SELECT hs_code FROM refund_rates
            GROUP BY 1 HAVING count(DISTINCT refund_rate) > 1""", 1),
        ("a code that is not refunded", "FROM refund_rates WHERE refund_rate = 0", 1),
        ("a rate every day", """SELECT DISTINCT "on" FROM fx_rates""", 480),
    ],
)  # fmt: skip
def test_the_sample_has(made: Season, feature: str, query: str, least: int) -> None:
    assert made.count(query) >= least, feature


def test_the_sample_is_believable(made: Season) -> None:
    assert made.count("FROM sales") == 4000
    assert made.values("SELECT DISTINCT source FROM refund_rates") == {"made up for the sample"}
    # About one line in twenty comes back.
    assert 140 <= made.count("SELECT DISTINCT channel, order_no, order_line_no FROM returns") <= 260
    # November sells more than any other month, Sundays ship least.
    months = made.find("""
        SELECT strftime(shipped_on, '%m') FROM sales
        GROUP BY year(shipped_on), 1 ORDER BY count(*) DESC
    """)
    weekdays = made.find("SELECT isodow(shipped_on) FROM sales GROUP BY 1 ORDER BY count(*)")
    assert (months[0], weekdays[0]) == (("11",), (7,))
    # The best fifth of the SKUs sells a good deal more than its share.
    ((best,),) = made.find("""
        SELECT sum(lines) FILTER (place <= 4) FROM (
            SELECT count(*) AS lines, row_number() OVER (ORDER BY count(*) DESC) AS place
            FROM sales GROUP BY sku)
    """)
    assert best > 4000 * 0.35
    # FOB lies over the cost and the price far over both.
    ((fob, price),) = made.find("""
        WITH cost AS (
            SELECT sku, sum(net_amount)::DOUBLE / sum(quantity) AS a FROM purchases GROUP BY sku
        )
        SELECT (SELECT median(fob_amount * 7.19 / quantity / a) FROM declarations
                JOIN cost USING (sku) WHERE fob_currency = 'USD'),
            (SELECT median(amount * 7.19 / quantity / a) FROM sales
                JOIN cost USING (sku) WHERE currency = 'USD')
    """)
    assert 1.08 < fob < 1.3
    assert 2.8 < price < 4.4


def test_goods_are_there_when_they_are_sold_but_for_a_few(made: Season) -> None:
    """Stock per warehouse and SKU, day by day, inflows first: it falls below 0 for a few only."""
    moves = """
        SELECT warehouse, sku, received_on AS day, quantity AS change FROM receipts
        UNION ALL SELECT warehouse, sku, shipped_on, -quantity FROM sales
        UNION ALL SELECT r.warehouse, s.sku, r.returned_on, r.quantity FROM returns AS r
            JOIN sales AS s ON (s.channel, s.order_no, s.line_no)
                = (r.channel, r.order_no, r.order_line_no) WHERE outcome = 'restocked'
        UNION ALL SELECT warehouse, sku, "on", quantity FROM adjustments
    """
    ((short, lanes),) = made.find(f"""
        SELECT count(*) FILTER (lowest < 0), count(*)
        FROM (SELECT min(stock) AS lowest FROM (
                SELECT warehouse, sku, sum(change) OVER (
                    PARTITION BY warehouse, sku ORDER BY day) AS stock FROM ({moves}))
            GROUP BY warehouse, sku)
    """)

    assert 1 <= short <= lanes // 5


def test_goods_are_bought_before_they_leave_and_leave_before_they_arrive(made: Season) -> None:
    (((low, middle, high),),) = made.find("""
        SELECT quantile_disc(received_on - exported_on, [0.02, 0.5, 0.98])
        FROM receipts JOIN declarations USING (declaration_no, item_no, sku)
    """)

    assert low >= 20
    assert 20 <= middle <= 45
    assert high <= 90
    assert (
        made.count("""
        FROM invoice_links JOIN declarations USING (declaration_no, item_no, sku)
        JOIN purchases USING (invoice_no, line_no, sku) WHERE issued_on < exported_on
    """)
        > made.count("FROM invoice_links") * 0.8
    )


def test_around_keeps_the_sales_and_names_the_articles(around: Season) -> None:
    names = dict(around.find("SELECT sku, name FROM products"))

    assert around.count("FROM sales") == 10
    assert names["红"] == "Red lamp"
    assert names["it's"] == "Article it's"
    assert list(names) == sorted(names)
    assert around.count("FROM returns") == 1
    assert around.find("SELECT max(exported_on) FROM declarations") <= [(date(2019, 5, 20),)]
    assert around.count("FROM sales ANTI JOIN receipts USING (sku, warehouse)") == 0


def test_a_batch_is_there_when_its_first_unit_is_wanted() -> None:
    line = """(SELECT 1 AS salt, 7 AS size, n AS day, n * 3 AS start, 3 AS quantity, 300 AS total
        FROM range(100) AS t(n))"""
    cut = duckdb.sql(
        f"SELECT batch, day, starts, ends FROM {batches(Chance(1), 'x', line)} ORDER BY batch"
    ).fetchall()

    assert [number for number, *_ in cut] == list(range(len(cut)))
    assert [starts for _, _, starts, _ in cut] == [0, *(ends for *_, ends in cut[:-1])]
    assert cut[-1][3] == 300
    assert all(day == starts // 3 and starts < ends for _, day, starts, ends in cut)


def test_chance_is_the_same_in_sql_and_in_python() -> None:
    chance = Chance(7)
    (found,) = duckdb.sql(
        f"SELECT list({chance.below(1000, 'x', 'n', 'n + 1')} ORDER BY n) FROM range(50) AS t(n)"
    ).fetchall()

    assert found[0] == [chance.draw(1000, "x", n, n + 1) for n in range(50)]


def test_the_bundled_example_passes_its_check_and_shows_every_state(tmp_path: Path) -> None:
    season, closed = str(tmp_path / "season"), tmp_path / "closed"
    runner = CliRunner()

    asked = ["sample", season, "--sales", "600", "--seed", "7", "--format", "csv"]
    told = runner.invoke(entrepot, asked)
    assert told.exit_code == 0, told.output
    assert f"The season lies in {season}" in told.output
    assert runner.invoke(entrepot, ["check", season]).exit_code == 0
    assert runner.invoke(entrepot, ["close", season, "--out", str(closed)]).exit_code == 0
    found = Season(closed)
    assert found.values("SELECT DISTINCT state FROM advances") == {
        *("pending", "confirmed", "reversed", "recovered", "repaid"),
        *("overdue", "confirm", "adjust", "waiting"),
    }
    assert found.values("SELECT DISTINCT state FROM refunds") == {
        *("overdue", "settle", "waiting", "pay_back", "lapsed", "late", "claim"),
        *("claim_advance", "settled"),
    }
    assert found.values("SELECT DISTINCT treatment FROM refunds") == {"refund", "exempt", "none"}
    assert found.values("SELECT DISTINCT coalesce(data_gap, '') FROM refunds") == {
        *("", "no_rate", "not_covered", "partly_covered"),
    }
    assert found.values("SELECT DISTINCT fate FROM trace") == {
        *("sold", "unsold", "scrapped", "lost", "sent_home", "in_transit"),
    }
    assert found.values("SELECT DISTINCT code FROM exceptions") >= {
        *("sold_without_stock", "adjusted_without_stock", "over_received", "received_elsewhere"),
        *("received_before_export", "return_not_after_sale", "not_covered", "no_rate"),
        *("claimed_beyond_covered", "advance_overdue"),
    }


@pytest.mark.parametrize(
    ("case", "sales", "options"),
    [
        ("one sale", 1, {}),
        ("one lane", 3000, {"skus": 1, "warehouses": 1}),
        ("csv", 50, {"form": "csv"}),
    ],
)
def test_any_size_passes_its_check(tmp_path: Path, case: str, sales: int, options: dict) -> None:
    make_sample(tmp_path / "season", sales, 2, **options)

    told = CliRunner().invoke(entrepot, ["check", str(tmp_path / "season")])
    assert told.exit_code == 0, (case, told.output)


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("no sales", {"sales": 0}),
        ("too many SKUs", {"sales": 10, "skus": 100_001}),
        ("too many warehouses", {"sales": 10, "warehouses": 6}),
    ],
)
def test_a_number_that_does_not_fit_is_refused(tmp_path: Path, case: str, options: dict) -> None:
    with pytest.raises(Misused):
        make_sample(tmp_path / "season", seed=1, **options)

    assert list(tmp_path.iterdir()) == [], case


def test_a_sample_replaces_a_sample_and_nothing_else(tmp_path: Path) -> None:
    season = tmp_path / "season"
    make_sample(season, 20, 1)
    before = bytes_of(season)
    make_sample(season, 20, 2, form="csv")

    assert before != bytes_of(season)
    assert {path.suffix for path in season.iterdir()} == {".csv", ".toml"}

    (season / "season.toml").write_text('name = "Our own 2026"\n')
    kept = bytes_of(season)
    with pytest.raises(Misused, match="no sample wrote"):
        make_sample(season, 20, 1)
    assert bytes_of(season) == kept
    assert [path.name for path in tmp_path.iterdir()] == ["season"]


def test_around_something_that_is_no_sales_table_is_refused(tmp_path: Path) -> None:
    duckdb.execute(f"COPY (SELECT 1 AS a) TO '{tmp_path}/a.parquet'")

    for name in ("a.parquet", "missing.parquet"):
        with pytest.raises(Misused, match="Cannot build around"):
            make_around(tmp_path / "season", tmp_path / name, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]
