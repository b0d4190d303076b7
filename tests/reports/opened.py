"""Judges what LibreOffice saw when it opened our workbooks and CSVs: flat ODS files in the folder that is named."""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def tables(path):
    """Each table's name and rows; a cell is its kind, its text, and whether it is a formula."""
    for table in ElementTree.parse(path).iter(f"{TABLE}table"):
        rows = []
        for row in table.iter(f"{TABLE}table-row"):
            cells = []
            for cell in row:
                if cell.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                    continue
                kind = cell.get(f"{OFFICE}value-type", "")
                words = "\n".join("".join(line.itertext()) for line in cell.iter(f"{TEXT}p"))
                formula = cell.get(f"{TABLE}formula") is not None
                times = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
                cells.extend([(kind, words, formula)] * min(times, 32))
            if any(kind for kind, _, _ in cells):
                rows.append(cells)
        yield table.get(f"{TABLE}name"), rows


def check(name, rows, amounts, begins):
    """No formula, and in each row after a header an amount wherever there is one."""
    columns, seen = [], 0
    for row in rows:
        for kind, words, formula in row:
            assert not formula, f"{name}: a formula: {words}"
            assert "Err:" not in words and "#NAME" not in words, f"{name}: evaluated: {words}"
        labels = [words for _, words, _ in row]
        found = [at for at, label in enumerate(labels) if label in amounts]
        if found and len(found) >= 2:
            columns = found
            continue
        if not columns or not begins(labels):
            continue
        for at in columns:
            kind, words, _ = row[at]
            if kind:
                assert kind in ("float", "currency"), f"{name}: no number: {words!r}"
                seen += 1
    assert seen > 50, f"{name}: only {seen} amounts"
    return seen


def main():
    folder = Path(sys.argv[1])
    control = [cell for _, rows in tables(folder / "csv/control.fods") for row in rows for cell in row]
    assert any(formula for _, _, formula in control), "LibreOffice evaluates nothing at all: the check is blind"
    current = {"Amount", "Balance", "Fee", "Net amount", "Captures", "Refunds", "Fees", "Other", "Payout"}
    classic = {"Brutto", "Gebyr", "Netto", "Oppgjørssum"}
    records = {"Gross", "Fee", "Refund", "Net"}
    everything = lambda labels: True
    for path, amounts, begins in [
        ("xlsx/settlement.fods", current, everything),
        ("xlsx/classic.fods", classic, everything),
        ("csv/settlement.fods", current, everything),
        ("csv/classic.fods", records, lambda labels: labels[0] in ("SettlementInfo", "TransactionInfo")),
    ]:
        for name, rows in tables(folder / path):
            print(f"{path} {name}: {check(f'{path} {name}', rows, amounts, begins)} amounts, no formula")


main()
