"""What is put together stands on what it needs."""

from hub.assembly import Assembly
from hub.config import scaffold
from hub.config.folder import read_folder
from hub.store.tables import connectors


def test_every_instance_has_its_row_from_the_start_doors_and_messengers_too(tmp_path):
    scaffold.write(tmp_path, "datacentre")
    folder = read_folder(tmp_path)
    with Assembly(folder, deciding=True) as parts:
        parts.writer.call(lambda tx: tx.session.run(connectors.connector_error, {"of": "iam", "code": "x", "at": 1}))
    with Assembly(folder) as parts, parts.database.reading() as connection:
        rows = {row.connector: row.last_error for row in connection.all(connectors.connectors, {})}
    assert set(rows) == set(folder.instances) and {"iam", "mail"} <= set(rows)
    assert rows.pop("iam") == "x" and set(rows.values()) == {None}
