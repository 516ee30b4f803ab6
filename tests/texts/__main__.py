"""Writes the golden texts anew; read what changed before it is committed."""

from tests.texts import HERE, texts

for name, text in texts():
    (HERE / name).write_text(text, encoding="utf-8")
